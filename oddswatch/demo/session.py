"""The demo as a whole: a database that is there, filled, and fed until somebody stops it."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection

from oddswatch.database import connection as site_database
from oddswatch.database import role
from oddswatch.demo import collector, contents, feed, reader, real_prices, schema
from oddswatch.demo.layout import Layout
from oddswatch.demo.seed import Progress, seed
from oddswatch.errors import ExitCode, UserError
from oddswatch.servers import passwords
from oddswatch.servers.postgres import EmbeddedPostgres

#: Real prices that were loaded longer ago are loaded anew, or their matches ahead would be over.
_TOO_OLD = timedelta(hours=1)


@contextmanager
def embedded(
    folder: Path, prices: Path | None, progress: Progress, heartbeat: Path | None = None
) -> Iterator[dict[str, str]]:
    """Run the embedded database with the market and its feed, or with real prices, collected again as they stand.

    Yields the PG* variables that lead to it, as a role that can only read; this process has them from then on, and no
    other.

    Args:
        folder: where its data is kept for the next time.
        prices: a CSV of real prices in place of the market.
        progress: is told about the steps.
        heartbeat: a file that each collection touches.
    """
    # What is set without PGHOST names no database; libpq would still heed it.
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    with EmbeddedPostgres(folder / ("real" if prices else "market")) as server:
        if server.data.parent != server.folder:
            print(f"the demo's data is in {server.data.parent}, where PostgreSQL's user can reach it", file=sys.stderr)
        password_file = server.folder / "reader-password"
        password = passwords.kept(password_file) or passwords.new()
        passwords.keep(password_file, password)
        with closing(server.connect()) as session, _refusals(server.database):
            _bring_up_to_date(session, prices, progress)
            reader.make(session, password)
            reader.close_public(session)
        environment = server.environment() | {"PGUSER": reader.NAME, "PGPASSWORD": password}
        # Before the feed begins: where one thread sets a variable while libpq reads them in another, the process dies.
        os.environ |= environment
        with collector.in_background(server.connect, _feed(prices), heartbeat):
            yield environment


@contextmanager
def given(prices: Path | None, progress: Progress, heartbeat: Path | None = None) -> Iterator[str]:
    """Fill and feed the database of the PG* variables: an empty one, or one that this command filled before.

    Yields its name. Where ODDSWATCH_ROLE_PASSWORD is set, the read-only role is made too. The arguments are those of
    `embedded`.

    Raises:
        UserError: the database cannot be reached, or holds anything that is not this demo: nothing is written there.
    """
    with closing(_connect()) as session:
        name = session.info.dbname
        with _refusals(name):
            _refuse_others(session, name, prices)
            _bring_up_to_date(session, prices, progress)
            if password := os.environ.get(role.PASSWORD):
                reader.make(session, password)
    with collector.in_background(_connect, _feed(prices), heartbeat):
        yield name


def _connect() -> connection:
    session: connection = site_database.connect()
    session.set_session(readonly=False, autocommit=False)
    return session


def _feed(prices: Path | None) -> collector.Feed:
    return feed.of_real_prices if prices else feed.of_market


def _refuse_others(session: connection, name: str, prices: Path | None) -> None:
    """Leave alone what somebody else has made, and a demo of the other kind."""
    if contents.is_demo(session):
        real = contents.has_real_prices(session)
        if real != bool(prices):
            there, remedy = ("real prices", "give --prices FILE") if real else ("the market", "leave --prices out")
            raise UserError(
                f"the database {name!r} holds the demo with {there}; {remedy}, or name an empty one with PGDATABASE"
            )
        return
    found = contents.made_by_people(session)
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise UserError(
            f"the database {name!r} is not empty ({', '.join(found[:3])}{more}), and the demo writes to an empty one "
            "only. Name another with PGDATABASE, or unset PGHOST for a demo on a server of its own"
        )


def _bring_up_to_date(session: connection, prices: Path | None, progress: Progress) -> None:
    now = datetime.now(UTC)
    if prices and schema.exists(session) and _is_too_old(session, now):
        schema.drop(session)
    if not schema.exists(session):
        _fill(session, prices, now, progress)
    elif not prices:
        feed.catch_up(session, now)


def _fill(session: connection, prices: Path | None, now: datetime, progress: Progress) -> None:
    if prices:
        real_prices.load(session, prices, now)
        contents.mark_real_prices(session)
    else:
        seed(session, now, progress=progress)


def _is_too_old(session: connection, now: datetime) -> bool:
    with session, session.cursor() as cursor:
        cursor.execute(f"SELECT max(collected_at) FROM {Layout().prices}")
        row = cursor.fetchone()
    return not row or row[0] is None or now.replace(tzinfo=None) - row[0] > _TOO_OLD


@contextmanager
def _refusals(database: str) -> Iterator[None]:
    """Say in one line what PostgreSQL did not accept."""
    try:
        yield
    except psycopg2.Error as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UserError(
            f"the demo cannot be stored in the database {database!r}: {reason}; give it an empty database of its own",
            ExitCode.NOT_ACCEPTED,
        ) from error
