"""The demo as a whole: a database that is there, filled, and fed until somebody stops it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection

from oddswatch.demo import feed, real_prices, schema
from oddswatch.demo.layout import Layout
from oddswatch.demo.seed import Progress, seed
from oddswatch.errors import UserError
from oddswatch.servers.postgres import EmbeddedPostgres

#: Real prices that were loaded longer ago are loaded anew, or their matches ahead would be over.
_TOO_OLD = timedelta(hours=1)
_MARK = "oddswatch demo"

Collector = Callable[[connection, float, threading.Event], None]


@contextmanager
def embedded(folder: Path, prices: Path | None, progress: Progress) -> Iterator[EmbeddedPostgres]:
    """Run the embedded database with the market and its feed, or with real prices, collected again as they stand.

    Args:
        folder: where its data is kept for the next time.
        prices: a CSV of real prices in place of the market.
        progress: hears about the steps.
    """
    with EmbeddedPostgres(folder / ("real" if prices else "market")) as server:
        session = server.connect()
        try:
            if prices and schema.exists(session) and _is_too_old(session):
                _begin_anew(session)
            if not schema.exists(session):
                _fill(session, prices, progress)
            elif not prices:
                feed.catch_up(session, datetime.now(UTC))
            with _in_background(real_prices.keep_current if prices else feed.run, server.connect()):
                yield server
        finally:
            session.close()


@contextmanager
def given(progress: Progress) -> Iterator[connection]:
    """Seed and feed the database of the PG* variables: an empty one, or one that this command filled before.

    Raises `UserError` when it holds anybody else's tables: nothing is ever written to those.
    """
    session = psycopg2.connect("")
    try:
        if schema.exists(session) and not _is_marked(session):
            raise UserError(
                f"the database {session.info.dbname!r} has prices that are no demo; the demo writes to an empty "
                "database only. Unset PGHOST for a demo of its own, or name an empty one with PGDATABASE"
            )
        if not schema.exists(session):
            _fill(session, None, progress)
        with _in_background(feed.run, session):
            yield session
    finally:
        session.close()


def _fill(session: connection, prices: Path | None, progress: Progress) -> None:
    now = datetime.now(UTC)
    if prices:
        real_prices.load(session, prices, now)
    else:
        seed(session, now, progress=progress)
    with session, session.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE {Layout().prices} IS '{_MARK}'")


def _is_marked(session: connection) -> bool:
    with session, session.cursor() as cursor:
        cursor.execute("SELECT obj_description(%s::regclass)", (Layout().prices,))
        row = cursor.fetchone()
    return row is not None and row[0] == _MARK


def _is_too_old(session: connection) -> bool:
    with session, session.cursor() as cursor:
        cursor.execute(f"SELECT max(collected_at) FROM {Layout().prices}")
        row = cursor.fetchone()
    return not row or row[0] is None or datetime.now(UTC).replace(tzinfo=None) - row[0] > _TOO_OLD


def _begin_anew(session: connection) -> None:
    with session, session.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


@contextmanager
def _in_background(collect: Collector, session: connection) -> Iterator[None]:
    """Let a feed collect on a connection of its own until the context ends."""
    stop = threading.Event()
    thread = threading.Thread(target=collect, args=(session, feed.MINUTE, stop), name="feed", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)
