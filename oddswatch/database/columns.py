"""The configured tables and columns, held against what the database has."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from oddswatch.quoting import relation
from oddswatch.settings.site import Settings

#: Keys of columns that hold a moment, and of those that hold a number; all others are read as texts.
_MOMENTS = {"kick_off", "collected_at", "placed_at", "settled_at", "last_update"}
_NUMBERS = {
    *("home_odds", "draw_odds", "away_odds", "price", "stake", "profit", "closing_price"),
    *("matches", "prices_stored", "opportunities", "requests_left", "duration"),
    *("bookmakers", "home_spread", "draw_spread", "away_spread", "spread"),
}
_TYPES = {"naive_utc": "timestamp without time zone", "timestamptz": "timestamp with time zone"}


@dataclass(frozen=True)
class Column:
    """A column that the configuration names, and the key that names it."""

    key: str
    table: str
    name: str


def kind_of(key: str) -> Literal["moment", "number", "text"]:
    """What the column of a configuration key holds; the key is without its table."""
    return "moment" if key in _MOMENTS else "number" if key in _NUMBERS else "text"


def configured(settings: Settings) -> Iterator[Column]:
    """Yield the columns of the tables that are read; those switched off are left out."""
    for table_key in ("prices", "collections", "bets", "view"):
        table = getattr(settings.tables, table_key)
        if table_key == "view" and settings.opportunities.source != "view":
            continue
        for name in type(table.columns).model_fields:
            column = getattr(table.columns, name)
            if column is not None and not (table_key == "view" and _is_other_form(name, table.spreads)):
                yield Column(f"tables.{table_key}.columns.{name}", table.table, column)


def _is_other_form(name: str, spreads: str) -> bool:
    """Whether a column of the view belongs to the form of spreads that it does not have."""
    return name == "spread" if spreads == "per_outcome" else name.endswith("_spread")


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
        key = column.key.rpartition(".")[2]
        place = f'column "{column.name}" of {column.table}'
        if kind and key in _NUMBERS and category != "N":
            found[column.key] = f"{place} is {kind} and must be a number; name another column, or change its type"
        elif kind and key in _MOMENTS and kind != _TYPES[settings.times]:
            other = next((name for name, of in _TYPES.items() if of == kind), None)
            remedy = f"set times: {other} in config.yml" if other else "name another column, or change its type"
            found[column.key] = f"{place} is {kind} and must be {_TYPES[settings.times]}; {remedy}"
    return found
