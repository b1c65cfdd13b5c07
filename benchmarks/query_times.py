"""Milliseconds of every query of dashboards and rules, at the range at which each opens."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from oddswatch.database import connection
from oddswatch.database.execute import as_sent, default_range, run, values
from oddswatch.database.macros import interpolate
from oddswatch.database.query import Query
from oddswatch.names import DATASOURCE
from oddswatch.servers.grafana import GrafanaServer
from oddswatch.tree.queries import all_queries
from oddswatch.tree.tree import Tree

RUNS = 10


@dataclass(frozen=True)
class Timing:
    """One query: its first run and the median of the warm ones, in milliseconds."""

    query: Query
    first: float
    median: float


def through_psycopg2(tree: Tree, environment: dict[str, str]) -> Iterator[Timing]:
    """Time every query of the tree on a plain connection."""
    session = connection.connect(environment=environment)
    for query in all_queries(tree):
        text = as_sent(query, values(session, query))
        yield _measure(query, partial(run, session, text))
    session.close()


def through_grafana(tree: Tree, grafana: GrafanaServer, environment: dict[str, str]) -> Iterator[Timing]:
    """Time every query of the dashboards from request to answer, as a browser would send it."""
    session = connection.connect(environment=environment)
    with httpx.Client(base_url=grafana.url, auth=(grafana.user, grafana.password), timeout=120) as http:
        for query in all_queries(tree):
            if query.kind == "rule":
                continue
            body = _request(query, session)
            yield _measure(query, partial(_post, http, body))
    session.close()


def _post(http: httpx.Client, body: dict[str, Any]) -> None:
    http.post("/api/ds/query", json=body).raise_for_status()


def _request(query: Query, session: Any) -> dict[str, Any]:
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


def _measure(query: Query, work: Callable[[], object]) -> Timing:
    times = []
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return Timing(query, times[0], statistics.median(times[1:]))
