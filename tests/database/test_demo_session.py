"""The demo as a whole: into which databases it writes, as whom people look at it, how its feed outlives outages."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg2
import pytest
from psycopg2 import errors
from psycopg2.extensions import connection

from oddswatch.demo import collector, contents, feed, heartbeat, real_prices, session
from oddswatch.demo.schema import create_schema
from oddswatch.demo.seed import Progress, seed
from oddswatch.errors import UserError
from oddswatch.servers.postgres import EmbeddedPostgres
from tests.data import small_market
from tests.servers import folders
from tests.servers.command import generate
from tests.servers.postgres import Postgres
from tests.servers.waiting import wait_for

pytestmark = pytest.mark.slow

REAL = f"""{",".join(real_prices.COLUMNS)}
ligue,2024-05-08T19:00:00Z,Nice,Lyon,,,,pinnacle,opening,2.00,4.00,4.00
ligue,2024-05-08T19:00:00Z,Nice,Lyon,,,,bet365,opening,2.05,4.10,4.10
"""


def quiet(share: float, what: str) -> None:
    """Nobody looks at the progress."""


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """A file of real prices: two bookmakers on one match."""
    path = tmp_path / "prices.csv"
    path.write_text(REAL)
    return path


@pytest.fixture(autouse=True)
def short_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second instead of six for each seed."""

    def seed_small(connection: connection, now: Any, progress: Progress) -> int:
        return seed(connection, now, market=small_market.MARKET, progress=progress)

    monkeypatch.setattr(session, "seed", seed_small)
    monkeypatch.setattr(feed, "of_market", partial(feed.of_market, market=small_market.MARKET))
    monkeypatch.setattr(feed, "catch_up", partial(feed.catch_up, market=small_market.MARKET))


@contextmanager
def given(database: Postgres, prices: Path | None = None, **variables: str) -> Iterator[str]:
    """The demo on a database that the PG* variables name."""
    with mock.patch.dict(os.environ, {**database.environment, **variables}), session.given(prices, quiet) as name:
        yield name


def count(database: Postgres, table: str) -> int:
    number: int = database.execute(f"SELECT count(*) FROM {table}")[0][0]
    return number


# --- into which databases it writes


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("CREATE TABLE bets (mine text)", "table public.bets"),
        ("CREATE TABLE odds_history (mine text)", "table public.odds_history"),
        ("CREATE TABLE days (day date) PARTITION BY RANGE (day)", "table public.days"),
        ("CREATE SCHEMA app; CREATE TABLE app.customers ()", "schema app, table app.customers"),
        ("CREATE SCHEMA app", "schema app"),
        ("CREATE VIEW v_current_opportunities AS SELECT 1 AS one", "view public.v_current_opportunities"),
        ("CREATE MATERIALIZED VIEW sums AS SELECT 1 AS one", "materialized view public.sums"),
        ("CREATE SEQUENCE numbers", "sequence public.numbers"),
        ("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function public.one"),
        ("CREATE PROCEDURE nothing() LANGUAGE sql AS 'SELECT 1'", "function public.nothing"),
        ("CREATE TYPE side AS ENUM ('home', 'away')", "type public.side"),
        ("CREATE TYPE pair AS (a int, b int)", "type public.pair"),
        ("CREATE DOMAIN price AS numeric", "type public.price"),
        ("CREATE TYPE spread AS RANGE (subtype = numeric)", "function public.spread, function public.spread, "),
        ("SELECT lo_from_bytea(4242, 'x')", "large object 4242"),
    ],
)
def test_a_database_with_anything_of_somebody_elses_is_refused_and_left_as_it_is(
    database: Postgres, statement: str, found: str
) -> None:
    database.execute(statement)
    with closing(database.connect(autocommit=False)) as look:
        before = contents.made_by_people(look)
        with (
            pytest.raises(UserError, match=rf"is not empty \({re.escape(found)}.*Name another") as error,
            given(database),
        ):
            pass
        assert contents.made_by_people(look) == before != []
    assert error.value.exit_code == 2


def test_an_extension_is_nobodys(database: Postgres) -> None:
    ((extension,),) = database.execute(
        "SELECT name FROM pg_available_extensions WHERE installed_version IS NULL ORDER BY name LIMIT 1"
    )
    database.execute(f'CREATE EXTENSION "{extension}"')
    with closing(database.connect(autocommit=False)) as look:
        assert contents.made_by_people(look) == []


def test_the_command_says_so_in_one_line(database: Postgres) -> None:
    database.execute("CREATE TABLE customers (name text)")
    done = generate("demo", environment=dict(database.environment))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"the database '{database.name}' is not empty (table public.customers)" in done.stderr


def test_an_empty_database_is_filled_and_its_own_one_goes_on(database: Postgres) -> None:
    with given(database) as name:
        assert name == database.name
        filled = count(database, "odds_history")
        wait_for(lambda: count(database, "odds_history") > filled, 20, lambda: "a collection of the feed")
    more = count(database, "odds_history")
    with given(database):
        assert count(database, "odds_history") >= more > 1000


def test_tables_like_the_demos_are_somebody_elses_without_its_mark(database: Postgres) -> None:
    with closing(database.connect(autocommit=False)) as owner:
        create_schema(owner)
    database.execute("COMMENT ON TABLE odds_history IS NULL")
    with pytest.raises(UserError, match="is not empty"), given(database):
        pass
    assert count(database, "odds_history") == 0


def test_real_prices_go_into_a_given_database_and_are_collected_again(database: Postgres, prices: Path) -> None:
    with given(database, prices):
        wait_for(lambda: count(database, "odds_history") >= 6, 20, lambda: "the same prices, collected once more")
    assert database.execute("SELECT DISTINCT home_team, bookmaker FROM odds_history ORDER BY 2") == [
        ("Nice", "bet365"),
        ("Nice", "pinnacle"),
    ]


def test_a_database_with_the_other_demo_is_refused(database: Postgres, prices: Path) -> None:
    with given(database):
        pass
    with pytest.raises(UserError, match="with the market; leave --prices out"), given(database, prices):
        pass


def test_a_database_with_real_prices_goes_on_with_real_prices_only(database: Postgres, prices: Path) -> None:
    with given(database, prices):
        pass
    with pytest.raises(UserError, match="with real prices; give --prices FILE"), given(database):
        pass
    with given(database, prices):
        assert count(database, "bets") == 0


def test_real_prices_that_are_too_old_are_loaded_anew(database: Postgres, prices: Path) -> None:
    with given(database, prices):
        pass
    database.execute(
        "UPDATE odds_history SET commence_time = '2001-01-01', "
        "collected_at = timestamp '2001-01-01' + id * interval '1 s'"
    )
    with given(database, prices):
        assert database.execute("SELECT min(commence_time) > now() AT TIME ZONE 'UTC' FROM odds_history") == [(True,)]


def test_a_role_without_rights_gets_a_reason_and_no_traceback(database: Postgres) -> None:
    database.execute("CREATE ROLE powerless LOGIN PASSWORD 'x'")
    try:
        with (
            pytest.raises(UserError, match=r"cannot be stored .*permission denied for database") as error,
            given(database, PGUSER="powerless", PGPASSWORD="x"),
        ):
            pass
    finally:
        database.execute("DROP ROLE powerless")
    assert error.value.exit_code == 4


# --- as whom people look at it


@pytest.fixture(scope="module")
def demo_folder() -> Iterator[Path]:
    with folders.passable() as folder:
        yield folder


@pytest.fixture(scope="module")
def looked_at(demo_folder: Path) -> Iterator[dict[str, str]]:
    """The PG* variables that the embedded demo gives to Grafana."""
    prices = demo_folder / "prices.csv"
    prices.write_text(REAL)
    with mock.patch.dict(os.environ), session.embedded(demo_folder, prices, quiet) as environment:
        yield environment


def connect(environment: dict[str, str]) -> Any:
    found = psycopg2.connect(
        host=environment["PGHOST"],
        port=environment["PGPORT"],
        dbname=environment["PGDATABASE"],
        user=environment["PGUSER"],
        password=environment["PGPASSWORD"],
        passfile=os.devnull,
    )
    found.autocommit = True
    return found


def test_what_grafana_gets_can_read_everything_and_nothing_else(looked_at: dict[str, str], demo_folder: Path) -> None:
    with closing(connect(looked_at)) as reader, reader.cursor() as cursor:
        for table in ("odds_history", "collection_logs", "bets", "v_current_opportunities"):
            cursor.execute(f"SELECT count(*) FROM {table}")
        cursor.execute("SET default_transaction_read_only = off")
        for statement in (
            "COPY odds_history FROM PROGRAM 'id'",
            "COPY (SELECT 1) TO PROGRAM 'id'",
            "CREATE TABLE mine (x int)",
            "CREATE TEMPORARY TABLE mine (x int)",
            "INSERT INTO bets (match_id) VALUES ('x')",
            "DELETE FROM odds_history",
            "SET ROLE postgres",
            "TABLE pg_catalog.pg_authid",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                cursor.execute(statement)
    private = list((demo_folder / "real").glob("*password"))
    assert [file.stat().st_mode & 0o777 for file in private] == [0o600, 0o600]
    assert looked_at["PGPASSWORD"] in [file.read_text() for file in private]


@pytest.mark.parametrize("user", ["oddswatch", "postgres"])
@pytest.mark.parametrize("password", ["", "unused", "postgres"])
def test_nobody_gets_in_without_the_password(looked_at: dict[str, str], user: str, password: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password"):
        connect({**looked_at, "PGUSER": user, "PGPASSWORD": password})


def test_the_role_of_a_given_database_is_made_where_its_password_is_set(database: Postgres, prices: Path) -> None:
    with given(database, prices, ODDSWATCH_ROLE_PASSWORD="p$w'd"):
        pass
    reader = {**database.environment, "PGUSER": "oddswatch", "PGPASSWORD": "p$w'd"}
    try:
        with closing(connect(reader)) as found, found.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM bets")
            cursor.execute("SET default_transaction_read_only = off")
            with pytest.raises(errors.InsufficientPrivilege):
                cursor.execute("INSERT INTO bets (match_id) VALUES ('x')")
    finally:
        database.execute("DROP OWNED BY oddswatch; DROP ROLE oddswatch")


# --- the feed


@pytest.fixture
def server(server_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server of one test's own, with the market."""
    with EmbeddedPostgres(server_folder) as running:
        small_market.fill(running.connect())
        yield running


def ask(server: EmbeddedPostgres, sql: str) -> Any:
    with closing(server.connect()) as asking, asking, asking.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_the_feed_goes_on_after_an_outage_and_the_heartbeat_tells(
    server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(collector, "FIRST_WAIT", 0.1)
    monkeypatch.setattr(collector, "LONGEST_WAIT", 0.2)
    monkeypatch.setattr(heartbeat, "STALE", 0.5)
    beat, stop = tmp_path / "heartbeat", threading.Event()
    thread = threading.Thread(
        target=collector.run, args=(server.connect, feed.of_market, stop), kwargs={"every": 0.05, "file": beat}
    )

    def healthy() -> bool:
        return heartbeat.complaint(beat) == ""

    def unhealthy() -> bool:
        return not healthy()

    def goes_on() -> None:
        before = ask(server, "SELECT max(id) FROM collection_logs")
        newest = lambda: ask(server, "SELECT max(id) FROM collection_logs") > before  # noqa: E731
        wait_for(newest, 20, lambda: "another collection")
        wait_for(healthy, 20, lambda: heartbeat.complaint(beat))

    assert unhealthy()
    thread.start()
    try:
        goes_on()
        ask(server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        goes_on()
        server.stop()
        wait_for(unhealthy, 20, lambda: "a heartbeat that goes stale")
        assert thread.is_alive()
        server.start()
        goes_on()
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    said = capfd.readouterr().err.splitlines()
    assert re.fullmatch(r"feed: (terminating connection|server closed the connection).*; trying again in 0 s", said[0])
    assert said[1] == said[-1] == "feed: collecting again"
    assert any("Connection refused" in line for line in said)
