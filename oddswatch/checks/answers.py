"""Whether two answers to one query are the same."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from oddswatch.database.execute import Result

#: Digits of a floating-point number that count: the last ones depend on the order in which a sum reads its rows.
_DIGITS = 9


def difference(first: Result, second: Result) -> str:
    """Return what differs, such as `returns 1 and 2 as matches`; an empty text where nothing does.

    A moment counts as such, whatever offset it is written with; rows count in any order, because ties have none.
    """
    if len(first.rows) != len(second.rows):
        return f"returns {len(first.rows)} and {len(second.rows)} rows"
    one, other = _comparable(first), _comparable(second)
    if Counter(one) == Counter(other):
        return ""
    row = next(row for row, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1])
    column = next(column for column, pair in enumerate(zip(one[row], other[row], strict=True)) if pair[0] != pair[1])
    was, now = first.rows[row][column], second.rows[row][column]
    return f"returns {_shown(was)} and {_shown(now)} as {first.columns[column]}"


def _comparable(result: Result) -> list[tuple[str, ...]]:
    return [tuple(_text(value) for value in row) for row in result.rows]


def _text(value: Any) -> str:
    if isinstance(value, datetime) and value.tzinfo:
        return str(value.astimezone(UTC))
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    return str([_text(item) for item in value]) if isinstance(value, list) else repr(value)


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else str(value)
