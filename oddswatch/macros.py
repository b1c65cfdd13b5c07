"""What Grafana does to a query before PostgreSQL sees it: variables (in the browser), then macros (in the server).

The rules are those of Grafana's PostgreSQL data source and of the dashboard's variable interpolation; a test holds the
expansion against the `executedQueryString` of a real Grafana, query by query.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from oddswatch.errors import UserError

_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)(?!\w*\()")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass(frozen=True)
class TimeRange:
    """The time range of a panel; both ends are aware datetimes."""

    start: datetime
    end: datetime


def interval_ms(time_range: TimeRange, max_data_points: int = 1000, minimum_ms: int = 1000) -> int:
    """Milliseconds per point, as an unrounded lower bound of what Grafana's browser would choose."""
    width = (time_range.end - time_range.start).total_seconds() * 1000
    return max(minimum_ms, round(width / max_data_points))


def expand(sql: str, time_range: TimeRange, interval: int) -> str:
    """Expand Grafana's macros; `interval` is in milliseconds.

    Raises `UserError` for a macro that Grafana does not know.
    """
    text = _MACRO.sub(lambda found: _macro(found[1], [a.strip() for a in found[2].split(",")], time_range), sql)
    text = text.replace("$__interval_ms", str(interval)).replace("$__interval", _duration(interval))
    text = text.replace("${__interval_ms}", str(interval)).replace("${__interval}", _duration(interval))
    return text


def _macro(name: str, arguments: list[str], time_range: TimeRange) -> str:
    start, end = _literal(time_range.start), _literal(time_range.end)
    match name, arguments:
        case "__timeFilter", [column]:
            return f"{column} BETWEEN {start} AND {end}"
        case "__timeFrom", _:
            return start
        case "__timeTo", _:
            return end
        case "__timeGroup", [column, width, *_]:
            step = _parse_width(width)
            return f"floor(extract(epoch from {column})/{step})*{step}"
        case "__unixEpochFrom", _:
            return str(int(time_range.start.timestamp()))
        case "__unixEpochTo", _:
            return str(int(time_range.end.timestamp()))
    raise UserError(f"unknown Grafana macro ${name}({', '.join(arguments)}); see oddswatch/macros.py for those in use")


def _literal(moment: datetime) -> str:
    """Grafana's RFC3339Nano in UTC: no trailing zeros, no fraction when it is zero."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond:06d}".rstrip("0")
    return f"'{text}{'.' + fraction if fraction else ''}Z'"


def _parse_width(text: str) -> str:
    """Seconds of `'5m'` as Grafana writes them (a float without trailing zeros)."""
    found = re.match(r"^'?(\d+)(ms|[smhdw])'?$", text)
    if not found:
        raise UserError(f"not a width of time: {text!r}; write for example '5m'")
    number, unit = int(found[1]), found[2]
    return f"{number / 1000:g}" if unit == "ms" else str(number * _UNIT_SECONDS[unit])


def _duration(milliseconds: int) -> str:
    """Grafana's text for an interval: the largest unit that fits."""
    for unit, width in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds >= width:
            return f"{milliseconds // width}{unit}"
    return f"{milliseconds}ms"


def interpolate(sql: str, values: Mapping[str, str | list[str]]) -> str:
    """Put dashboard variables into a query as Grafana's browser does for PostgreSQL.

    A list (a variable with several values) becomes `'a','b'`; a single value is escaped but not quoted.
    """

    def replace(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in values:
            return found[0]
        value = values[name]
        if isinstance(value, list):
            return ",".join("'" + text.replace("'", "''") + "'" for text in value)
        return value.replace("'", "''")

    return _VARIABLE.sub(replace, sql)
