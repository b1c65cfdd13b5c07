"""Tables."""

from collections.abc import Sequence

from dashboards.style import columns as column
from dashboards.style.colours import GREY, steps, thresholds
from dashboards.style.panel import Panel
from oddswatch.catalogue.header import Metric
from oddswatch.json_types import Json

#: What a table says when it has no rows is not what one of its cells says.
_EMPTY_CELL = {"matcher": {"id": "byRegexp", "options": "/.*/"}, "properties": [{"id": "noValue", "value": "–"}]}


def table(
    key: str,
    title: str,
    description: str,
    sql: str,
    metric: Metric,
    columns: Sequence[str],
    *,
    empty: str,
    width: int = 24,
    height: int = 10,
    hidden: Sequence[str] = (),
    overrides: Sequence[Json] = (),
) -> Panel:
    """A table of `columns` of a metric, with the catalogue's titles and units."""
    return Panel(
        key,
        title,
        description,
        sql,
        "table",
        width,
        height,
        defaults={
            "noValue": empty,
            "color": {"mode": "thresholds"},
            "thresholds": thresholds(steps(GREY)),
            "custom": {
                "align": "auto",
                "cellOptions": {"type": "auto"},
                "filterable": False,
                "inspect": False,
                "minWidth": 90,
            },
        },
        overrides=(_EMPTY_CELL, *column.titles_and_units(metric, columns), *column.hidden(*hidden), *overrides),
        options={
            "showHeader": True,
            "cellHeight": "sm",
            "footer": {"show": False, "reducer": ["sum"], "fields": ""},
        },
    )
