"""Prices come all day, statistics every few days: what the planner expects none of must not be compared with each.

Rows are counted, not timed, so that a busy machine changes nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from oddswatch.database.execute import as_sent, values
from oddswatch.demo.market import Market
from oddswatch.demo.seed import seed
from oddswatch.settings.site import Settings
from oddswatch.tree.queries import all_queries
from tests.data import composed
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.slow

MARKET = Market(ahead=150, collections=60, bets=100)
#: How many times as much work an old estimate may make, and rows that do not count.
MORE, SLACK = 5, 20_000


@pytest.fixture
def session(postgres: Postgres) -> Iterator[Any]:
    """A database whose statistics are two days old."""
    database = postgres.create_database()
    session = database.connect(autocommit=False)
    seed(session, datetime.now(UTC), market=MARKET)
    session.autocommit = True
    with session.cursor() as cursor:
        cursor.execute("ALTER TABLE odds_history SET (autovacuum_enabled = off)")
        cursor.execute("VACUUM ANALYZE")
    yield session
    session.close()
    database.drop()


def test_prices_that_are_newer_than_the_statistics_cost_no_more(session: Any) -> None:
    queries = [(query, values(session, query)) for query in all_queries(composed.tree(Settings()))]
    fresh = {query.place: _work(session, as_sent(query, chosen)) for query, chosen in queries}
    with session.cursor() as cursor:
        late = "collected_at > now() AT TIME ZONE 'UTC' - interval '2 days'"
        cursor.execute(f"CREATE TEMP TABLE late AS SELECT * FROM odds_history WHERE {late}")
        cursor.execute(f"DELETE FROM odds_history WHERE {late}")
        cursor.execute("VACUUM ANALYZE odds_history")
        cursor.execute("INSERT INTO odds_history OVERRIDING SYSTEM VALUE SELECT * FROM late")
        cursor.execute("SET statement_timeout = '20s'")
    old = {query.place: _work(session, as_sent(query, chosen)) for query, chosen in queries}
    grown = {place: (fresh[place], work) for place, work in old.items() if work > MORE * fresh[place] + SLACK}
    assert grown == {}


def _work(session: Any, sql: str) -> float:
    """Rows that the steps of a query's plan return or throw away."""
    with session.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
        [[[explained]]] = cursor.fetchall()
    return _rows(explained["Plan"])


def _rows(plan: Mapping[str, Any]) -> float:
    counted = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    mine: float = sum(plan.get(name, 0) for name in counted) * plan["Actual Loops"]
    return mine + sum(_rows(part) for part in plan.get("Plans", ()))
