"""Our expansion of Grafana's macros and variables: expected texts are those of Grafana's own source and tests."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oddswatch.database.macros import TimeRange, expand, interpolate, interval_ms
from oddswatch.errors import UserError

# Noon in Paris in summer, and half a second past three hours later.
RANGE = TimeRange(
    datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2))),
    datetime(2026, 7, 1, 13, 0, 0, 500_000, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("sql", "expanded"),
    [
        ("$__timeFilter(t)", "t BETWEEN '2026-07-01T10:00:00Z' AND '2026-07-01T13:00:00.5Z'"),
        ("x > $__timeFrom()", "x > '2026-07-01T10:00:00Z'"),
        ("x < $__timeTo()", "x < '2026-07-01T13:00:00.5Z'"),
        ("$__timeGroup(t,'5m')", "floor(extract(epoch from t)/300)*300"),
        ("$__timeGroup(t, 1h)", "floor(extract(epoch from t)/3600)*3600"),
        ("$__timeGroup(t,'500ms')", "floor(extract(epoch from t)/0.5)*0.5"),
        ("$__unixEpochFrom() $__unixEpochTo()", "1782900000 1782910800"),
        ("'$__interval' $__interval_ms", "'1m' 60000"),
    ],
)
def test_a_macro_becomes_what_grafana_makes_of_it(sql: str, expanded: str) -> None:
    assert expand(sql, RANGE, 60_000) == expanded


def test_an_unknown_macro_is_named() -> None:
    with pytest.raises(UserError, match=r"\$__timeFiltr\(t\)"):
        expand("$__timeFiltr(t)", RANGE, 1000)


def test_a_width_of_time_without_a_unit_is_named() -> None:
    with pytest.raises(UserError, match="not a width of time: '5'; write for example '5m'"):
        expand("$__timeGroup(t,5)", RANGE, 1000)


@given(st.text().filter(lambda text: "$" not in text))
def test_sql_without_a_dollar_stays_as_it_is(sql: str) -> None:
    assert expand(interpolate(sql, {"league": ["a"]}), RANGE, 1000) == sql


@given(st.text())
def test_a_value_in_quotes_is_one_text_of_sql(value: str) -> None:
    """Reading the result as PostgreSQL reads a quoted text gives the value back, so it cannot become SQL."""
    assert unquoted(interpolate("'${name}'", {"name": value})) == [value]


@given(st.lists(st.text(), min_size=1))
def test_several_values_are_a_list_of_texts_of_sql(values: list[str]) -> None:
    assert unquoted(interpolate("$name", {"name": values})) == values


@given(st.lists(st.text(), min_size=1), st.text())
def test_a_value_is_not_looked_through_for_further_variables(values: list[str], other: str) -> None:
    values = [*values, "$other", "${other}"]
    assert unquoted(interpolate("$name", {"name": values, "other": other})) == values


@pytest.mark.parametrize(
    ("sql", "value", "sent"),
    [
        # As encodeURIComponent() of JavaScript does, and !'()* too.
        (
            "'${x:percentencode}'",
            "Süd 100% (a'b)!*-_.~$__now()",
            "'S%C3%BCd%20100%25%20%28a%27b%29%21%2A-_.~%24__now%28%29'",
        ),
        ("'${x:customqueryparam}'", ["a&x=b", "c"], "'x=a%26x%3Db&x=c'"),
        ("'${x:customqueryparam}'", [], "''"),
        ("'[[x:percentencode]]'", "$y", "'%24y'"),
    ],
)
def test_a_format_becomes_what_grafana_makes_of_it(sql: str, value: str | list[str], sent: str) -> None:
    assert interpolate(sql, {"x": value}) == sent


def test_a_format_that_is_not_known_here_is_named() -> None:
    with pytest.raises(UserError, match=r"\$\{x:csv\}"):
        interpolate("${x:csv}", {"x": "a"})


def test_what_is_no_variable_stays() -> None:
    assert interpolate("$1 $__timeFilter(t) ${unknown}", {"t": "x"}) == "$1 $__timeFilter(t) ${unknown}"


@given(
    st.datetimes(timezones=st.just(UTC), min_value=datetime(1971, 1, 1), max_value=datetime(2090, 1, 1)),
    st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=3650)),
)
def test_the_literals_name_the_moments_to_the_microsecond(start: datetime, width: timedelta) -> None:
    both = expand("$__timeFrom() $__timeTo()", TimeRange(start, start + width), 1000)
    assert [datetime.fromisoformat(text.strip("'")) for text in both.split()] == [start, start + width]


@given(st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=3650)))
def test_a_point_is_never_narrower_than_a_second_or_the_screen(width: timedelta) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    step = interval_ms(TimeRange(start, start + width))
    assert step >= 1000
    assert width.total_seconds() * 1000 / step <= 1001


def unquoted(sql: str) -> list[str]:
    """The texts of `'a','b'''`, read character by character by PostgreSQL's rule: two quotes are one."""
    texts: list[str] = []
    place = 0
    while place < len(sql):
        assert sql[place] == "'", f"outside a text at {place}: {sql!r}"
        text, place = "", place + 1
        while sql[place] != "'" or sql[place : place + 2] == "''":
            text += sql[place]
            place += 2 if sql[place] == "'" else 1
        texts.append(text)
        place += 1
        if place < len(sql):
            assert sql[place] == ",", f"not a list at {place}: {sql!r}"
            place += 1
    return texts
