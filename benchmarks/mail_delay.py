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
    """Insert a match with a value bet, at random moments, and wait for each mail; in seconds."""
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
    """A value bet of 3 % on home; a league of its own keeps the mail from waiting for a group interval."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with session.cursor() as cursor:
        for bookmaker, home in (("pinnacle", 1.95), ("one", 1.95), ("two", 1.95), ("three", 2.06)):
            cursor.execute(
                f"INSERT INTO {Layout().prices} (match_id, sport, home_team, away_team, commence_time, bookmaker,"
                " home_odds, away_odds, collected_at) VALUES (%s, %s, %s, 'Guests', %s, %s, %s, 1.95, %s)",
                (team, league, team, now + timedelta(days=1), bookmaker, home, now),
            )
