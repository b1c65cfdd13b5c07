"""A database's complaint in one line, with the configuration key or the action that would mend it."""

import difflib
import re
from typing import Any

import psycopg2

from oddswatch.database import columns
from oddswatch.database.refusals import ACTIONS, complaint
from oddswatch.settings.site import Settings

_DIVISION_BY_ZERO = "22012"
#: What else can be done about a table that a site need not have.
_WITHOUT = {
    "view": ", or set opportunities.source: prices",
    "results": ", or set tables.results.enabled: false",
}


def remedy(error: psycopg2.Error, settings: Settings, session: Any) -> str:
    """Return the complaint and its remedy; `session`, in autocommit, is asked what the tables look like."""
    message = complaint(error)
    missing_table = re.search(r'relation "(.+)" does not exist', message)
    missing_column = re.search(r'column (?:\w+\.)?"?(.+?)"? does not exist', message)
    if missing_table:
        return f"{message}; {_table(settings, missing_table[1])}"
    if missing_column:
        return f"{message}; {_column(settings, missing_column[1], session)}"
    if error.pgcode == _DIVISION_BY_ZERO and settings.opportunities.source == "view":
        view = settings.tables.view.table
        return f"{message}; a price of 0 does this to {view}: set opportunities.source: prices in config.yml"
    action = ACTIONS.get(error.pgcode or "")
    return f"{message}; {action}" if action else message


def _table(settings: Settings, name: str) -> str:
    for key, configured in settings.tables_read.items():
        table = configured.table
        if name in (table, table.rpartition(".")[2]):
            return f"name the right table with tables.{key}.table in config.yml{_WITHOUT.get(key, '')}"
    return "see tables in config.yml"


def _column(settings: Settings, name: str, session: Any) -> str:
    """The keys that name this column for a table that does not have it, and the most similar column there."""
    found = []
    for column in columns.configured(settings):
        there = columns.actual(session, column.table)
        if column.name == name and there and name not in there:
            close = difflib.get_close_matches(name, there, n=1, cutoff=0.5)
            found.append(f"{column.key} ({column.table} has {close[0]!r})" if close else column.key)
    if not found:
        return "see tables in config.yml"
    return f"name the right column with {' and '.join(found)} in config.yml"
