"""Ten people who look at dashboards while prices are stored: what fails, what is slow, what it costs the feed."""

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
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
#: Seconds of a round; an INSERT every six seconds makes a hundred of each habit.
ROUND = 60.0
_PAUSE = 6.0
#: As many questions as a browser asks of one server at a time.
_AT_ONCE = 6


@dataclass
class Load:
    """What was measured while ten viewers looked in one way.

    Attributes:
        seconds: of every answer, by the query's place.
        failures: what Grafana or the database said instead of an answer.
        connections: the most that the role had at a time.
        inserts: seconds that each INSERT of a collection took.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    connections: int = 0
    inserts: list[float] = field(default_factory=list)

    def burden(self, alone: "Load") -> float:
        """How many times as long an INSERT takes as it does alone."""
        return statistics.median(self.inserts) / statistics.median(alone.inserts)


@dataclass(frozen=True)
class Page:
    """A dashboard as its viewers ask it.

    Attributes:
        refresh: seconds.
        requests: each of its queries as Grafana takes it, by place.
    """

    refresh: float
    requests: Mapping[str, Json]


#: When a viewer asks which page in a round: seconds from its start on.
Plan = Sequence[tuple[float, Page]]
#: Plans by viewer and round.
Habit = Callable[[Sequence[Page], int, int], Plan]


def _nothing(_pages: Sequence[Page], _viewer: int, _round: int) -> Plan:
    return []


def _one_page(pages: Sequence[Page], viewer: int, number: int) -> Plan:
    """Another page in every round, opened at some moment of it; Grafana refreshes no tab that is hidden."""
    return [(random.Random(f"{viewer} {number}").uniform(0, ROUND), pages[(viewer + number) % len(pages)])]  # noqa: S311


def _every_page(pages: Sequence[Page], viewer: int, number: int) -> Plan:
    """All pages side by side, as on as many screens: each opened at some moment and asked again on its refresh."""
    plan = []
    for place, page in enumerate(pages):
        due = random.Random(f"{viewer} {place}").uniform(0, page.refresh)  # noqa: S311
        while due < (number + 1) * ROUND:
            if due >= number * ROUND:
                plan.append((due - number * ROUND, page))
            due += page.refresh
    return sorted(plan, key=lambda one: one[0])


NOBODY = "nobody looks"
ONE_PAGE = "each looks at one dashboard, another one every minute"
EVERY_PAGE = "each looks at every dashboard side by side"
HABITS: Mapping[str, Habit] = {NOBODY: _nothing, ONE_PAGE: _one_page, EVERY_PAGE: _every_page}


def measure(
    tree: Tree, grafana: GrafanaServer, owner: Mapping[str, str], reader: Mapping[str, str]
) -> Mapping[str, Load]:
    """Let ten viewers look in each way, for a round in turns, while prices are stored; returns the load by habit."""
    loads = {habit: Load() for habit in HABITS}
    pages = _pages(tree, reader)
    with closing(databases.connect(owner)) as feed:
        feed.autocommit = True
        with feed.cursor() as cursor:
            # Of an earlier run.
            cursor.execute(f"DELETE FROM {Layout().prices} WHERE collected_at < now() - interval '9 years'")
        stored = 0
        for number in range(ROUNDS):
            for habit, plan in HABITS.items():
                with ThreadPoolExecutor(VIEWERS) as people:
                    viewers = [
                        people.submit(_look, grafana, plan(pages, viewer, number), loads[habit])
                        for viewer in range(VIEWERS)
                    ]
                    stored = _store_for_a_round(feed, loads[habit], stored, reader["PGUSER"])
                for viewer in viewers:
                    viewer.result()
    return loads


def _pages(tree: Tree, reader: Mapping[str, str]) -> list[Page]:
    """Those without a refresh are opened once."""
    with closing(connection.connect(environment=reader)) as session:
        pages = [
            Page(
                seconds(model["refresh"]) if model["refresh"] else ROUNDS * ROUND,
                {query.place: request(query, session) for query in of_dashboard(_as_opened(model))},
            )
            for model in tree.dashboards()
        ]
    return [page for page in pages if page.requests]


def _as_opened(model: Json) -> Json:
    """A dashboard without what collapsed rows hold, which Grafana does not ask until somebody opens them."""
    return {**model, "panels": [{**panel, "panels": []} for panel in model["panels"]]}


def _look(grafana: GrafanaServer, plan: Plan, load: Load) -> None:
    started = time.monotonic()
    with (
        httpx.Client(base_url=grafana.url, auth=(grafana.user, grafana.password), timeout=60) as http,
        ThreadPoolExecutor(_AT_ONCE) as browser,
    ):
        for due, page in plan:
            time.sleep(max(started + due - time.monotonic(), 0))
            list(browser.map(lambda one: _ask(http, load, *one), page.requests.items()))


def _ask(http: httpx.Client, load: Load, place: str, body: Json) -> None:
    started = time.perf_counter()
    try:
        answer = http.post("/api/ds/query", json=body)
        if answer.status_code != httpx.codes.OK:
            load.failures.append(f"{place}: {answer.text[:200]}")
    except httpx.HTTPError as error:
        load.failures.append(f"{place}: {error}")
    load.seconds.setdefault(place, []).append(time.perf_counter() - started)


def _store_for_a_round(feed: Any, load: Load, stored: int, role: str) -> int:
    """Store a collection every few seconds; returns how many there are since the beginning."""
    for _ in range(round(ROUND / _PAUSE)):
        load.inserts.append(_store(feed, stored))
        load.connections = max(load.connections, _connections(feed, role))
        stored += 1
        time.sleep(_PAUSE)
    return stored


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
