"""Seconds from an INSERT to the mail about it: value bets that are stored, and when a mail server got them."""

import random
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from benchmarks.databases import connect
from oddswatch.demo.layout import Layout
from tests.servers.mailbox import LocalMailbox, Mail

TRIES = 20


def insert(environment: Mapping[str, str], seconds: float) -> dict[str, float]:
    """Insert `TRIES` matches with a value bet each within so many seconds, each at a random moment of its own share.

    Returns the match ids, and when each was stored, on the clock of `time.monotonic`.
    """
    chance = random.Random(time.time_ns())  # noqa: S311
    stored = {}
    with closing(connect(environment)) as session:
        session.autocommit = True
        begin = time.monotonic()
        for number in range(TRIES):
            moment = begin + seconds * (number + chance.random()) / TRIES
            time.sleep(max(0, moment - time.monotonic()))
            match = f"bench-{time.time_ns()}"
            _insert(session, match)
            stored[match] = time.monotonic()
    return stored


def arrivals(mailbox: LocalMailbox, matches: Iterable[str], patience: float) -> dict[str, float]:
    """When the first mail about each match came, waiting for each at most `patience` seconds."""
    return {match: mailbox.wait_for(partial(_names, match), patience).received for match in matches}


def _names(match: str, mail: Mail) -> bool:
    return match in mail.text


def _insert(session: Any, match: str) -> None:
    """A value bet of 3 % on home; a league of its own keeps the mail from waiting for a group interval."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with session.cursor() as cursor:
        for bookmaker, home in (("pinnacle", 1.95), ("one", 1.95), ("two", 1.95), ("three", 2.06)):
            cursor.execute(
                f"INSERT INTO {Layout().prices} (match_id, sport, home_team, away_team, commence_time, bookmaker,"
                " home_odds, away_odds, collected_at) VALUES (%(match)s, %(match)s, %(match)s, 'Guests', %(kick_off)s,"
                " %(bookmaker)s, %(home)s, 1.95, %(now)s)",
                {"match": match, "kick_off": now + timedelta(days=1), "bookmaker": bookmaker, "home": home, "now": now},
            )
