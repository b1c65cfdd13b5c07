"""The edges of time: what lies outside of the range is in no answer, and at kick-off a match is not ahead any more."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.settings.site import Settings
from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
#: The range that is asked for: 19 November, UTC.
START, END = datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
BEFORE, INSIDE, AFTER = START - timedelta(hours=20), START + timedelta(hours=12), END + timedelta(hours=30)
HALF = timedelta(minutes=30)


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


@pytest.fixture(scope="module")
def busy(postgres: Postgres) -> Iterator[Site]:
    """Of everything something inside of the range, before and after it; each says something else."""
    database = postgres.create_database()
    site = Site.create(database, next(iter(LAYOUTS)), NOW)
    # A result is known two hours after kick-off; recorded were all of them later, at once.
    for stake, price, result, known in ((10, 2.0, "lost", BEFORE), (20, 2.5, "won", INSIDE), (30, 2.5, "won", AFTER)):
        match, kick_off = f"bet {stake}", known - 4 * HALF
        site.bet(stake, price, result, match=match, settled=NOW, placed=kick_off - 2 * HALF)
        # Of these prices the chance of home is a half.
        site.price(
            match=match, bookmaker="pinnacle", odds=(2.0, 4.0, 4.0), collected=kick_off - HALF, kick_off=kick_off
        )
    for moment, word, number in ((BEFORE, "before", 1), (INSIDE, "inside", 2), (AFTER, "after", 3)):
        site.collection(moment, status="error", error=word, stored=number, left=100 * number)
        site.collection(moment + HALF, duration=1.5 * number, stored=10 * number)
    for moment, odds in ((BEFORE, 4.0), (INSIDE, 2.5), (AFTER, 6.0)):
        site.price(bookmaker="a", odds=(odds, 3.0, 3.0), collected=moment)
        site.price(bookmaker="b", odds=(2.0, 3.0, 3.0), collected=moment)
    yield site
    database.drop()


#: What each metric says about the range: columns, and the rows in the order of all columns.
EXPECTED: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    # 1000 - 10, then + 20 x 1.5.
    "bankroll_over_time": ("time, bankroll", [(START, 990), (INSIDE, 1020), (END, 1020)]),
    "bet_list": ("settled_at, profit", [(INSIDE, 30)]),
    # Of a bet of 20 at 2.5 with a chance of a half 5 are expected.
    "bets_against_close": ("bets, clv_pct, expected_profit, profit", [(1, 25, 5, 30)]),
    "bets_annotations": ("time", [(INSIDE - 6 * HALF,)]),
    # Of all bets, of a league, of a bookmaker and of a type.
    "betting_by_group": ("bets, profit", [(1, 30)] * 4),
    # 2.5 x 1 / 2 is 25 % better; the mean so far knows the bet before, at its final price: (10 x 0 + 20 x 25) / 30.
    "closing_line_value": ("time, bets, clv_pct, mean_clv_pct", [(INSIDE - 4 * HALF, 1, 25, pytest.approx(50 / 3))]),
    "collection_errors": ("time, error", [(INSIDE, "inside")]),
    # At the beginning late, because of what came before; late again five hours after the success.
    "collection_states": (
        "time, state",
        [(START, 2), (INSIDE, 0), (INSIDE + HALF, 1), (hour(17.5), 2), (END, 2)],
    ),
    "collection_summary": ("collections, failed, prices_stored", [(2, 1, 22)]),
    "collections_annotations": ("time, tags", [(INSIDE, "failure"), (INSIDE + HALF, "collection")]),
    "collections_over_time": ("time, duration", [(INSIDE + HALF, 3)]),
    "moments": ("moment", [(hour(number),) for number in range(0, 25, 2)]),
    # 2.5 against 2 is current from noon on, for less than six hours.
    "opportunities_over_time": (
        "time, opportunities",
        [(hour(number), int(number in (12, 14, 16))) for number in range(0, 25, 2)],
    ),
    "prices_stored_per_hour": ("time, prices", [(INSIDE, 22)]),
    # The day of Paris.
    "profit_by_day": ("time, profit", [(START - timedelta(hours=1), 30)]),
    "profit_against_expected": (
        "time, profit, expected_profit",
        [(START, -10, 0), (INSIDE, 20, 5), (END, 20, 5)],
    ),
    "requests_left_over_time": ("time, requests_left", [(INSIDE, 200)]),
}
#: The curves of a match have many points: a column, and the different values that it has.
CURVES: dict[str, tuple[str, list[float]]] = {
    "match_history": ("home_price", [2.0, 2.5]),
    "match_prices_over_time": ("price", [2.0, 2.5, 3.0]),
    "match_spread_over_time": ("spread_pct", [0, 25]),
    # 1 / 2.5 + 2 / 3, and 1 / 2 + 2 / 3.
    "match_overround_over_time": ("overround_pct", [20 / 3, 50 / 3]),
}


def test_every_metric_that_takes_a_time_range_is_asked_here() -> None:
    catalogue = Catalogue(Settings())
    needed = {metric.name: {"match": "'m1'"} if "match" in metric.parameters else {} for metric in catalogue}
    ranged = {name for name, parameters in needed.items() if "$__time" in catalogue.sql(name, **parameters)}
    assert ranged == {*EXPECTED, *CURVES}


@pytest.mark.parametrize("metric", EXPECTED)
def test_what_lies_outside_of_the_range_is_left_out(busy: Site, metric: str) -> None:
    columns, rows = EXPECTED[metric]
    assert busy.ask(metric, columns, start=START, end=END, order_by=columns) == rows


@pytest.mark.parametrize("metric", CURVES)
def test_prices_outside_of_the_range_are_on_no_curve(busy: Site, metric: str) -> None:
    column, values = CURVES[metric]
    found = busy.ask(metric, f"time, {column}", start=START, end=END, order_by="time", match="'m1'")
    assert sorted({value for _, value in found}) == pytest.approx(values, abs=1e-5)
    assert (found[0][0], found[-1][0] < INSIDE + timedelta(hours=6)) == (INSIDE, True)


@pytest.fixture(params=LAYOUTS)
def empty(request: pytest.FixtureRequest, database: Postgres) -> Site:
    return Site.create(database, request.param, NOW)


#: Metrics of matches ahead, and how many rows two bookmakers on one match make.
AHEAD = {
    "current_books": 2,
    "current_opportunities": 1,
    "surebets": 1,
    "matches_ahead": 1,
    "last_prices": 2,
    "spreads_by_league": 1,
    "active_bookmakers": 2,
    "bookmaker_status": 2,
    "match_choice": 1,
}


@pytest.mark.parametrize(("early", "ahead"), [(timedelta(microseconds=1), True), (timedelta(0), False)])
def test_a_match_is_ahead_until_the_moment_of_its_kick_off(empty: Site, early: timedelta, ahead: bool) -> None:
    for bookmaker, home in (("a", 2.0), ("b", 4.0)):
        empty.price(bookmaker=bookmaker, odds=(home, 4.0, 4.0), collected=NOW - HALF, kick_off=NOW + early)
    found = {metric: len(empty.ask(metric)) for metric in AHEAD}
    assert found == (AHEAD if ahead else dict.fromkeys(AHEAD, 0))
