"""Further kinds of panels in the house style: states and bars over time, rankings, several numbers of one row."""

from collections.abc import Mapping, Sequence

from dashboards.style import BLUE, GREEN, GREY, RED, Panel, by_name, column_overrides, stat, steps, timeseries
from oddswatch.catalogue.header import UNITS, Metric
from oddswatch.json_types import Json

#: Below zero is red, from zero on green: profit, yield, closing line value. What is not known is grey.
GAIN = steps(GREY, (-1e9, RED), (0, GREEN))


def state_timeline(
    key: str,
    title: str,
    description: str,
    sql: str,
    states: Mapping[int, tuple[str, str]],
    *,
    empty: str,
    width: int = 24,
    height: int = 6,
) -> Panel:
    """One band per series, coloured by its state.

    The query has the columns time, metric (the series) and state, and a row per series at each moment; `states` maps
    the number of a state to its text and colour.
    """
    options = {
        str(number): {"text": text, "color": colour, "index": index}
        for index, (number, (text, colour)) in enumerate(states.items())
    }
    return Panel(
        key,
        title,
        description,
        sql,
        "state-timeline",
        width,
        height,
        format="time_series",
        defaults={
            "unit": "none",
            "noValue": empty,
            # Not by thresholds: neighbouring states within one threshold would be drawn as one.
            "color": {"mode": "fixed", "fixedColor": GREY},
            "mappings": [{"type": "value", "options": options}],
            # The series change at different moments; without this each would end where another one changes.
            "custom": {"fillOpacity": 80, "lineWidth": 0, "spanNulls": True},
        },
        options={
            "mergeValues": True,
            "showValue": "never",
            "alignValue": "left",
            "rowHeight": 0.8,
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "single", "sort": "none"},
        },
    )


def bars(
    key: str,
    title: str,
    description: str,
    sql: str,
    *,
    unit: str,
    empty: str,
    width: int = 12,
    height: int = 8,
    thresholds: list[Json] | None = None,
    stacked: bool = False,
    decimals: int | None = None,
) -> Panel:
    """Bars over time, each beginning at its moment; with `thresholds` each part of a bar has its value's colour."""
    panel = timeseries(
        key,
        title,
        description,
        sql,
        unit=unit,
        empty=empty,
        width=width,
        height=height,
        thresholds=thresholds,
        decimals=decimals,
        legend=stacked,
        minimum=None if thresholds else 0,
        custom={
            "drawStyle": "bars",
            "barAlignment": 1,
            "fillOpacity": 80,
            "lineWidth": 0,
            "showPoints": "never",
            "spanNulls": False,
            **({"gradientMode": "scheme"} if thresholds else {}),
            **({"stacking": {"mode": "normal", "group": "A"}} if stacked else {}),
        },
    )
    if thresholds:
        panel.defaults["color"] = {"mode": "thresholds"}
    return panel


def numbers(
    key: str,
    title: str,
    description: str,
    sql: str,
    metric: Metric,
    columns: Sequence[str],
    *,
    empty: str,
    width: int = 6,
    height: int = 9,
    thresholds: Mapping[str, list[Json]] | None = None,
) -> Panel:
    """Several numbers of one row of a metric, one below the other, each with its name."""
    coloured = [
        by_name(name, {"id": "thresholds", "value": {"mode": "absolute", "steps": levels}})
        for name, levels in (thresholds or {}).items()
    ]
    return Panel(
        key,
        title,
        description,
        sql,
        "stat",
        width,
        height,
        defaults={
            "unit": "none",
            "noValue": empty,
            "color": {"mode": "thresholds"},
            "thresholds": {"mode": "absolute", "steps": steps("text")},
        },
        overrides=(*column_overrides(metric, columns), *coloured),
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "horizontal",
            "textMode": "value_and_name",
            "wideLayout": True,
        },
    )


def words(
    key: str,
    title: str,
    description: str,
    sql: str,
    colours: Mapping[str, str],
    *,
    empty: str,
    width: int = 6,
    height: int = 4,
) -> Panel:
    """A few words instead of a number; `colours` by regular expression over all of them."""
    panel = stat(
        key,
        title,
        description,
        sql,
        unit="text",
        thresholds=steps(GREY),
        empty=empty,
        width=width,
        height=height,
        mappings=[
            {"type": "regex", "options": {"pattern": f"^{pattern}$", "result": {"color": colour, "index": index}}}
            for index, (pattern, colour) in enumerate(colours.items())
        ],
    )
    # Without this a stat takes numbers only.
    panel.options["reduceOptions"]["fields"] = "/.*/"
    return panel


def coloured_gains(*names: str) -> tuple[Json, ...]:
    """Columns of a table in red below zero and in green from zero on."""
    return tuple(
        by_name(
            name,
            {"id": "custom.cellOptions", "value": {"type": "color-text"}},
            {"id": "thresholds", "value": {"mode": "absolute", "steps": GAIN}},
        )
        for name in names
    )


def coloured_words(name: str, colours: Mapping[str, str]) -> Json:
    """A column of a table with words, each in its colour."""
    options = {word: {"color": colour, "index": index} for index, (word, colour) in enumerate(colours.items())}
    return by_name(
        name,
        {"id": "custom.cellOptions", "value": {"type": "color-text"}},
        {"id": "mappings", "value": [{"type": "value", "options": options}]},
    )


def ranking(
    key: str,
    title: str,
    description: str,
    sql: str,
    *,
    unit: str,
    empty: str,
    thresholds: list[Json],
    width: int = 12,
    height: int = 8,
    decimals: int | None = None,
) -> Panel:
    """A bar per row, one below the other: the first column names it, the second is its length."""
    return Panel(
        key,
        title,
        description,
        sql,
        "bargauge",
        width,
        height,
        defaults={
            "unit": UNITS[unit],
            "noValue": empty,
            "min": 0,
            "color": {"mode": "thresholds"},
            "thresholds": {"mode": "absolute", "steps": thresholds},
            **({"decimals": decimals} if decimals is not None else {}),
        },
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": True, "limit": 30},
            "orientation": "horizontal",
            "displayMode": "basic",
            "valueMode": "color",
            "showUnfilled": True,
            "sizing": "manual",
            "minVizHeight": 16,
            "maxVizHeight": 32,
            "namePlacement": "left",
        },
    )


def histogram(
    key: str,
    title: str,
    description: str,
    sql: str,
    *,
    unit: str,
    empty: str,
    width: int = 12,
    height: int = 8,
) -> Panel:
    """Columns side by side, each with its number: the first column of the query names it, the second is its height."""
    return Panel(
        key,
        title,
        description,
        sql,
        "barchart",
        width,
        height,
        defaults={
            "unit": UNITS[unit],
            "noValue": empty,
            "min": 0,
            "decimals": 0,
            "color": {"mode": "fixed", "fixedColor": BLUE},
            "custom": {"fillOpacity": 80, "lineWidth": 0},
        },
        options={
            "orientation": "vertical",
            "showValue": "always",
            "barWidth": 0.9,
            "xTickLabelRotation": 0,
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
            "tooltip": {"mode": "single", "sort": "none"},
        },
        # One frame per series: in a common one there would be nothing where only another one changes.
        extra={
            "transformations": [
                {
                    "id": "partitionByValues",
                    "options": {"fields": ["series"], "naming": {"asLabels": True}, "keepFields": False},
                }
            ]
        },
    )


def widths(pixels: Mapping[str, int]) -> tuple[Json, ...]:
    """Columns of a table with a width of their own."""
    return tuple(by_name(name, {"id": "custom.width", "value": width}) for name, width in pixels.items())


def at_least(pixels: Mapping[str, int]) -> tuple[Json, ...]:
    """Columns of a table that keep a width on a small screen, and get more where there is more."""
    return tuple(by_name(name, {"id": "custom.minWidth", "value": width}) for name, width in pixels.items())
