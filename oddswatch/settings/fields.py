"""The types of values in `config.yml`, and what all its sections have in common."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def matching(pattern: str, saying: str) -> AfterValidator:
    """A check whose complaint says what would be right instead of showing a pattern."""
    return _checked(lambda value: re.fullmatch(pattern, value), saying)


def _checked(holds: Callable[[str], object], saying: str) -> AfterValidator:
    def check(value: str) -> str:
        if not holds(value):
            raise ValueError(saying)
        return value

    return AfterValidator(check)


def _is_harmless(text: str) -> bool:
    """Whether a text may become part of a query: Grafana expands what follows `$` and what stands in `[[ ]]`."""
    return not re.search(r"[$\x00-\x1f\ud800-\udfff]|\[\[", text)


def _is_name(text: str) -> bool:
    """Whether PostgreSQL would take a text for a name and not cut it."""
    return _is_harmless(text) and 0 < len(text.encode()) <= 63


PASSED_DAY = "must be a day that has passed (today included), such as 2026-11-01"


def _as_day(value: object) -> date:
    """YAML's days, and those in quotes; pydantic would take a number for the seconds since 1970."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise ValueError(PASSED_DAY)


Identifier = Annotated[str, _checked(_is_name, "must be a name of 1 to 63 bytes, without $, [[ and control characters")]
TableName = Annotated[
    str,
    _checked(
        lambda name: name.count(".") < 2 and all(map(_is_name, name.split("."))),
        "must be table or schema.table, each of 1 to 63 bytes, without $, [[ and control characters",
    ),
]
Text = Annotated[
    str,
    _checked(
        lambda text: _is_harmless(text) and 0 < len(text) <= 200,
        "must be one line of 1 to 200 characters without $ and [[, which Grafana would expand",
    ),
]
Duration = Annotated[str, matching(r"[0-9]{1,6}[smhd]", "must be a duration such as 90s, 5m, 4h or 2d")]
Interval = Annotated[Duration, _checked(lambda text: seconds(text) > 0, "must be longer than 0, such as 4h")]
#: Whether it has passed only the site can say, which knows its time zone.
Day = Annotated[date, BeforeValidator(_as_day)]
Severity = Literal["critical", "high", "warning", "info"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ClockTime = Annotated[str, matching(r"([01][0-9]|2[0-3]):[0-5][0-9]", 'must be a time of day such as "22:00"')]
Percent = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Signed = Annotated[float, Field(ge=-100, le=100_000, allow_inf_nan=False)]
#: Standard errors from what is expected.
Errors = Annotated[float, Field(ge=-10, le=10, allow_inf_nan=False)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(duration: str) -> int:
    """Return a duration such as `90s` or `4h` in seconds."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


class Section(BaseModel):
    """A part of the configuration: unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)
