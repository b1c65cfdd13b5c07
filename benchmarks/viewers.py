"""Ten people who look at every dashboard while prices are stored: what fails, what is slow, what it costs the feed."""

import random
import statistics
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import httpx

from benchmarks import databases
from benchmarks.query_times import request
from oddswatch.database import connection
from oddswatch.demo.layout import Layout
from oddswatch.json_types import Json
from oddswatch.servers.grafana import GrafanaServer
from oddswatch.settings.fields import seconds
from oddswatch.tree.queries import of_dashboard
from oddswatch.tree.tree import Tree

VIEWERS = 10
ROUNDS = 10
#: Seconds of a round, of which every other one has viewers; an INSERT every six seconds makes a hundred of each.
ROUND = 60.0
_PAUSE = 6.0
#: As many questions as a browser asks of one server at a time.
_AT_ONCE = 6


@dataclass
class Load:
    """What ten viewers saw in the rounds with them.

    Attributes:
        seconds: of every answer, by the query's place.
        failures: what Grafana or the database said instead of an answer.
        connections: the most that the role had at a time.
        alone, under_load: seconds that each INSERT of a collection took, without viewers and with them.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    connections: int = 0
    alone: list[float] = field(default_factory=list)
    under_load: list[float] = field(default_factory=list)

    @property
    def burden(self) -> float:
        """How many times as long an INSERT takes with viewers."""
        return statistics.median(self.under_load) / statistics.median(self.alone)


@dataclass(frozen=True)
class _Page:
    """A dashboard as its viewers ask it: every so many seconds, each of its queries as Grafana takes it."""

    refresh: float
    requests: Mapping[str, Json]


def measure(tree: Tree, grafana: GrafanaServer, owner: Mapping[str, str], reader: Mapping[str, str]) -> Load:
    """Let ten viewers look at every dashboard, each at its refresh, in every other round, while prices are stored."""
    load = Load()
    looking, over = Event(), Event()
    pages = _pages(tree, reader)
    with ThreadPoolExecutor(VIEWERS) as people, closing(databases.connect(owner)) as feed:
        feed.autocommit = True
        with feed.cursor() as cursor:
            # Of an earlier run.
            cursor.execute(f"DELETE FROM {Layout().prices} WHERE collected_at < now() - interval '9 years'")
        viewers = [people.submit(_look, grafana, pages, looking, over, load) for _ in range(VIEWERS)]
        try:
            for number in range(2 * ROUNDS):
                _store_for_a_round(feed, load, number, looking, reader["PGUSER"])
        finally:
            over.set()
            looking.set()
        for viewer in viewers:
            viewer.result()
    return load


def _pages(tree: Tree, reader: Mapping[str, str]) -> list[_Page]:
    """Those without a refresh are opened once."""
    with closing(connection.connect(environment=reader)) as session:
        return [
            _Page(
                seconds(model["refresh"]) if model["refresh"] else ROUNDS * ROUND,
                {query.place: request(query, session) for query in of_dashboard(_as_opened(model))},
            )
            for model in tree.dashboards()
        ]


def _as_opened(model: Json) -> Json:
    """A dashboard without what collapsed rows hold, which Grafana does not ask until somebody opens them."""
    return {**model, "panels": [{**panel, "panels": []} for panel in model["panels"]]}


def _look(grafana: GrafanaServer, pages: list[_Page], looking: Event, over: Event, load: Load) -> None:
    """All dashboards side by side, as in as many tabs, from a random moment on."""
    due = [time.monotonic() + random.uniform(0, page.refresh) for page in pages]  # noqa: S311
    with (
        httpx.Client(base_url=grafana.url, auth=(grafana.user, grafana.password), timeout=60) as http,
        ThreadPoolExecutor(_AT_ONCE) as browser,
    ):
        while not over.is_set():
            looking.wait()
            for number, page in enumerate(pages):
                if due[number] <= time.monotonic():
                    due[number] = time.monotonic() + page.refresh
                    list(browser.map(lambda one: _ask(http, load, *one), page.requests.items()))
            time.sleep(0.1)


def _ask(http: httpx.Client, load: Load, place: str, body: Json) -> None:
    started = time.perf_counter()
    try:
        answer = http.post("/api/ds/query", json=body)
        if answer.status_code != httpx.codes.OK:
            load.failures.append(f"{place}: {answer.text[:200]}")
    except httpx.HTTPError as error:
        load.failures.append(f"{place}: {error}")
    load.seconds.setdefault(place, []).append(time.perf_counter() - started)


def _store_for_a_round(feed: Any, load: Load, number: int, looking: Event, role: str) -> None:
    with_viewers = number % 2 == 1
    (looking.set if with_viewers else looking.clear)()
    for place in range(round(ROUND / _PAUSE)):
        taken = _store(feed, number * 100 + place)
        (load.under_load if with_viewers else load.alone).append(taken)
        load.connections = max(load.connections, _connections(feed, role))
        time.sleep(_PAUSE)


def _store(feed: Any, number: int) -> float:
    """The newest collection once more, under a moment of ten years ago: what is current must not grow by it."""
    with feed.cursor() as cursor:
        started = time.perf_counter()
        cursor.execute(
            f"""
            INSERT INTO {Layout().prices} (match_id, sport, home_team, away_team, commence_time, bookmaker, home_odds,
                draw_odds, away_odds, collected_at)
            SELECT match_id, sport, home_team, away_team, commence_time, bookmaker, home_odds, draw_odds, away_odds,
                newest.collected_at - interval '10 years' + %s * interval '1 second'
            FROM {Layout().prices}
            INNER JOIN (SELECT max(collected_at) AS collected_at FROM {Layout().prices}) AS newest USING (collected_at)
            """,
            (number,),
        )
        return time.perf_counter() - started


def _connections(feed: Any, role: str) -> int:
    with feed.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = %s", (role,))
        return int(cursor.fetchone()[0])
