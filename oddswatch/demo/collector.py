"""Runs a feed beside everything else, and through outages of the database."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection

from oddswatch.demo import heartbeat
from oddswatch.errors import UserError

#: Seconds from one collection to the next.
EVERY = 60.0
#: Seconds to wait for a database that is away: at first, and at most; it doubles in between.
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0

Connect = Callable[[], connection]
Feed = Callable[[connection], Iterator[object]]
"""Stores one collection at each step, without end."""


def run(connect: Connect, feed: Feed, stop: threading.Event, *, every: float = EVERY, file: Path | None = None) -> None:
    """Collect until `stop` is set; connect anew and say so on standard error whenever the database goes away.

    Args:
        connect: opens a connection of the feed's own.
        feed: what to collect.
        stop: ends it.
        every: seconds from one collection to the next.
        file: the heartbeat, touched after each collection.
    """
    wait = FIRST_WAIT
    while not stop.is_set():
        try:
            with closing(connect()) as session:
                for _ in feed(session):
                    if wait > FIRST_WAIT:
                        _say("collecting again")
                    wait = FIRST_WAIT
                    if file:
                        heartbeat.beat(file)
                    if stop.wait(every):
                        return
        except (psycopg2.Error, UserError) as error:
            _say(f"{_reason(error)}; trying again in {wait:.0f} s")
            stop.wait(wait)
            wait = min(2 * wait, LONGEST_WAIT)


@contextmanager
def in_background(connect: Connect, feed: Feed, file: Path | None = None) -> Iterator[None]:
    """Let a feed collect until the context ends; the arguments are those of `run`.

    Raises:
        UserError: the heartbeat cannot be written.
    """
    if file:
        heartbeat.begin(file)
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(connect, feed, stop), kwargs={"file": file}, name="feed", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


def _reason(error: BaseException) -> str:
    """The first line of what went wrong: a lost connection cannot be rolled back either, which says less."""
    first = (isinstance(error, psycopg2.InterfaceError) and error.__context__) or error
    return next(iter(str(first).splitlines()), type(first).__name__)


def _say(text: str) -> None:
    print(f"feed: {text}", file=sys.stderr, flush=True)
