"""The configured tables and columns, held against what the database has."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from oddswatch.quoting import relation
from oddswatch.settings.site import Settings
from oddswatch.settings.tables import Kind

_TYPES = {"naive_utc": "timestamp without time zone", "timestamptz": "timestamp with time zone"}


@dataclass(frozen=True)
class ConfiguredColumn:
    """A column that is read: its table, its name, what it holds, and the key of the configuration that names it."""

    key: str
    table: str
    name: str
    kind: Kind


def configured(settings: Settings) -> Iterator[ConfiguredColumn]:
    """Yield the columns of the tables that are read; those switched off are left out."""
    for table_key, table in settings.tables_read.items():
        for column in table.read():
            if column.name is not None:
                key = f"tables.{table_key}.columns.{column.key}"
                yield ConfiguredColumn(key, table.table, column.name, column.kind)


def actual(session: Any, table: str) -> dict[str, tuple[str, str]]:
    """Type and PostgreSQL's category of types (`N` numbers, `D` moments) by column; empty without such a table."""
    with session.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL), t.typcategory"
            " FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid"
            " WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped",
            (relation(table),),
        )
        return {name: (kind, category) for name, kind, category in cursor.fetchall()}


def wrong_types(session: Any, settings: Settings) -> dict[str, str]:
    """What is wrong by configuration key: columns that are there, but of a type that cannot be read."""
    found: dict[str, str] = {}
    for column in configured(settings):
        kind, category = actual(session, column.table).get(column.name, ("", ""))
        place = f'column "{column.name}" of {column.table}'
        if kind and column.kind == "number" and category != "N":
            found[column.key] = f"{place} is {kind} and must be a number; name another column, or change its type"
        elif kind and column.kind == "moment" and kind != _TYPES[settings.times]:
            other = next((name for name, of in _TYPES.items() if of == kind), None)
            remedy = f"set times: {other} in config.yml" if other else "name another column, or change its type"
            found[column.key] = f"{place} is {kind} and must be {_TYPES[settings.times]}; {remedy}"
    return found
