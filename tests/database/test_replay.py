"""What the rules would have said at every collection, against the past signals that Proof counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oddswatch.demo.layout import Layout
from oddswatch.demo.market import Market, collect
from oddswatch.demo.schema import create_schema
from oddswatch.settings.site import Settings
from tests.data import composed
from tests.servers.postgres import Postgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MARKET = Market(seed=4, ahead=36, collections=72)
LAST = datetime(2026, 11, 22, 16, 36, tzinfo=UTC)
NOW = LAST + timedelta(minutes=4)
#: Low thresholds, so that twelve days hold enough of both.
THRESHOLDS = {"alerts": {"high_spread": {"threshold_pct": 8, "clear_pct": 7}}, "value": {"min_ev_pct": 1}}
FORMS = {
    "naive, per match": (Layout(), {}),
    "timestamptz, per outcome": (
        Layout("per_outcome", "timestamptz"),
        {"times": "timestamptz", "tables": {"prices": {"form": "per_outcome"}}},
    ),
}

Signal = tuple[str, str, str]


@dataclass
class Replayed:
    """The database after all collections, and when each kind, match and outcome was first said by its rule."""

    session: Any
    settings: Settings
    said: dict[Signal, datetime]


@pytest.fixture(params=list(FORMS), scope="module")
def replayed(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[Replayed]:
    """Stores one collection after the other, and asks the rules' own queries half a minute after each."""
    layout, needed = FORMS[request.param]
    settings = Settings.model_validate({**needed, **THRESHOLDS})
    database = postgres.create_database()
    session = database.connect()
    create_schema(session, layout)
    rules = {
        "value": (composed.catalogue(settings).sql("value_bet"), settings.value.min_ev_pct),
        "spread": (composed.catalogue(settings).sql("high_spread"), settings.alerts.high_spread.threshold_pct),
    }
    said: dict[Signal, datetime] = {}
    with session.cursor() as cursor:
        cursor.execute("SET timezone TO 'UTC'")
        for moment in MARKET.moments(LAST):
            collect(session, layout, MARKET.parameters([moment]))
            asked_at = (moment + timedelta(seconds=31)).isoformat()
            for kind, (query, threshold) in rules.items():
                sql = query.replace("now()", f"'{asked_at}'::timestamptz")
                cursor.execute(f"SELECT match_id, outcome FROM ({sql}) AS rule WHERE value >= {threshold}")
                for match, outcome in cursor.fetchall():
                    said.setdefault((kind, match, outcome), moment)
        cursor.execute(f"ANALYZE {layout.prices}")
    yield Replayed(session, settings, said)
    session.close()
    database.drop()


def test_the_rules_say_at_each_collection_what_proof_counts(replayed: Replayed) -> None:
    over = {match.match_id for match in MARKET.fixtures(MARKET.moments(LAST)) if match.kick_off <= NOW}
    said = {signal: moment for signal, moment in replayed.said.items() if signal[1] in over}
    counted = past_signals(replayed)
    assert {kind: sum(signal[0] == kind for signal in said) >= 5 for kind in ("value", "spread")} == {
        "value": True,
        "spread": True,
    }
    assert counted == said


def past_signals(replayed: Replayed) -> dict[Signal, datetime]:
    sql = composed.catalogue(replayed.settings).sql("past_signals", mailed="all")
    frozen = sql.replace("now()", f"'{NOW.isoformat()}'::timestamptz")
    with replayed.session.cursor() as cursor:
        cursor.execute(f"SELECT kind, match_id, outcome, seen_at FROM ({frozen}) AS signals WHERE kind <> 'any'")
        return {
            (kind, match, outcome): seen if seen.tzinfo else seen.replace(tzinfo=UTC)
            for kind, match, outcome, seen in cursor.fetchall()
        }
