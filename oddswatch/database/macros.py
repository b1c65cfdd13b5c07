"""What Grafana does to a query before PostgreSQL sees it: variables (in the browser), then macros (in the server).

The rules are those of Grafana's PostgreSQL data source and of the dashboard's variable interpolation; a test holds the
expansion against the `executedQueryString` of a real Grafana, query by query.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote

from oddswatch.errors import UserError

_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
_VARIABLE = re.compile(r"\$(\w+)|\[\[(\w+)(?::(\w+))?\]\]|\$\{(\w+)(?::([^}]+))?\}", re.ASCII)
#: Months and years are left out: Grafana takes their length from today's date.
_WIDTH = re.compile(r"(\d+)(ms|[smhdw])", re.ASCII)
_UNIT_MS = {
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 7 * 86_400_000,
    "y": 365 * 86_400_000,
}
_TIME_GROUP = "floor(extract(epoch from {column})/{width})*{width}"
_EPOCH_GROUP = "floor(({column})/{width})*{width}"
#: What each macro becomes, and how many arguments it needs; more are ignored.
_MACROS = {
    "__time": ('{column} AS "time"', 1),
    "__timeEpoch": ('extract(epoch from {column}) as "time"', 1),
    "__timeFilter": ("{column} BETWEEN {start} AND {end}", 1),
    "__timeFrom": ("{start}", 0),
    "__timeTo": ("{end}", 0),
    "__timeGroup": (_TIME_GROUP, 2),
    "__timeGroupAlias": (f'{_TIME_GROUP} AS "time"', 2),
    "__unixEpochFilter": ("{column} >= {first} AND {column} <= {last}", 1),
    "__unixEpochNanoFilter": ("{column} >= {first_nano} AND {column} <= {last_nano}", 1),
    "__unixEpochNanoFrom": ("{first_nano}", 0),
    "__unixEpochNanoTo": ("{last_nano}", 0),
    "__unixEpochGroup": (_EPOCH_GROUP, 2),
    "__unixEpochGroupAlias": (f'{_EPOCH_GROUP} AS "time"', 2),
}


@dataclass(frozen=True)
class TimeRange:
    """The time range of a panel; both ends are aware datetimes."""

    start: datetime
    end: datetime


def interval_ms(time_range: TimeRange, max_data_points: int = 1000, minimum_ms: int = 1000) -> int:
    """Milliseconds per point, as an unrounded lower bound of what Grafana's browser would choose."""
    width = (time_range.end - time_range.start).total_seconds() * 1000
    return max(minimum_ms, round(width / max_data_points))


def interval_values(interval: int) -> dict[str, str]:
    """The variables that the browser adds to those of the dashboard; `interval` is in milliseconds."""
    return {"__interval": _duration(interval), "__interval_ms": str(interval)}


def expand(sql: str, time_range: TimeRange, interval: int) -> str:
    """Expand Grafana's macros; `interval` is in milliseconds.

    Raises `UserError` for a macro that Grafana does not know.
    """
    # Plain texts first: they may stand inside a macro, as in $__timeGroup(column, $__interval).
    for text, value in {
        "$__interval_ms": str(interval),
        "$__interval": _duration(interval),
        "$__unixEpochFrom()": str(int(time_range.start.timestamp())),
        "$__unixEpochTo()": str(int(time_range.end.timestamp())),
    }.items():
        sql = sql.replace(text, value)

    def replace(found: re.Match[str]) -> str:
        name = found[1]
        # Grafana looks at the first place where this very text stands, not at this one.
        after = sql.find(found[0]) + len(found[0])
        if name == "__timeGroup" and sql[after : after + 1] == ",":
            name = "__timeGroupAlias"
        return _macro(name, [argument.strip(" ") for argument in found[2].split(",")], time_range)

    return _MACRO.sub(replace, sql)


def _macro(name: str, arguments: list[str], time_range: TimeRange) -> str:
    written = f"${name}({', '.join(arguments)})"
    if name not in _MACROS:
        raise UserError(f"unknown Grafana macro {written}; known are {', '.join(_MACROS)}")
    form, needed = _MACROS[name]
    if len(arguments) < needed:
        raise UserError(f"{written}: needs {needed} arguments")
    return form.format(
        column=arguments[0],
        width=_seconds(arguments[1]) if needed > 1 else "",
        start=_literal(time_range.start),
        end=_literal(time_range.end),
        first=int(time_range.start.timestamp()),
        last=int(time_range.end.timestamp()),
        first_nano=_nanoseconds(time_range.start),
        last_nano=_nanoseconds(time_range.end),
    )


def _literal(moment: datetime) -> str:
    """Grafana's RFC3339Nano in UTC: no trailing zeros, no fraction when it is zero."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond:06d}".rstrip("0")
    return f"'{text}{'.' + fraction if fraction else ''}Z'"


def _nanoseconds(moment: datetime) -> int:
    return (int(moment.timestamp()) * 1_000_000 + moment.microsecond) * 1000


def _seconds(width: str) -> str:
    """Seconds of `'5m'`, written as Go writes a float: few digits plainly, from a million on with an exponent."""
    found = _WIDTH.fullmatch(width.strip("'"))
    if not found:
        raise UserError(f"not a width of time: {width!r}; write for example '5m'")
    seconds = (Decimal(found[1]) * _UNIT_MS[found[2]] / 1000).normalize()
    if -4 <= seconds.adjusted() < 6:
        return f"{seconds:f}"
    return f"{seconds.scaleb(-seconds.adjusted()).normalize():f}e{seconds.adjusted():+03d}"


def _duration(milliseconds: int) -> str:
    """Grafana's text for an interval: the largest unit that fits, without weeks and months."""
    for unit in ("y", "d", "h", "m", "s"):
        if milliseconds >= _UNIT_MS[unit]:
            return f"{milliseconds // _UNIT_MS[unit]}{unit}"
    return f"{milliseconds}ms"


def interpolate(sql: str, values: Mapping[str, str | list[str]]) -> str:
    """Put dashboard variables into a query as Grafana's browser does for PostgreSQL.

    Without a format a list (a variable with several values) becomes `'a','b'`, and a single value is escaped but not
    quoted. Raises `UserError` for a format that our queries do not use.
    """

    def replace(found: re.Match[str]) -> str:
        name, form = found[1] or found[2] or found[4], found[3] or found[5]
        if name not in values:
            return found[0]
        value = values[name]
        several = value if isinstance(value, list) else [value]
        if form is None:
            escaped = [text.replace("'", "''") for text in several]
            return ",".join(f"'{text}'" for text in escaped) if isinstance(value, list) else escaped[0]
        if form == "customqueryparam":
            return "&".join(f"{name}={quote(text, safe='')}" for text in several)
        if form == "percentencode" and not isinstance(value, list):
            return quote(value, safe="")
        raise UserError(f"{found[0]}: a format that is not known here")

    return _VARIABLE.sub(replace, sql)
