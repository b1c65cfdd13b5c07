"""One value of a panel as Grafana displays it: in its unit, with its decimals, in its colour."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from oddswatch.json_types import Json

#: Up to how many seconds a duration is told in which unit, and the seconds of that unit; as Grafana's unit `s`.
_DURATIONS = (
    (60, 1, "s"),
    (3600, 60, "mins"),
    (86_400, 3600, "hours"),
    (604_800, 86_400, "days"),
    (31_536_000, 604_800, "weeks"),
    (float("inf"), 31_556_900, "years"),
)
#: What stands for a part of a moment in Grafana's units, and in Python.
_MOMENT = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH": "%H", "mm": "%M"}


@dataclass(frozen=True)
class Shown:
    """A value as it is read, and its colour by Grafana's name, empty where it has none; `is_text` unless a number."""

    text: str
    colour: str = ""
    is_text: bool = False


def field(panel: Json, column: str) -> Json:
    """The properties with which a panel displays a column, by their ids: its own, over those of all columns."""
    config = panel["fieldConfig"]
    properties: Json = {**config["defaults"]}
    properties |= {f"custom.{key}": value for key, value in properties.pop("custom", {}).items()}
    for override in config["overrides"]:
        if _matches(override["matcher"], column):
            properties |= {part["id"]: part["value"] for part in override["properties"]}
    return properties


def shown_place(panel: Json, columns: Sequence[str]) -> int:
    """The place of the column that a panel with one value shows: the last of those that it takes, or of all."""
    wanted = panel["options"]["reduceOptions"]["fields"].strip("/")
    return max((place for place, name in enumerate(columns) if re.search(wanted, name)), default=len(columns) - 1)


def shown(value: Any, properties: Json, zone: tzinfo) -> Shown:
    """Display a value with these properties of its field in this time zone."""
    if value is None:
        return Shown(properties["noValue"])
    text = _text(value, properties.get("unit", ""), properties.get("decimals"), zone)
    return Shown(text, _colour(value, text, properties), isinstance(value, str))


def printable(text: str) -> str:
    """The text in one line, without what a terminal would obey: names come from outside."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _matches(matcher: Json, column: str) -> bool:
    if matcher["id"] == "byRegexp":
        return re.search(matcher["options"].strip("/"), column) is not None
    return bool(matcher["options"] == column)


def _text(value: Any, unit: str, decimals: int | None, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        form = unit.removeprefix("time:")
        for ours, pythons in _MOMENT.items():
            form = form.replace(ours, pythons)
        return moment.astimezone(zone).strftime(form)
    if isinstance(value, str | bool):
        return printable(str(value))
    number = float(value)
    if unit == "s":
        _, seconds, name = next(scale for scale in _DURATIONS if abs(number) < scale[0])
        return f"{_fixed(number / seconds, decimals)} {name}"
    if unit == "locale":
        return f"{number:,.{decimals or 0}f}"
    return _fixed(number, decimals) + ("%" if unit == "percent" else "")


def _fixed(number: float, decimals: int | None) -> str:
    if decimals is None:
        decimals = 0 if number.is_integer() else 2
    return f"{number:.{decimals}f}"


def _colour(value: Any, text: str, properties: Json) -> str:
    for mapping in properties.get("mappings", []):
        options = mapping["options"]
        if mapping["type"] == "value" and text in options:
            return str(options[text]["color"])
        if mapping["type"] == "regex" and re.search(options["pattern"], text):
            return str(options["result"]["color"])
    if isinstance(value, str | datetime):
        return ""
    steps = properties["thresholds"]["steps"]
    return str([step["color"] for step in steps if step["value"] is None or step["value"] <= value][-1])
