"""Numbers and short texts that fill a panel: one, or several of one row."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.style.colours import BLUE, GREY, steps
from dashboards.style.columns import levels, titles_and_units
from dashboards.style.panel import Panel, fields, reduced
from oddswatch.catalogue.header import Metric
from oddswatch.json_types import Json


def stat(
    key: str,
    title: str,
    description: str,
    sql: str,
    *,
    unit: str,
    thresholds: list[Json] | None = None,
    empty: str = "–",
    width: int = 6,
    height: int = 4,
    decimals: int | None = None,
    links: list[Json] | None = None,
    column: str = "",
) -> Panel:
    """One number (or one per row); `empty` is what the panel says when there is no value.

    `column` is the one that is shown, where the answer has more of them.
    """
    return Panel(
        key,
        title,
        description,
        sql,
        "stat",
        width,
        height,
        defaults=fields(unit, empty, levels=thresholds or steps(BLUE), decimals=decimals, links=links),
        options=_options(reduceOptions=reduced(_only(column) if column else "")),
    )


def text_stat(
    key: str,
    title: str,
    description: str,
    sql: str,
    colours: Mapping[str, str],
    *,
    empty: str,
    width: int = 6,
    height: int = 4,
    links: list[Json] | None = None,
    size: int | None = None,
    column: str = "",
) -> Panel:
    """A few words instead of a number; `colours` by regular expression over all of them.

    `size` of the letters in pixels: a sentence would fill the panel and shrink with each word. `column` is the one that
    is shown, where the answer has more of them.
    """
    mappings = [
        {"type": "regex", "options": {"pattern": f"^{pattern}$", "result": {"color": colour, "index": index}}}
        for index, (pattern, colour) in enumerate(colours.items())
    ]
    return Panel(
        key,
        title,
        description,
        sql,
        "stat",
        width,
        height,
        defaults=fields("text", empty, levels=steps(GREY), mappings=mappings, links=links),
        options=_options(
            # Without naming fields a stat takes numbers only.
            reduceOptions=reduced(_only(column) if column else "/.*/"),
            **({"text": {"valueSize": size}} if size else {}),
        ),
    )


def stat_list(
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
    **options: Any,
) -> Panel:
    """Several values of one row of a metric, one below the other, each with its name."""
    coloured = [levels(name, of) for name, of in (thresholds or {}).items()]
    return Panel(
        key,
        title,
        description,
        sql,
        "stat",
        width,
        height,
        defaults=fields("number", empty, levels=steps(GREY)),
        overrides=(*titles_and_units(metric, columns), *coloured),
        options=_options(orientation="horizontal", **{"textMode": "value_and_name", **options}),
    )


def _only(column: str) -> str:
    """The regular expression for this column alone."""
    return f"/^{column}$/"


def _options(**others: Any) -> Json:
    return {
        "reduceOptions": reduced(),
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": "value",
        "wideLayout": True,
        **others,
    }
