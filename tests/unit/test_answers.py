"""When two answers to one query are the same; with a database: tests/database/test_check.py."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from oddswatch.checks.answers import difference
from oddswatch.database.execute import Result

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
KOLKATA = timezone(timedelta(hours=5, minutes=30))
NAN = float("nan")


def said(first: list[tuple[Any, ...]], second: list[tuple[Any, ...]]) -> str:
    def result(rows: list[tuple[Any, ...]]) -> Result:
        return Result(("name", "value"), (0, 0), rows, 0.0)

    return difference(result(first), result(second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([], []),
        ([("a", 1), ("b", 1)], [("b", 1), ("a", 1)]),
        ([("a", NOON)], [("a", NOON.astimezone(KOLKATA))]),
        ([("a", [NOON, None])], [("a", [NOON.astimezone(KOLKATA), None])]),
        ([("a", 0.1 + 0.2)], [("a", 0.3)]),
        ([("a", NAN), (None, Decimal("NaN"))], [(None, Decimal("NaN")), ("a", NAN)]),
    ],
    ids=["no rows", "order of ties", "one moment", "lists of moments", "last digit of a sum", "NaN"],
)
def test_the_same(first: list[tuple[Any, ...]], second: list[tuple[Any, ...]]) -> None:
    assert said(first, second) == ""


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [
        ([("a", 1)], [], "returns 1 and 0 rows"),
        ([("a", 1)], [("a", 2)], "returns 1 and 2 as value"),
        ([("a", NAN), ("b", 1)], [("a", NAN), ("c", 1)], "returns 'b' and 'c' as name"),
        ([("a", 1), ("a", 1), ("b", 1)], [("a", 1), ("b", 1), ("b", 1)], "returns 'a' and 'b' as name"),
        (
            [("a", NOON)],
            [("a", NOON.replace(tzinfo=KOLKATA))],
            f"returns {NOON} and 2026-01-05 12:00:00+05:30 as value",
        ),
        ([("a", 0.3)], [("a", 0.300001)], "returns 0.3 and 0.300001 as value"),
        ([("a", 1)], [("a", "1")], "returns 1 and '1' as value"),
    ],
    ids=["fewer rows", "a number", "a text beside NaN", "how often", "another moment", "a digit that counts", "type"],
)
def test_not_the_same(first: list[tuple[Any, ...]], second: list[tuple[Any, ...]], difference: str) -> None:
    assert said(first, second) == difference
