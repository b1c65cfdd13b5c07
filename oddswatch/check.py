"""`generate.py check`: every query runs on this database, under two session time zones, with the same answer."""

import difflib
import re
from dataclasses import dataclass
from typing import Any

import psycopg2

from oddswatch import connection
from oddswatch.execute import Result, as_sent, run, values
from oddswatch.queries import Query, all_queries
from oddswatch.settings import Section, Settings
from oddswatch.tree import Tree

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
    """Run every query of the tree; raises `UserError` when the database cannot be reached."""
    sessions = [connection.connect(time_zone=zone) for zone in TIME_ZONES]
    try:
        return [_check_one(query, sessions, settings) for query in all_queries(tree)]
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
        return Outcome(query, error=remedy(error, settings))
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


def remedy(error: psycopg2.Error, settings: Settings) -> str:
    """The database's complaint in one line, and the configuration key that would mend it."""
    message = str(error).strip().splitlines()[0]
    found = re.search(r'relation "([^"]+)" does not exist', message)
    if found:
        return _with_key(message, settings, found[1], "table")
    found = re.search(r'column (?:\w+\.)?"?([^" ]+)"? does not exist', message)
    if found:
        return _with_key(message, settings, found[1], "column")
    if error.pgcode == "42501":
        return f"{message}; grant it: python generate.py role"
    if error.pgcode == "57014":
        return f"{message}; the role's statement_timeout ended it"
    return message


def _with_key(message: str, settings: Settings, name: str, what: str) -> str:
    keys = {value: key for key, value in _names(settings.tables, "tables").items()}
    key = keys.get(name) or keys.get(name.split(".")[-1])
    if key:
        return f"{message}; name the right {what} with {key} in config.yml"
    close = difflib.get_close_matches(name, keys, n=1)
    hint = f" (near {keys[close[0]]})" if close else ""
    return f"{message}; see tables in config.yml{hint}"


def _names(section: Section, path: str) -> dict[str, str]:
    """Configuration key -> configured name, for all tables and columns."""
    names: dict[str, str] = {}
    for key in type(section).model_fields:
        value = getattr(section, key)
        if isinstance(value, Section):
            names |= _names(value, f"{path}.{key}")
        elif isinstance(value, str):
            names[f"{path}.{key}"] = value
    return names


