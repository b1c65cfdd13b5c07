"""The databases that are measured: the same live matches behind histories of different length; kept for next time."""

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import psycopg2
from psycopg2 import sql

from benchmarks.servers import Server
from oddswatch.database import connection, role
from oddswatch.database.refusals import complaint
from oddswatch.demo import feed, schema
from oddswatch.demo.layout import Layout
from oddswatch.demo.market import DEMO, LARGE, MEDIUM, Market
from oddswatch.demo.seed import seed
from oddswatch.errors import ExitCode, UserError
from oddswatch.settings.site import Settings

#: Who asks: the role that `generate.py role` makes, under a name of its own.
ROLE = "oddswatch_bench"
#: Fewer say nothing about a site of the usual size.
MATCHES_AHEAD = 200
BETS = 300


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


DEFAULT = (Size("1.4m", MEDIUM, "5h"), Size("13.8m", LARGE, "30m"))
#: By name only: fewer matches ahead behind as many prices, and longer histories, which take some 12 and 39 GB.
SIZES = (
    *DEFAULT,
    Size("13.8m-250", replace(LARGE, ahead=250, collections=2224), "30m"),
    Size("40m", replace(LARGE, collections=3 * LARGE.collections), "30m"),
    Size("130m", replace(LARGE, collections=round(9.4 * LARGE.collections)), "30m"),
)
#: Too small to be measured: for mails, which do not depend on the size.
SMALL = Size("demo", DEMO, "4h")


def sizes(names: Sequence[str] | None) -> list[Size]:
    """The sizes of these names, the default without names, and no size for `none`; raises `UserError` for others."""
    known = {size.name: [size] for size in SIZES} | {"none": []}
    if unknown := set(names or ()) - set(known):
        raise UserError(f"--size {min(unknown)}: there is no such size, only {', '.join(known)}")
    return [size for name in names for size in known[name]] if names else list(DEFAULT)


@dataclass(frozen=True)
class Database:
    """The PG* variables that lead to a database: as who may write, and as the role that can only read."""

    owner: Mapping[str, str]
    reader: Mapping[str, str]


def prepare(server: Server, size: Size) -> Database:
    """Make a database and its role on a server, or bring an older one up to now.

    Raises `UserError` when the server cannot be reached, or does not let it be made.
    """
    name = re.sub(r"\W", "_", f"bench_{size.name}")
    owner = server.owner
    mine = {**owner, "PGDATABASE": name}
    try:
        _create(owner, name)
        with closing(connect(mine)) as session:
            if not schema.exists(session):
                seed(session, datetime.now(UTC), market=size.market)
                if server.shape:
                    _drop_key(session)
                    server.shape(name)
            _bring_up_to_now(session, size.market)
    except psycopg2.Error as error:
        raise UserError(
            f"{owner['PGHOST']}:{owner['PGPORT']}: the database {name!r} cannot be made: {complaint(error)}; "
            "let PGUSER be somebody who may make databases and roles",
            ExitCode.NOT_ACCEPTED,
        ) from None
    role.apply(size.settings, ROLE, {**mine, role.PASSWORD: server.password})
    return Database(mine, {**mine, "PGUSER": ROLE, "PGPASSWORD": server.password})


def connect(environment: Mapping[str, str]) -> Any:
    """Open a connection that may write, without autocommit."""
    session = connection.connect(environment=environment)
    session.set_session(readonly=False, autocommit=False)
    return session


def _create(owner: Mapping[str, str], name: str) -> None:
    with closing(connect(owner)) as session, session.cursor() as cursor:
        session.autocommit = True
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _drop_key(session: Any) -> None:
    """A table is divided by a column of its key: the one on the id alone is none that its owner could have."""
    with session, session.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {Layout().prices} DROP CONSTRAINT odds_history_pkey")


def _bring_up_to_now(session: Any, market: Market) -> None:
    now = datetime.now(UTC)
    # Not sooner: collections closer together than the interval would fill the look-back with more than its share.
    if _is_due(session, now, market):
        feed.catch_up(session, now, market=market)
        feed.collect(session, now, market=market)
    session.autocommit = True
    with session.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {Layout().prices}")


def _is_due(session: Any, now: datetime, market: Market) -> bool:
    with session, session.cursor() as cursor:
        cursor.execute(f"SELECT max(collected_at) FROM {Layout().prices}")
        row = cursor.fetchone()
    return not row or row[0] is None or now.replace(tzinfo=None) - row[0] > market.interval


def require_enough(session: Any, settings: Settings) -> None:
    """Raise `UserError` where panels of the current state, or those of the bets, would be timed on next to nothing."""
    with session.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT current_database(), (SELECT count(*) FROM {Layout().table("bets")}), (
                SELECT count(DISTINCT match_id) FROM {Layout().prices}
                WHERE commence_time > now() AT TIME ZONE 'UTC'
                    AND collected_at > now() AT TIME ZONE 'UTC' - %s * interval '1 second'
            )
            """,
            (settings.collection.lookback_seconds,),
        )
        name, bets, matches = cursor.fetchone()
    if matches < MATCHES_AHEAD or bets < BETS:
        raise UserError(
            f"{name}: {matches} matches ahead with a current price and {bets} bets are too few to measure on, at least "
            f"{MATCHES_AHEAD} and {BETS} are needed; drop the database, it is made anew"
        )


def rows(session: Any) -> int:
    """Number of price rows."""
    with session.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {Layout().prices}")
        return int(cursor.fetchone()[0])
