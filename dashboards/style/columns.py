"""Columns of tables, and values with a name of their own: titles, units, colours, widths."""

from collections.abc import Iterable, Mapping

from dashboards.style.colours import GAIN, thresholds
from oddswatch.catalogue.header import UNITS, Metric
from oddswatch.json_types import Json

#: Pixels that a table's values of a unit need.
_WIDTHS = dict.fromkeys(UNITS, 80) | {"duration": 95, "time": 145, "from_now": 110}
_DECIMALS = {"price": 2, "money": 2, "percent": 1}


def by_name(name: str, *properties: Json) -> Json:
    """An override for the field called `name`."""
    return {"matcher": {"id": "byName", "options": name}, "properties": list(properties)}


def titles_and_units(metric: Metric, names: Iterable[str]) -> list[Json]:
    """Titles and units of columns, from the catalogue."""
    overrides = []
    for name in names:
        column = metric.column(name)
        properties: list[Json] = [{"id": "displayName", "value": column.title}]
        if column.unit != "text":
            properties.append({"id": "unit", "value": UNITS[column.unit]})
            # As wide as the title or the value needs (8 pixels a letter), so that names and texts get what is left.
            properties.append({"id": "custom.width", "value": max(_WIDTHS[column.unit], 8 * len(column.title) + 30)})
        if column.unit in _DECIMALS:
            properties.append({"id": "decimals", "value": _DECIMALS[column.unit]})
        overrides.append(by_name(name, *properties))
    return overrides


def levels(name: str, steps: list[Json]) -> Json:
    """The colours of a value by its steps."""
    return by_name(name, {"id": "thresholds", "value": thresholds(steps)})


def coloured(name: str, steps: list[Json], *more: Json) -> Json:
    """A column of a table whose numbers have the colours of these steps; `more` are further properties."""
    return by_name(
        name,
        {"id": "custom.cellOptions", "value": {"type": "color-text"}},
        {"id": "thresholds", "value": thresholds(steps)},
        *more,
    )


def coloured_gains(*names: str) -> tuple[Json, ...]:
    """Columns of a table in red below zero and in green from zero on."""
    return tuple(coloured(name, GAIN) for name in names)


def coloured_texts(name: str, colours: Mapping[str, str]) -> Json:
    """A column of a table with a few different texts, each in its colour."""
    options = {text: {"color": colour, "index": index} for index, (text, colour) in enumerate(colours.items())}
    return by_name(
        name,
        {"id": "custom.cellOptions", "value": {"type": "color-text"}},
        {"id": "mappings", "value": [{"type": "value", "options": options}]},
    )


def hidden(*names: str) -> tuple[Json, ...]:
    """Columns that are there for links only."""
    return tuple(by_name(name, {"id": "custom.hidden", "value": True}) for name in names)


def widths(pixels: Mapping[str, int]) -> tuple[Json, ...]:
    """Columns of a table with a width of their own."""
    return tuple(by_name(name, {"id": "custom.width", "value": width}) for name, width in pixels.items())


def minimum_widths(pixels: Mapping[str, int]) -> tuple[Json, ...]:
    """Columns of a table that keep a width on a small screen, and get more where there is more."""
    return tuple(by_name(name, {"id": "custom.minWidth", "value": width}) for name, width in pixels.items())
