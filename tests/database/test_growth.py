"""What a query touches depends on what is live, not on the history behind it: ten times the history, the same work.

Rows and pages are counted, not timed, so that a busy machine changes nothing. Every query of the tree is asked, over
the same seven days: a trend reads its range, Proof its window and the page of a match that match, whatever lies before.
The history is that of prices. The log of collections and the bets are the same: they cost their own rows, which are few
and have no index by time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from oddswatch.database.execute import as_sent, run, values
from oddswatch.database.macros import TimeRange
from oddswatch.database.query import Query, Values
from oddswatch.demo.market import Market
from oddswatch.demo.seed import seed
from oddswatch.settings.site import Settings
from oddswatch.tree.queries import all_queries
from tests.data import composed
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.slow

#: Some 17,000 prices. Eighteen days are longer than whatever is bounded: Proof reads its window, three here, and the 14
#: before in which the prices of its matches may have begun.
SHORT = Market(ahead=12, collections=108, bets=20)
LONG = replace(SHORT, collections=1080)
SETTINGS = Settings.model_validate({"proof": {"window": "3d"}})
RANGE = timedelta(days=7)
GROWTH = 1.2
#: Rows and pages that do not count: an index grows by a level, a page is a little fuller.
SLACK = (10, 10)


@pytest.fixture(scope="module")
def pair(postgres: Postgres) -> Iterator[tuple[Any, Any]]:
    """Sessions on two databases with the same live matches, the same bets and the same log."""
    now = datetime.now(UTC)
    databases = [postgres.create_database(), postgres.create_database()]
    sessions = [database.connect(autocommit=False) for database in databases]
    for session, market in zip(sessions, (SHORT, LONG), strict=True):
        seed(session, now, market=market)
    for table in ("bets", "collection_logs"):
        _copy(table, *sessions)
    for session in sessions:
        session.autocommit = True
        with session.cursor() as cursor:
            # In the order in which a collector stores them; many were stored at once.
            cursor.execute("CLUSTER odds_history USING odds_history_collected_at_idx")
            cursor.execute("VACUUM ANALYZE")
            # A small table is read whole where a large one is not, which would hide what grows, or look like growth.
            cursor.execute("SET enable_seqscan = off; SET random_page_cost = 1")
    yield sessions[0], sessions[1]
    for session, database in zip(sessions, databases, strict=True):
        session.close()
        database.drop()


def _copy(table: str, source: Any, target: Any) -> None:
    """Put the rows of one database's table in the place of the other's."""
    rows = StringIO()
    with source, source.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} TO STDOUT", rows)
    rows.seek(0)
    with target, target.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")
        cursor.copy_expert(f"COPY {table} FROM STDIN", rows)


def test_ten_times_the_history_is_no_more_work(pair: tuple[Any, Any]) -> None:
    [(whole,)] = run(pair[0], "SELECT reltuples FROM pg_class WHERE relname = 'odds_history'").rows
    grown = {}
    for query in all_queries(composed.tree(SETTINGS)):
        chosen = values(pair[0], query)
        short, long = (touched(session, query, chosen) for session in pair)
        # Its window is little less than the short history, and is read at once or match by match, as the planner
        # likes: then each row may be on another page.
        spare = (whole, long[0]) if "WITH past AS" in query.sql else SLACK
        if grew(short, long, spare):
            grown[query.place] = f"(rows, pages) {short} became {long}"
    assert grown == {}


@pytest.mark.parametrize(
    "match", ["SELECT match_id FROM odds_history ORDER BY collected_at LIMIT 1", "SELECT 'unknown'"]
)
def test_the_page_of_the_oldest_match_or_of_none_reads_that_match_alone(pair: tuple[Any, Any], match: str) -> None:
    """A link of an old mail: who looks for a match's newest price by time walks through all that came since."""
    _, session = pair
    [(chosen, prices, live)] = run(
        session,
        f"""
        SELECT chosen.match_id, count(*) FILTER (WHERE p.match_id = chosen.match_id), max(lives.prices)
        FROM ({match}) AS chosen (match_id)
        CROSS JOIN odds_history AS p
        CROSS JOIN (
          SELECT count(*) AS prices FROM odds_history
          WHERE collected_at > now() AT TIME ZONE 'utc' - interval '12 hours'
        ) AS lives
        GROUP BY chosen.match_id
        """,
    ).rows
    # A few times what the match has, and what a collection holds: 170,000 are stored.
    most = 6 * prices + live
    asked = [
        query
        for query in all_queries(composed.tree(SETTINGS))
        if query.kind == "panel" and "match" in {variable.name for variable in query.variables}
    ]
    found = {query.place: touched(session, query, {**values(session, query), "match": chosen}) for query in asked}
    assert {place: work for place, work in found.items() if max(work) > most} == {}
    assert len(found) > 5


def grew(short: tuple[float, float], long: tuple[float, float], spare: tuple[float, float]) -> bool:
    more_rows, more_pages = (
        after > GROWTH * before + more for before, after, more in zip(short, long, spare, strict=True)
    )
    # The planner may find fewer rows on a page each, instead of more on fewer pages: no work that grows.
    is_choice = long[0] < short[0] and long[1] <= short[0]
    return more_rows or (more_pages and not is_choice)


def touched(session: Any, query: Query, chosen: Values) -> tuple[float, float]:
    """Rows that a query reads from tables, and pages that it reads from anywhere."""
    now = datetime.now(UTC)
    sql = as_sent(query, chosen, TimeRange(now - RANGE, now))
    with session.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        [[[explained]]] = cursor.fetchall()
    plan = explained["Plan"]
    return rows(plan), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def rows(plan: Mapping[str, Any]) -> float:
    """Rows that the scans of tables in a plan return or throw away."""
    counted = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    mine = sum(plan.get(name, 0) for name in counted) * plan["Actual Loops"] if "Relation Name" in plan else 0
    return mine + sum(rows(part) for part in plan.get("Plans", ()))
