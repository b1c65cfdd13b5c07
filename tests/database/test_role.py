"""The read-only role, tried as that role: what `generate.py role` promises holds on a real server."""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2 import errors, sql

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.database.execute import as_sent
from oddswatch.database.role import script
from oddswatch.demo.layout import Layout
from oddswatch.servers.postgres import EmbeddedPostgres
from oddswatch.settings.site import Settings
from oddswatch.tree.compose import compose
from oddswatch.tree.queries import all_queries
from tests.data import small_market
from tests.servers import folders
from tests.servers.command import generate

ROLE = 'odds "reader"'
PASSWORD = "p$w'd\"x #y z$PATH\\q"
OWNER_PASSWORD = "the owner's"


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """A server that asks for passwords and logs every statement, with the market and a table of somebody else's."""
    options = {"log_statement": "all", "log_connections": "on", "log_min_duration_statement": "0"}
    with folders.passable() as folder, EmbeddedPostgres(folder, options=options, password=OWNER_PASSWORD) as running:
        small_market.fill(running.connect())
        with closing(running.connect()) as session, session, session.cursor() as cursor:
            cursor.execute("CREATE SCHEMA private; CREATE TABLE private.wages (person text)")
            cursor.execute("CREATE TABLE customers (name text); INSERT INTO customers VALUES ('O''Neil')")
            cursor.execute("CREATE SEQUENCE numbers; CREATE FUNCTION nothing() RETURNS int LANGUAGE sql AS 'SELECT 1'")
            # What an owner does who follows the advice that the command prints.
            cursor.execute("REVOKE CREATE, TEMPORARY ON DATABASE odds FROM PUBLIC")
            cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        yield running


@pytest.fixture(scope="module")
def applied(server: EmbeddedPostgres) -> str:
    """The role, made by the command; what the command printed."""
    done = make(server)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def reader(server: EmbeddedPostgres, applied: str) -> Iterator[Any]:
    """A session of the role, in autocommit."""
    session = connect(server)
    yield session.cursor()
    session.close()


def make(server: EmbeddedPostgres, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `generate.py role --apply` as the owner."""
    environment = {**server.environment(), "ODDSWATCH_ROLE_PASSWORD": PASSWORD}
    return generate("role", "--apply", "--name", ROLE, *options, environment=environment)


def as_reader(server: EmbeddedPostgres) -> dict[str, str]:
    return {**server.environment(), "PGUSER": ROLE, "PGPASSWORD": PASSWORD}


def connect(server: EmbeddedPostgres) -> Any:
    session = psycopg2.connect(
        host=server.host, port=server.port, dbname=server.database, user=ROLE, password=PASSWORD, sslmode="disable"
    )
    session.autocommit = True
    return session


def test_every_query_of_ours_works_as_the_role(server: EmbeddedPostgres, applied: str) -> None:
    outcomes = small_market.ask_everything(as_reader(server))
    assert small_market.complaints(outcomes) == {}
    assert len(outcomes) > 5


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO bets (match_id) VALUES ('x')",
        "UPDATE odds_history SET home_odds = 1",
        "DELETE FROM collection_logs",
        "TRUNCATE odds_history",
        "DROP TABLE bets",
        "ALTER TABLE bets ADD COLUMN x int",
        "CREATE INDEX ON bets (stake)",
        "CREATE TABLE mine (x int)",
        "CREATE TABLE public.mine AS SELECT 1",
        "CREATE TEMPORARY TABLE mine (x int)",
        "CREATE SCHEMA mine",
        "SELECT * FROM bets FOR UPDATE",
        "DO $$ BEGIN LOCK TABLE bets IN ACCESS EXCLUSIVE MODE; END $$",
        "INSERT INTO customers VALUES ('x')",
        "INSERT INTO private.wages VALUES ('x')",
        "SELECT nextval('numbers')",
        "COPY (SELECT 1) TO '/tmp/oddswatch-should-not-exist'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
        "ALTER ROLE postgres PASSWORD 'x'",
        "CREATE ROLE another",
        "SET ROLE postgres",
        "SET temp_file_limit = -1",
        "ALTER SYSTEM SET work_mem = '1GB'",
    ],
)
def test_nothing_can_be_changed_even_when_the_session_gives_up_read_only(reader: Any, statement: str) -> None:
    reader.execute("SET default_transaction_read_only = off")
    with pytest.raises((errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)):
        reader.execute(statement)


@pytest.mark.parametrize("statement", ["TABLE customers", "TABLE private.wages", "TABLE pg_catalog.pg_authid"])
def test_no_table_is_read_that_was_not_granted(reader: Any, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        reader.execute(statement)


def test_writing_is_off_from_the_start(reader: Any) -> None:
    with pytest.raises(errors.ReadOnlySqlTransaction):
        reader.execute("CREATE TEMPORARY TABLE mine (x int)")


def test_the_limits_of_a_session_are_set(reader: Any) -> None:
    found = {}
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "work_mem"):
        reader.execute(f"SHOW {name}")
        found[name] = reader.fetchone()[0]
    assert found == {
        "statement_timeout": "20s",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "30s",
        "work_mem": "32MB",
    }
    reader.execute("SHOW temp_file_limit")
    assert reader.fetchone() == ("1GB",)


def test_a_slow_query_of_ours_ends_at_the_timeout(server: EmbeddedPostgres, reader: Any) -> None:
    """The first panel's query, on a table that somebody makes slow: a lock is waited for no longer than 2 s."""
    query = next(query for query in all_queries(compose(Catalogue(Settings()))) if '"odds_history"' in query.sql)
    statement = as_sent(query, {variable.name: variable.default or "''" for variable in query.variables})
    with closing(server.connect()) as owner, owner, owner.cursor() as cursor:
        cursor.execute("LOCK TABLE odds_history IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        with pytest.raises(errors.LockNotAvailable):
            reader.execute(statement)
        assert time.monotonic() - started < 4
    with closing(server.connect()) as owner, owner, owner.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER ROLE {} SET statement_timeout = '300ms'").format(sql.Identifier(ROLE)))
    try:
        with closing(connect(server)) as impatient, impatient.cursor() as cursor:
            started = time.monotonic()
            with pytest.raises(errors.QueryCanceled):
                cursor.execute("SELECT count(*) FROM odds_history AS a, odds_history AS b, odds_history AS c")
            assert time.monotonic() - started < 3
    finally:
        assert make(server).returncode == 0
    with closing(connect(server)) as session, session.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("20s",), "a second run did not bring the role back to its state"


def test_connections_are_limited(server: EmbeddedPostgres, applied: str) -> None:
    held = [connect(server) for _ in range(20)]
    try:
        with pytest.raises(psycopg2.OperationalError, match="too many connections for role"):
            connect(server)
    finally:
        for session in held:
            session.close()


def test_a_second_run_changes_nothing(server: EmbeddedPostgres, applied: str) -> None:
    before = state(server)
    assert make(server).returncode == 0
    assert state(server) == before


def test_what_the_configuration_no_longer_names_is_taken_back(
    server: EmbeddedPostgres, applied: str, tmp_path: Path
) -> None:
    config = tmp_path / "config.yml"
    config.write_text("tables: {bets: {table: customers}}\n")
    try:
        assert make(server, "--config", str(config)).returncode == 0
        with closing(connect(server)) as session, session.cursor() as cursor:
            cursor.execute("TABLE customers")
            with pytest.raises(errors.InsufficientPrivilege):
                cursor.execute("TABLE bets")
    finally:
        assert make(server).returncode == 0


def test_the_printed_sql_makes_the_same_role(server: EmbeddedPostgres, applied: str) -> None:
    before = state(server)
    with closing(server.connect()) as session:
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute(script(Settings(), ROLE, server.database))
    assert state(server) == before


def test_rights_of_everybody_are_named(server: EmbeddedPostgres, applied: str) -> None:
    assert "it can also" not in applied
    with closing(server.connect()) as session, session, session.cursor() as cursor:
        cursor.execute("GRANT SELECT ON customers TO PUBLIC; GRANT INSERT ON private.wages TO PUBLIC")
        cursor.execute("GRANT TEMPORARY ON DATABASE odds TO PUBLIC")
    try:
        said = [line for line in make(server).stdout.splitlines() if line.startswith("it can also ")]
    finally:
        with closing(server.connect()) as session, session, session.cursor() as cursor:
            cursor.execute("REVOKE SELECT ON customers FROM PUBLIC; REVOKE INSERT ON private.wages FROM PUBLIC")
            cursor.execute("REVOKE TEMPORARY ON DATABASE odds FROM PUBLIC")
    assert said == [
        f"it can also {right}, as everybody can (PUBLIC); see docs/operating.md"
        for right in ("create temporary tables in this database", "read customers", "change private.wages")
    ]


@pytest.mark.parametrize("name", ["postgres", "pg_monitor", "public", "", "a$b", "x" * 64])
def test_a_role_that_is_more_than_a_reader_is_refused_and_stays_as_it_is(server: EmbeddedPostgres, name: str) -> None:
    before = state(server, "postgres")
    environment = {**server.environment(), "ODDSWATCH_ROLE_PASSWORD": PASSWORD}
    done = generate("role", "--apply", f"--name={name}", environment=environment)
    assert done.returncode in (2, 4)
    assert "choose another" in done.stderr
    assert done.stderr.count("\n") == 1
    assert state(server, "postgres") == before


def test_without_a_password_nothing_is_made(server: EmbeddedPostgres) -> None:
    done = generate("role", "--apply", "--name", "nobody", environment=server.environment())
    assert done.stderr == ("ODDSWATCH_ROLE_PASSWORD is not set: the password that the role 'nobody' is to have\n")
    assert done.returncode == 2
    assert state(server, "nobody") == []


def test_a_table_that_is_not_there_leaves_no_half_made_role(server: EmbeddedPostgres, tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("tables: {bets: {table: wagers}}\n")
    environment = {**server.environment(), "ODDSWATCH_ROLE_PASSWORD": PASSWORD}
    done = generate("role", "--apply", "--name", "half", "--config", str(config), environment=environment)
    assert done.returncode == 4
    assert 'relation "wagers" does not exist' in done.stderr
    assert state(server, "half") == []


def test_the_password_works_and_is_in_no_log_and_no_process_list(server: EmbeddedPostgres, applied: str) -> None:
    seen: list[str] = []
    over = threading.Event()
    watcher = threading.Thread(target=watch_processes, args=(seen, over))
    watcher.start()
    try:
        assert make(server).returncode == 0
        done = generate("preview", environment=as_reader(server))
    finally:
        over.set()
        watcher.join()
    assert done.returncode == 0, done.stderr
    assert any("generate.py role" in line for line in seen), "the watch did not see the command"
    log = server.log.read_text()
    assert "ALTER ROLE" in log, "the log does not hold the statements"
    for text in (log, *seen, done.stdout):
        assert PASSWORD not in text
        assert PASSWORD.replace("'", "''") not in text


def test_the_role_reads_the_view_only_where_it_is_configured(server: EmbeddedPostgres, applied: str) -> None:
    granted = "\n".join(
        script(Settings.model_validate({"opportunities": {"source": "view"}}), "r", "odds").splitlines()
    )
    assert 'GRANT SELECT ON "v_current_opportunities" TO "r";' in granted
    assert "v_current_opportunities" not in script(Settings(), "r", "odds")


def test_the_role_reads_tables_in_a_schema_of_their_own(tmp_path: Path, server_folder: Path) -> None:
    tables = {
        "prices": {"form": "per_outcome", "table": "Odds db.odds"},
        "collections": {"table": "Odds db.collection_logs"},
        "bets": {"table": "Odds db.bets"},
    }
    settings = Settings.model_validate({"times": "timestamptz", "tables": tables})
    config = tmp_path / "config.yml"
    config.write_text(
        "times: timestamptz\n"
        "tables:\n"
        "  prices: {form: per_outcome, table: Odds db.odds}\n"
        "  collections: {table: Odds db.collection_logs}\n"
        "  bets: {table: Odds db.bets}\n"
    )
    with EmbeddedPostgres(server_folder, password=OWNER_PASSWORD) as server:
        small_market.fill(server.connect(), Layout(form="per_outcome", times="timestamptz", schema="Odds db"))
        assert make(server, "--config", str(config)).returncode == 0
        assert small_market.complaints(small_market.ask_everything(as_reader(server), settings)) == {}


def state(server: EmbeddedPostgres, name: str = ROLE) -> list[Any]:
    """Attributes, settings and rights of a role."""
    with closing(server.connect()) as session, session.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,"
            " rolconnlimit, rolconfig FROM pg_roles WHERE rolname = %s",
            (name,),
        )
        attributes: list[Any] = cursor.fetchall()
        cursor.execute(
            "SELECT table_schema, table_name, privilege_type FROM information_schema.role_table_grants"
            " WHERE grantee = %s AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, 3",
            (name,),
        )
        return attributes + cursor.fetchall()


def watch_processes(seen: list[str], over: threading.Event) -> None:
    """Keep every command line on this machine until the end."""
    while not over.wait(0.05):
        listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        seen += (line for line in listing.splitlines() if line not in seen)
