"""The first metric of all, on real prices: against an independent computation, and against the collector's own view."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.demo import real_prices
from oddswatch.demo.layout import Layout
from oddswatch.settings.site import Settings
from tests.data.real_file import FILE, needs_file
from tests.servers.postgres import Postgres

LOOKBACK = timedelta(hours=6)
MOMENTS = 200

pytestmark = needs_file


@pytest.fixture(scope="module")
def real(postgres: Postgres) -> Iterator[Postgres]:
    """Real opening and closing prices, stored as a collector would have; its view looks back as far as we do."""
    database = postgres.create_database()
    session = database.connect(autocommit=False)
    real_prices.load(session, FILE, datetime.now(UTC), layout=Layout(lookback="6 hours"))
    session.close()
    yield database
    database.drop()


def test_at_200_moments_the_metric_says_what_an_independent_computation_says(real: Postgres) -> None:
    rows = real.execute(
        "SELECT match_id, bookmaker, commence_time, collected_at, home_odds, draw_odds, away_odds FROM odds_history"
    )
    first, last = min(row[3] for row in rows), max(row[3] for row in rows)
    chance = random.Random(20211122)
    # At collections, where the look-back begins and ends, and anywhere between them.
    moments = [chance.choice(rows)[3] + timedelta(seconds=chance.choice((0, 1, 21599, 21600))) for _ in range(100)]
    moments += [first + (last - first) * chance.random() for _ in range(MOMENTS - len(moments))]

    catalogue = Catalogue(Settings())
    found = 0
    for moment in moments:
        sql = catalogue.select(
            "current_opportunities",
            "match_id, outcome, best_price, worst_price, spread_pct, bookmakers",
            at=f"'{moment.isoformat()}'::timestamp",
        )
        said = {(row[0], row[1]): row[2:] for row in real.execute(sql)}
        expected = _opportunities(rows, moment)
        assert said.keys() == expected.keys(), moment
        for key, (best, worst, spread, bookmakers) in expected.items():
            assert said[key] == (float(best), float(worst), pytest.approx(float(spread), abs=1e-5), bookmakers), moment
        found += len(expected)
    assert found > MOMENTS, "the sample says nothing: hardly any opportunity at these moments"


def test_the_view_and_the_computed_form_give_the_same_rows_at_the_same_look_back(real: Postgres) -> None:
    columns = "match_id, outcome, match, league, kick_off, best_price, worst_price, bookmakers"
    order = "ORDER BY match_id, outcome"
    settings = Settings.model_validate({"opportunities": {"source": "view"}})
    computed = real.execute(f"{Catalogue(Settings()).select('current_opportunities', columns)} {order}")
    viewed = real.execute(f"{Catalogue(settings).select('current_opportunities', columns)} {order}")
    assert len(computed) > 10
    assert viewed == computed


def _opportunities(rows: list[Any], moment: datetime) -> dict[tuple[str, str], tuple[Any, ...]]:
    """The definition, written down a second time, in exact decimals and plain loops."""
    latest: dict[tuple[str, str], Any] = {}
    for row in rows:
        match, bookmaker, kick_off, collected = row[:4]
        if kick_off > moment and moment - LOOKBACK < collected <= moment:
            known = latest.get((match, bookmaker))
            if known is None or known[3] < collected:
                latest[match, bookmaker] = row
    prices: dict[tuple[str, str], list[Decimal]] = {}
    for (match, _), row in latest.items():
        for outcome, price in zip(("home", "draw", "away"), row[4:], strict=True):
            if price is not None and price > 1:
                prices.setdefault((match, outcome), []).append(price)
    result = {}
    for key, offered in prices.items():
        best, worst = max(offered), min(offered)
        spread = (best - worst) / worst * 100
        if len(offered) >= 2 and spread >= 5:
            result[key] = (best, worst, spread, len(offered))
    return result
