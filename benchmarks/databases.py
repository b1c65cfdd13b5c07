"""The databases that are measured: the same live matches behind histories of different length; kept for next time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection

from oddswatch.demo import feed
from oddswatch.demo.layout import Layout
from oddswatch.demo.market import DEMO, LARGE, Market
from oddswatch.demo.seed import Progress, seed
from oddswatch.servers.postgres import EmbeddedPostgres
from oddswatch.settings.site import Settings

#: A server for 14 million rows; the tables fit into it, because the figures are those of a warm database.
_OPTIONS = {"shared_buffers": "4GB", "work_mem": "32MB", "maintenance_work_mem": "1GB", "max_wal_size": "8GB"}


@dataclass(frozen=True)
class Size:
    """One database to measure; `interval` is the configuration's collection.interval."""

    name: str
    market: Market
    interval: str

    @property
    def settings(self) -> Settings:
        """The configuration that fits this database."""
        return Settings.model_validate({"collection": {"interval": self.interval}})


SIZES = (
    Size("demo", DEMO, "4h"),
    Size("144k", replace(LARGE, collections=15), "30m"),
    Size("1.4m", replace(LARGE, collections=146), "30m"),
    Size("13.8m", LARGE, "30m"),
)


@contextmanager
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """Run the server that holds all of them."""
    with EmbeddedPostgres(folder, options=_OPTIONS) as running:
        yield running


def prepare(running: EmbeddedPostgres, size: Size, progress: Progress) -> dict[str, str]:
    """Make a database, or bring an older one up to now; returns the PG* variables that lead to it."""
    name = f"bench_{size.name.replace('.', '_')}"
    session = running.connect()
    session.autocommit = True
    with session.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    session.close()
    session = running.connect(name)
    with session.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", (Layout().prices,))
        (exists,) = cursor.fetchone() or (None,)
    session.rollback()
    now = datetime.now(UTC)
    if exists is None:
        seed(session, now, market=size.market, progress=progress)
    elif _is_due(session, now, size.market):
        # Not sooner: collections closer together than the interval would fill the look-back with more than its share.
        feed.catch_up(session, now, market=size.market)
        feed.collect(session, now, market=size.market)
    session.autocommit = True
    with session.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {Layout().prices}")
    session.close()
    return {**running.environment(), "PGDATABASE": name}


def _is_due(session: connection, now: datetime, market: Market) -> bool:
    with session, session.cursor() as cursor:
        cursor.execute(f"SELECT max(collected_at) FROM {Layout().prices}")
        row = cursor.fetchone()
    return not row or row[0] is None or now.replace(tzinfo=None) - row[0] > market.interval


def rows(environment: dict[str, str]) -> int:
    """Number of price rows."""
    with (
        psycopg2.connect(
            host=environment["PGHOST"],
            port=environment["PGPORT"],
            dbname=environment["PGDATABASE"],
            user=environment["PGUSER"],
            password=environment["PGPASSWORD"],
        ) as session,
        session.cursor() as cursor,
    ):
        cursor.execute(f"SELECT count(*) FROM {Layout().prices}")
        row = cursor.fetchone()
    session.close()
    return int(row[0]) if row else 0
