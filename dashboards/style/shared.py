"""Panels that show a part of what another panel of the page has got: the database is asked once for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboards.style.panel import Panel
from oddswatch.json_types import Json


def shared(
    panel: Panel,
    source: Panel,
    *,
    where: Mapping[str, bool | str] | None = None,
    known: str = "",
    columns: Sequence[str] = (),
    largest_first: str = "",
) -> Panel:
    """The panel, which has no query of its own, with a part of the answer of `source`.

    Args:
        panel: what is to be seen of it, and how.
        source: a panel of the same page that has a query.
        where: see `part`.
        known: see `part`.
        columns: see `part`.
        largest_first: see `part`.
    """
    taken = part(panel, where=where, known=known, columns=columns, largest_first=largest_first)
    return replace(taken, source=source.key)


def part(
    panel: Panel,
    *,
    where: Mapping[str, bool | str] | None = None,
    known: str = "",
    columns: Sequence[str] = (),
    largest_first: str = "",
) -> Panel:
    """The panel with a part of its answer; others that share it have all of it to take theirs from.

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
