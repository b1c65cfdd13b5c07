"""What is held against each other at one moment: ranked bars, columns side by side, what was said and what came."""

from dashboards.style.colours import BLUE, GREY
from dashboards.style.columns import by_name
from dashboards.style.curves import band
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


def said_and_seen(
    key: str,
    title: str,
    description: str,
    sql: str,
    *,
    said: str,
    equal: str,
    seen: str,
    empty: str,
    width: int = 12,
    height: int = 9,
) -> Panel:
    """What came over what was said, in percent, with its interval as a band; on the dashed line the two are equal.

    The query returns said, equal (the same once more), low, seen and high, in rising order of said; `said`, `equal` and
    `seen` are what people call them.
    """
    return Panel(
        key,
        title,
        description,
        sql,
        "trend",
        width,
        height,
        defaults=fields(
            "percent",
            empty,
            colour=fixed(GREY),
            decimals=1,
            custom={"drawStyle": "line", "lineWidth": 2, "showPoints": "always", "pointSize": 8, "spanNulls": True},
        ),
        overrides=(
            by_name("said", {"id": "displayName", "value": said}, {"id": "custom.axisLabel", "value": said}),
            by_name(
                "equal",
                {"id": "displayName", "value": equal},
                {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 8]}},
                {"id": "custom.showPoints", "value": "never"},
            ),
            by_name("seen", {"id": "displayName", "value": seen}, {"id": "color", "value": fixed(BLUE)}),
            *band("low", "high"),
        ),
        options={"xField": "said", "legend": legend(shown=True), "tooltip": tooltip("multi")},
    )
