"""What is drawn over time: lines, bars, states."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboards.style.colours import BLUE, GREEN, GREY, steps
from dashboards.style.columns import by_name
from dashboards.style.panel import Panel, fields, fixed, legend, tooltip
from oddswatch.json_types import Json


def timeseries(
    key: str,
    title: str,
    description: str,
    sql: str,
    *,
    unit: str,
    empty: str,
    width: int = 12,
    height: int = 8,
    custom: Json | None = None,
    thresholds: list[Json] | None = None,
    overrides: Sequence[Json] = (),
    legend_shown: bool = False,
    minimum: float | None = None,
    decimals: int | None = None,
) -> Panel:
    """Lines over time from a query in the `time_series` format."""
    return Panel(
        key,
        title,
        description,
        sql,
        "timeseries",
        width,
        height,
        format="time_series",
        defaults=fields(
            unit,
            empty,
            levels=thresholds or steps(GREEN),
            colour={"mode": "palette-classic"},
            minimum=minimum,
            decimals=decimals,
            custom={
                "drawStyle": "line",
                "lineInterpolation": "linear",
                "lineWidth": 2,
                "fillOpacity": 10,
                "showPoints": "auto",
                "spanNulls": True,
                "axisPlacement": "auto",
                **(custom or {}),
            },
        ),
        overrides=tuple(overrides),
        options={"legend": legend(shown=legend_shown), "tooltip": tooltip("multi", "desc")},
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
        minimum=None if thresholds else 0,
        custom={
            "drawStyle": "bars",
            "barAlignment": 1,
            "fillOpacity": 80,
            "lineWidth": 0,
            "showPoints": "never",
            "spanNulls": False,
            **({"gradientMode": "scheme"} if thresholds else {}),
        },
    )
    return replace(panel, defaults={**panel.defaults, "color": {"mode": "thresholds"}}) if thresholds else panel


def band(low: str, high: str) -> tuple[Json, Json]:
    """Overrides that draw two columns, which the legend does not name, as a shade between what is likely."""
    edge: list[Json] = [
        {"id": "color", "value": fixed(BLUE)},
        {"id": "custom.lineWidth", "value": 0},
        {"id": "custom.showPoints", "value": "never"},
        {"id": "custom.hideFrom", "value": {"legend": True, "tooltip": False, "viz": False}},
    ]
    return (
        by_name(low, {"id": "displayName", "value": "Likely from"}, *edge),
        by_name(
            high,
            {"id": "displayName", "value": "Likely to"},
            *edge,
            {"id": "custom.fillBelowTo", "value": "Likely from"},
            {"id": "custom.fillOpacity", "value": 25},
        ),
    )


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
        defaults=fields(
            "number",
            empty,
            # Not by thresholds: neighbouring states within one threshold would be drawn as one.
            colour=fixed(GREY),
            mappings=[{"type": "value", "options": options}],
            # The series change at different moments; without this each would end where another one changes.
            custom={"fillOpacity": 80, "lineWidth": 0, "spanNulls": True},
        ),
        options={
            "mergeValues": True,
            "showValue": "never",
            "alignValue": "left",
            "rowHeight": 0.8,
            "legend": legend(shown=True),
            "tooltip": tooltip("single"),
        },
    )
