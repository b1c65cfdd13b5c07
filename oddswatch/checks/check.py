"""`generate.py check`: every query runs on this database, under two session time zones, with the same answer."""

from dataclasses import dataclass
from typing import Any

import psycopg2

from oddswatch.checks.remedies import remedy
from oddswatch.database import columns, connection
from oddswatch.database.execute import Result, as_sent, run, values
from oddswatch.database.query import Query
from oddswatch.errors import ExitCode, UserError
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
    sessions = [connection.connect(time_zone=zone) for zone in TIME_ZONES]
    try:
        types = columns.wrong_types(sessions[0], settings)
        wrong = [Outcome(Query("column", key, "", "table"), error=error) for key, error in types.items()]
        return wrong + [_check_one(query, sessions, settings) for query in all_queries(tree)]
    finally:
        for session in sessions:
            session.close()


def _check_one(query: Query, sessions: list[Any], settings: Settings) -> Outcome:
    try:
        results = []
        for session in sessions:
            run(session, as_sent(query, values(session, query, everything=True)))
            results.append(run(session, as_sent(query, values(session, query))))
    except psycopg2.Error as error:
        if session.closed:
            message = f"the database went away: {' '.join(str(error).split())}; check again when it is back"
            raise UserError(message, ExitCode.UNREACHABLE) from None
        return Outcome(query, error=remedy(error, settings, session))
    if len({len(result.rows) for result in results}) > 1:
        counts = " and ".join(str(len(result.rows)) for result in results)
        zones = " and ".join(TIME_ZONES)
        return Outcome(query, error=f"returns {counts} rows under {zones}; is `times` in config.yml right?")
    return Outcome(query, len(results[0].rows), results[0].milliseconds, _first_value(results[0]))


def _first_value(result: Result) -> str:
    """The last column of the last row: what a stat shows, and the newest point of a trend."""
    if not result.rows:
        return "no rows"
    value = result.rows[-1][-1]
    return f"{value:g}" if isinstance(value, float) else str(value)
