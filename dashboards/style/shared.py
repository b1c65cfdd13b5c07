"""Panels that show a part of what another panel of the page has got: the database is asked once for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboards.style.panel import Panel
from oddswatch.json_types import Json


def shared(panel: Panel, source: Panel) -> Panel:
    """The panel, which has no query of its own, with the answer of `source`, which is on the same page and has one."""
    return replace(panel, source=source.key)


def part(
    panel: Panel,
    *,
    where: Mapping[str, bool | str] | None = None,
    known: str = "",
    columns: Sequence[str] = (),
    largest_first: str = "",
) -> Panel:
    """The panel with a part of its answer, its own or a shared one; whoever shares its own has all of that.

    Args:
        panel: what is to be seen of it, and how.
        where: only the rows that have these values, by column.
        known: only the rows that have a value in this column.
        columns: only these columns, in the order of the answer; all without any.
        largest_first: the column by which rows are ordered; as in the answer without one.
    """
    conditions = [_condition(name, "equal", {"value": value}) for name, value in (where or {}).items()]
    conditions += [_condition(known, "isNotNull", {})] if known else []
    transformations: list[Json] = []
    if conditions:
        options: Json = {"filters": conditions, "match": "all", "type": "include"}
        transformations.append({"id": "filterByValue", "options": options})
    if columns:
        options = {"include": {"names": list(columns)}}
        transformations.append({"id": "filterFieldsByName", "options": options})
    if largest_first:
        transformations.append({"id": "sortBy", "options": {"sort": [{"field": largest_first, "desc": True}]}})
    return replace(panel, transformations=tuple(transformations))


def _condition(column: str, matcher: str, options: Json) -> Json:
    return {"fieldName": column, "config": {"id": matcher, "options": options}}
