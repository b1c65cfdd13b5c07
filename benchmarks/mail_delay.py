"""Seconds from an INSERT to the mail about it, with the default settings, through a real Grafana and a mail server."""

import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from benchmarks.databases import connect
from oddswatch.demo.layout import Layout
from tests.servers.mailbox import LocalMailbox, Mail

TRIES = 20
_PATIENCE = 120


def measure(environment: Mapping[str, str], mailbox: LocalMailbox) -> list[float]:
    """Insert prices of a new match that differ by 100 %, at random moments, and wait for each mail; in seconds."""
    session = connect(environment)
    session.autocommit = True
    chance = random.Random(time.time_ns())  # noqa: S311
    results = []
    for number in range(TRIES):
        # Anywhere within an evaluation interval of 10 s.
        time.sleep(10 * chance.random())
        name = f"Bench {time.time_ns()}"
        _insert(session, name, f"soccer_bench_{number}")
        started = time.monotonic()
        mailbox.wait_for(partial(_names, name), _PATIENCE)
        results.append(time.monotonic() - started)
    session.close()
    return results


def _names(name: str, mail: Mail) -> bool:
    return name in mail.text


def _insert(session: Any, team: str, league: str) -> None:
    """Two bookmakers disagree about the draw; a league of its own keeps the mail from waiting for a group interval."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with session.cursor() as cursor:
        for bookmaker, draw in (("one", "3.00"), ("two", "6.00")):
            cursor.execute(
                f"INSERT INTO {Layout().prices} (match_id, sport, home_team, away_team, commence_time, bookmaker,"
                " home_odds, away_odds, draw_odds, collected_at)"
                " VALUES (%s, %s, %s, 'Guests', %s, %s, 2.0, 3.5, %s, %s)",
                (team, league, team, now + timedelta(days=1), bookmaker, draw, now),
            )
