"""`generate.py check`: every query runs on this database, under two session time zones, with the same answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2

from oddswatch.checks.answers import difference
from oddswatch.checks.remedies import remedy
from oddswatch.database import columns, connection
from oddswatch.database.execute import Result, as_sent, run, values
from oddswatch.database.query import Query
from oddswatch.errors import ExitCode, UserError
from oddswatch.quoting import literal
from oddswatch.settings.site import Settings
from oddswatch.tree.queries import all_queries
from oddswatch.tree.tree import Tree

#: Far from UTC on either side, one with half an hour: a query that depends on the session's zone shows here.
TIME_ZONES = ("America/New_York", "Asia/Kolkata")


@dataclass(frozen=True)
class Outcome:
    """What one query said: rows, milliseconds and a first value, or the error and its remedy."""

    query: Query
    rows: int = 0
    milliseconds: float = 0.0
    value: str = ""
    error: str = ""


def check(tree: Tree, settings: Settings) -> list[Outcome]:
    """Hold the columns against the configuration and run every query of the tree.

    Columns come first, and only those that are of a wrong type: a missing one shows in the queries that read it.
    Raises `UserError` when the database cannot be reached, or goes away.
    """
    session = connection.connect()
    try:
        types = columns.wrong_types(session, settings)
        wrong = [Outcome(Query("column", key, "", "table"), error=error) for key, error in types.items()]
        return wrong + [_check_one(query, session, settings) for query in all_queries(tree)]
    finally:
        session.close()


def _check_one(query: Query, session: Any, settings: Settings) -> Outcome:
    try:
        with _one_moment(session):
            result, problem = _ask(query, session)
    except psycopg2.Error as error:
        if session.closed:
            message = f"the database went away: {' '.join(str(error).split())}; check again when it is back"
            raise UserError(message, ExitCode.UNREACHABLE) from None
        return Outcome(query, error=remedy(error, settings, session))
    if problem:
        return Outcome(query, error=f"{problem} under {' and '.join(TIME_ZONES)}; is `times` in config.yml right?")
    return Outcome(query, len(result.rows), result.milliseconds, _first_value(result))


@contextmanager
def _one_moment(session: Any) -> Iterator[None]:
    """One transaction: `now()` and the tables stay the same in it, and a time zone that is set ends with it."""
    with session.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            if not session.closed:
                cursor.execute("ROLLBACK")


def _ask(query: Query, session: Any) -> tuple[Result, str]:
    """Return the answer with the variables at their defaults, and what depends on the time zone, if anything.

    A difference counts when it comes twice: what is never the same (a clock, ties at a limit) is not the zone's.
    """
    sql = as_sent(query, values(session, query))
    answers = [_answer(session, sql, zone) for zone in TIME_ZONES]
    problem = difference(*answers)
    if problem:
        again = [_answer(session, sql, zone) for zone in TIME_ZONES]
        if any(difference(*pair) for pair in zip(answers, again, strict=True)):
            problem = ""
    # The first one has warmed the cache up.
    return answers[-1], problem


def _answer(session: Any, sql: str, zone: str) -> Result:
    run(session, f"SELECT set_config('TimeZone', {literal(zone)}, true)")
    return run(session, sql)


def _first_value(result: Result) -> str:
    """The last column of the last row: what a stat shows, and the newest point of a trend."""
    if not result.rows:
        return "no rows"
    value = result.rows[-1][-1]
    return f"{value:g}" if isinstance(value, float) else str(value)
