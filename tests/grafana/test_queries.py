"""Every query of the tree through a real Grafana, which must send what we say that it sends."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oddswatch.database.execute import as_sent, default_range, values
from oddswatch.database.macros import TimeRange, expand, interpolate, interval_ms
from oddswatch.database.query import Query, Values
from oddswatch.names import DATASOURCE
from oddswatch.tree.queries import all_queries
from oddswatch.tree.tree import Tree
from tests.servers.client import Answer, GrafanaClient
from tests.servers.grafana import Grafana
from tests.servers.postgres import Postgres

RANGES = {"default": None, "5 minutes": timedelta(minutes=5), "30 days": timedelta(days=30)}
#: A range whose ends show how milliseconds and whole seconds are written.
ODD_RANGE = TimeRange(
    datetime(2023, 11, 14, 22, 13, 20, 120_000, tzinfo=UTC), datetime(2023, 11, 14, 23, 13, 20, tzinfo=UTC)
)
INTERVAL = 90_061


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """New dashboards, panels and rules are tested as soon as they are in the tree."""
    tree = Tree.read(metafunc.config.getoption("--tree"))
    if "query" in metafunc.fixturenames:
        queries = list(all_queries(tree))
        metafunc.parametrize("query", queries, ids=[f"{query.kind} {query.place}" for query in queries])
    if "rule" in metafunc.fixturenames:
        metafunc.parametrize("rule", tree.rules(), ids=[rule["title"] for rule in tree.rules()])


@pytest.fixture(scope="module")
def demo_client(demo_grafana: Grafana) -> Iterator[GrafanaClient]:
    with GrafanaClient(demo_grafana) as client:
        yield client


@pytest.fixture(scope="module")
def empty_client(empty_grafana: Grafana) -> Iterator[GrafanaClient]:
    with GrafanaClient(empty_grafana) as client:
        yield client


@pytest.fixture(scope="module")
def demo_session(demo_database: Postgres) -> Iterator[Any]:
    with closing(demo_database.connect()) as session:
        yield session


def ask(client: GrafanaClient, sql: str, query_format: str, time_range: TimeRange, interval: int) -> Answer:
    """Send a query as the browser does: variables are in, macros are not."""
    target = {"refId": "A", "datasource": DATASOURCE, "rawSql": sql, "format": query_format, "intervalMs": interval}
    start, end = (str(round(moment.timestamp() * 1000)) for moment in (time_range.start, time_range.end))
    return client.query([target], start, end)["A"]


def assert_sent_as_we_say(client: GrafanaClient, query: Query, chosen: Values, time_range: TimeRange) -> Answer:
    answer = ask(client, interpolate(query.sql, chosen), query.format, time_range, interval_ms(time_range))
    assert answer.error is None
    assert answer.sql == as_sent(query, chosen, time_range)
    return answer


def milliseconds(time_range: TimeRange) -> TimeRange:
    """The range as a browser can name it."""
    start, end = (m.replace(microsecond=m.microsecond // 1000 * 1000) for m in (time_range.start, time_range.end))
    return TimeRange(start, end)


@pytest.mark.parametrize("width", RANGES)
def test_a_query_on_the_demo_answers_and_is_sent_as_we_say(
    query: Query, width: str, demo_client: GrafanaClient, demo_session: Any
) -> None:
    time_range = default_range(query)
    if chosen_width := RANGES[width]:
        time_range = TimeRange(time_range.end - chosen_width, time_range.end)
    chosen = values(demo_session, query)
    answer = assert_sent_as_we_say(demo_client, query, chosen, milliseconds(time_range))
    if query.kind == "variable":
        assert answer.rows(), "a filter without choices"


def test_a_query_with_every_choice_answers(query: Query, demo_client: GrafanaClient, demo_session: Any) -> None:
    chosen = values(demo_session, query, everything=True)
    assert_sent_as_we_say(demo_client, query, chosen, milliseconds(default_range(query)))


def test_a_query_on_empty_tables_is_no_error(query: Query, empty_client: GrafanaClient) -> None:
    nothing: Values = {v.name: v.default or ([] if v.multiple else "") for v in query.variables}
    assert_sent_as_we_say(empty_client, query, nothing, milliseconds(default_range(query)))


@pytest.mark.parametrize("database", ["demo", "empty"])
def test_the_whole_pipeline_of_a_rule_runs(
    rule: dict[str, Any], database: str, demo_client: GrafanaClient, empty_client: GrafanaClient
) -> None:
    answers = (demo_client if database == "demo" else empty_client).evaluate(rule)
    assert {name: answer.error for name, answer in answers.items() if answer.error} == {}
    assert rule["condition"] in answers


@pytest.mark.parametrize(
    "macro",
    [
        "$__time(t)",
        "$__timeEpoch(t)",
        "$__timeFilter(t)",
        "$__timeFilter( t , u )",
        "$__timeFrom() $__timeTo()",
        "$__timeGroup(t,'5m')",
        "$__timeGroup(t, 1500ms)",
        "$__timeGroup(t,'1h',NULL)",
        "$__timeGroup(t,'$__interval'), $__timeGroup(t,'2w')",
        "$__timeGroup(t,'30d') $__timeGroup(t,'12345678s') $__timeGroup(t,'999999s') $__timeGroup(t,'1ms')",
        "$__timeGroupAlias(t,'1d')",
        "$__unixEpochFilter(t) $__unixEpochNanoFilter(t)",
        "$__unixEpochFrom() $__unixEpochTo() $__unixEpochNanoFrom() $__unixEpochNanoTo()",
        "$__unixEpochGroup(t,'5m') $__unixEpochGroupAlias(t,'5m')",
        "$__interval $__interval_ms ${__interval} $unknown $1",
    ],
)
def test_each_macro_becomes_what_grafana_makes_of_it(macro: str, empty_client: GrafanaClient) -> None:
    answer = ask(empty_client, macro, "table", ODD_RANGE, INTERVAL)  # no SQL: only the text counts
    assert answer.sql == expand(macro, ODD_RANGE, INTERVAL)


@pytest.mark.parametrize("interval", [1, 999, 1500, 60_000, 90_000_000, 700_000_000, 32_000_000_000])
def test_an_interval_is_written_as_grafana_writes_it(interval: int, empty_client: GrafanaClient) -> None:
    answer = ask(empty_client, "SELECT '$__interval'", "table", ODD_RANGE, interval)
    assert answer.sql == expand("SELECT '$__interval'", ODD_RANGE, interval)
