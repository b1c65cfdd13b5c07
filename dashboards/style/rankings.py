"""What is held against each other at one moment: ranked bars, columns side by side."""

from dashboards.style.colours import BLUE
from dashboards.style.panel import Panel, fields, fixed, legend, reduced, tooltip
from oddswatch.json_types import Json


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
    bounds: tuple[float, float] | None = None,
) -> Panel:
    """A bar per row, one below the other: the first column names it, the second is its length.

    Bars begin at 0 and the longest fills the panel, unless `bounds` say where they begin and end.
    """
    first, last = bounds or (0, None)
    return Panel(
        key,
        title,
        description,
        sql,
        "bargauge",
        width,
        height,
        defaults=fields(unit, empty, levels=thresholds, decimals=decimals, minimum=first, maximum=last),
        options={
            "reduceOptions": reduced(values=True, limit=30),
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
        defaults=fields(
            unit,
            empty,
            minimum=0,
            decimals=0,
            colour=fixed(BLUE),
            custom={"fillOpacity": 80, "lineWidth": 0},
        ),
        options={
            "orientation": "vertical",
            "showValue": "always",
            "barWidth": 0.9,
            "xTickLabelRotation": 0,
            "legend": legend(shown=False),
            "tooltip": tooltip("single"),
        },
    )
