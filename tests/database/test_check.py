"""`check` promises the same answer under two time zones: it compares what is answered, not how much."""

import json
from typing import Any

import pytest

from oddswatch.checks import check as checks
from oddswatch.database.execute import run
from oddswatch.settings.site import Settings
from oddswatch.tree.query_comments import commented
from oddswatch.tree.tree import Tree
from tests.data import small_market
from tests.servers.postgres import Postgres

ZONES = "under America/New_York and Asia/Kolkata; is `times` in config.yml right?"


@pytest.fixture(scope="module")
def market(postgres: Postgres) -> Any:
    database = postgres.create_database()
    small_market.fill(database.connect(autocommit=False))
    yield database
    database.drop()


def complaint(market: Postgres, monkeypatch: pytest.MonkeyPatch, sql: str) -> str:
    """What is said about a panel with this query."""
    model = {
        "uid": "oddswatch-x",
        "title": "Page",
        "time": {"from": "now-24h"},
        "templating": {"list": []},
        "annotations": {"list": []},
        "panels": [
            {"type": "table", "id": 1, "title": "Panel", "targets": [{"refId": "A", "rawSql": sql, "format": "table"}]}
        ],
    }
    for name, value in market.environment.items():
        monkeypatch.setenv(name, value)
    outcomes = checks.check(Tree({"dashboards/oddswatch/page.json": json.dumps(model)}), Settings())
    (said,) = [outcome.error for outcome in outcomes if outcome.query.place == "Page / Panel"]
    return said


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        # Noon in UTC is 07:00 in New York and 17:30 in Kolkata.
        (
            "SELECT to_char(timestamptz '2026-01-05 12:00Z', 'HH24:MI') AS label",
            f"returns '07:00' and '17:30' as label {ZONES}",
        ),
        # Half past six in the evening in New York is the next day in Kolkata.
        (
            "SELECT 1 AS one, date_trunc('day', timestamptz '2026-01-05 23:30Z') AT TIME ZONE 'utc' AS day",
            f"returns 2026-01-05 05:00:00 and 2026-01-05 18:30:00 as day {ZONES}",
        ),
        # What a naive column that holds UTC becomes where its zone is forgotten: a comparison that turns over.
        (
            "SELECT count(*) FILTER (WHERE t > timestamptz '2026-01-05 12:00Z') AS later"
            " FROM (SELECT timestamp '2026-01-05 12:00') AS x (t)",
            f"returns 1 and 0 as later {ZONES}",
        ),
        (
            "SELECT g FROM generate_series(1, extract(HOUR FROM timestamptz '2026-01-05 07:00Z')::int) AS g",
            f"returns 2 and 12 rows {ZONES}",
        ),
    ],
    ids=["text", "naive time", "number", "rows"],
)
def test_an_answer_that_depends_on_the_sessions_time_zone_is_named(
    market: Postgres, monkeypatch: pytest.MonkeyPatch, sql: str, said: str
) -> None:
    assert complaint(market, monkeypatch, sql) == said


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT timestamptz '2026-01-05 12:00Z' AS time, ARRAY[timestamptz '2026-01-05 12:00Z'] AS times",
        "SELECT now() AS now, extract(EPOCH FROM now() - timestamptz '2026-01-05 12:00Z') AS age",
        "SELECT 'NaN'::float8 AS a, 'NaN'::numeric AS b, NULL::text AS c",
        "SELECT clock_timestamp() AS wall, random() AS chance",
    ],
    ids=["moments", "now", "NaN and NULL", "what is never the same"],
)
def test_the_same_answer_is_no_complaint(market: Postgres, monkeypatch: pytest.MonkeyPatch, sql: str) -> None:
    assert complaint(market, monkeypatch, sql) == ""


def test_both_answers_are_of_one_state_of_the_tables(market: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """A collection that is stored between the two neither looks like another time zone nor hides one."""

    def store_in_between(session: Any, sql: str) -> Any:
        market.execute("INSERT INTO collection_logs (sport, status, collected_at) VALUES ('x', 'success', now())")
        return run(session, sql)

    monkeypatch.setattr(checks, "run", store_in_between)
    lines = "SELECT count(*) AS lines FROM collection_logs"
    assert complaint(market, monkeypatch, lines) == ""
    dependent = "SELECT count(*) AS lines, now()::text AS now FROM collection_logs"
    assert complaint(market, monkeypatch, dependent).endswith(f" as now {ZONES}")


def test_who_asks_is_seen_by_whoever_looks_at_the_running_queries(market: Postgres) -> None:
    title = "Odds */ ; DROP TABLE bets; /* $__timeFrom() ${league} -- \u2028 it's"
    sql = commented(title, "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()")
    ((seen,),) = market.execute(sql)
    assert seen.startswith("/* Oddswatch: Odds / ; DROP TABLE bets; / __timeFrom() league -- it's */\n")
