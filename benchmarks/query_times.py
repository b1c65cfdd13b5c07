"""Milliseconds of every query of dashboards and rules, at the range at which each opens."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg2

from oddswatch.database import connection
from oddswatch.database.execute import as_sent, default_range, run, values
from oddswatch.database.macros import interpolate
from oddswatch.database.query import Query
from oddswatch.database.refusals import complaint
from oddswatch.names import DATASOURCE
from oddswatch.servers.grafana import GrafanaServer
from oddswatch.tree.queries import all_queries
from oddswatch.tree.tree import Tree

RUNS = 10
#: Milliseconds of a first run from which on there is only one more.
_SLOW = 1000
_HERE = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Timing:
    """One query: its first run and the median of the warm ones, in milliseconds.

    `cpu` is what the server's process took of a processor for a warm run, on average, without its parallel workers;
    None where that cannot be seen. Where the server ended it, `error` says why and no time counts.
    """

    query: Query
    first: float = 0
    median: float = 0
    cpu: float | None = None
    error: str = ""


def through_psycopg2(tree: Tree, environment: Mapping[str, str]) -> Iterator[Timing]:
    """Time every query of the tree on a plain connection."""
    session = connection.connect(environment=environment)
    for query in all_queries(tree):
        yield _asked(session, query, as_sent(query, values(session, query)))
    session.close()


def page_of_match(tree: Tree, environment: Mapping[str, str], match: str) -> Iterator[Timing]:
    """Time the panels of the page Match for a match; `match` is a query for its id."""
    session = connection.connect(environment=environment)
    [(chosen,)] = run(session, match).rows
    for query in all_queries(tree):
        if query.kind == "panel" and "match" in {variable.name for variable in query.variables}:
            yield _asked(session, query, as_sent(query, {**values(session, query), "match": chosen}))
    session.close()


def _asked(session: Any, query: Query, text: str) -> Timing:
    """The timing of a query as it is sent, or why the server ended it."""
    try:
        return _measure(query, partial(run, session, text), partial(_processor_time, session))
    except psycopg2.Error as error:
        return Timing(query, error=complaint(error))


def through_grafana(tree: Tree, grafana: GrafanaServer, environment: Mapping[str, str]) -> Iterator[Timing]:
    """Time every query of the dashboards from request to answer, as a browser would send it."""
    session = connection.connect(environment=environment)
    with httpx.Client(base_url=grafana.url, auth=(grafana.user, grafana.password), timeout=120) as http:
        for query in all_queries(tree):
            if query.kind == "rule":
                continue
            body = request(query, session)
            yield _measure(query, partial(_post, http, body))
    session.close()


def _post(http: httpx.Client, body: dict[str, Any]) -> None:
    http.post("/api/ds/query", json=body).raise_for_status()


def request(query: Query, session: Any) -> dict[str, Any]:
    """What a browser sends to Grafana for a query, with the values of its variables as they are in the database."""
    span = default_range(query)
    target = {
        "refId": "A",
        "datasource": DATASOURCE,
        "rawSql": interpolate(query.sql, values(session, query)),
        "format": query.format,
        "intervalMs": 60_000,
        "maxDataPoints": 1000,
    }
    start, end = (str(round(moment.timestamp() * 1000)) for moment in (span.start, span.end))
    return {"from": start, "to": end, "queries": [target]}


def _measure(
    query: Query, work: Callable[[], object], processor_time: Callable[[], float | None] = lambda: None
) -> Timing:
    first = _milliseconds(work)
    runs = RUNS if first < _SLOW else 1
    before = processor_time()
    median = statistics.median(_milliseconds(work) for _ in range(runs))
    after = processor_time()
    return Timing(query, first, median, None if before is None or after is None else (after - before) / runs)


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _processor_time(session: Any) -> float | None:
    """Milliseconds that the server's process of this session has run; None on another machine, and without Linux."""
    process = Path("/proc") / str(session.info.backend_pid)
    try:
        if session.info.host not in _HERE or (process / "comm").read_text() != "postgres\n":
            return None
        return int((process / "schedstat").read_text().split()[0]) / 1e6
    except OSError:
        return None
