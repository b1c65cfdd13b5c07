"""Running a query of the tree as Grafana would send it: variables put in, macros expanded."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from oddswatch.database.macros import TimeRange, expand, interpolate, interval_ms, interval_values
from oddswatch.database.query import Query, Values

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Result:
    """What a query returned, and how long it took in milliseconds."""

    columns: tuple[str, ...]
    types: tuple[int, ...]
    rows: list[tuple[Any, ...]]
    milliseconds: float


def run(connection: Any, sql: str) -> Result:
    """Run plain SQL; raises psycopg2's errors."""
    with connection.cursor() as cursor:
        started = time.perf_counter()
        cursor.execute(sql)
        rows = cursor.fetchall()
        milliseconds = (time.perf_counter() - started) * 1000
        columns = tuple(column.name for column in cursor.description)
        types = tuple(column.type_code for column in cursor.description)
    return Result(columns, types, rows, milliseconds)


def default_range(query: Query, now: datetime | None = None) -> TimeRange:
    """The time range at which a panel opens."""
    now = now or datetime.now(UTC)
    found = re.fullmatch(r"now-(\d+)([mhd])", query.time_from)
    if not found:
        raise ValueError(f"{query.place}: {query.time_from!r} is not of the form now-24h")
    return TimeRange(now - timedelta(**{_UNITS[found[2]]: int(found[1])}), now)


def values(connection: Any, query: Query, *, everything: bool = False) -> Values:
    """Values of a query's variables: at their defaults, or every variable at "All" that has it.

    Where there is nothing to choose from, several values are nothing at all and a single one is empty, as in Grafana.
    """
    result: Values = {}
    for variable in query.variables:
        if variable.sql is not None and (everything or variable.default is None):
            found = run(connection, as_sent(replace(query, sql=variable.sql), result))
            place = found.columns.index("__value") if "__value" in found.columns else 0
            listed = [str(row[place]) for row in found.rows]
            result[variable.name] = listed if variable.multiple else next(iter(listed), "")
        elif variable.default is not None:
            result[variable.name] = variable.default
    return result


def as_sent(query: Query, chosen: Mapping[str, str | list[str]], time_range: TimeRange | None = None) -> str:
    """The SQL that reaches PostgreSQL."""
    time_range = time_range or default_range(query)
    interval = interval_ms(time_range)
    return expand(interpolate(query.sql, {**chosen, **interval_values(interval)}), time_range, interval)
