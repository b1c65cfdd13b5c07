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
from oddswatch.database.role import PASSWORD as PASSWORD_OF_ROLE
from oddswatch.database.role import apply, script
from oddswatch.demo.layout import Layout
from oddswatch.servers.postgres import EmbeddedPostgres
from oddswatch.settings.site import Settings
from oddswatch.tree.compose import compose
from oddswatch.tree.queries import all_queries
from tests.data import small_market
from tests.servers import folders
from tests.servers.command import generate

pytestmark = pytest.mark.slow

ROLE = 'odds "reader"'
PASSWORD = "p$w'd\"x #y z$PATH\\q"
OWNER_PASSWORD = "the owner's"
TABLES = {"prices": "odds_history", "collections": "collection_logs", "bets": "bets"}


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
    reader.execute("SHOW jit")
    assert reader.fetchone() == ("off",)


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
    as_owner(
        server,
        "GRANT SELECT ON customers TO PUBLIC; GRANT INSERT (person) ON private.wages TO PUBLIC;"
        " GRANT TEMPORARY ON DATABASE odds TO PUBLIC; GRANT USAGE ON SEQUENCE numbers TO PUBLIC;"
        " ALTER FUNCTION nothing() SECURITY DEFINER",
    )
    try:
        said = {line for line in make(server).stdout.splitlines() if line.startswith("it can also ")}
    finally:
        as_owner(
            server,
            "REVOKE SELECT ON customers FROM PUBLIC; REVOKE INSERT ON private.wages FROM PUBLIC;"
            " REVOKE TEMPORARY ON DATABASE odds FROM PUBLIC; REVOKE USAGE ON SEQUENCE numbers FROM PUBLIC;"
            " ALTER FUNCTION nothing() SECURITY INVOKER",
        )
    assert said == {
        f"it can also {right}, as everybody can (PUBLIC); see docs/operating.md"
        for right in (
            "create temporary tables in this database",
            "read customers",
            "change private.wages",
            "change numbers",
            "run nothing() with the rights of postgres",
        )
    }


#: A grant of every right on every kind of thing, and what undoes the things; `{}` is the role.
MORE = """
    CREATE ROLE "the boss"; CREATE ROLE "the boss's friend" LOGIN;
    CREATE SCHEMA works AUTHORIZATION "the boss";
    CREATE TABLE works.parted (id int, made date) PARTITION BY LIST (id);
    CREATE TABLE works.part PARTITION OF works.parted DEFAULT;
    CREATE MATERIALIZED VIEW works.summary AS SELECT 1 AS one;
    CREATE PROCEDURE works.act() LANGUAGE sql AS 'SELECT 1';
    CREATE AGGREGATE works.total (int) (sfunc = int4pl, stype = int);
    CREATE DOMAIN works.score AS int;
    CREATE FOREIGN DATA WRAPPER elsewhere;
    CREATE SERVER "far away" FOREIGN DATA WRAPPER elsewhere;
    CREATE FOREIGN TABLE works.remote (id int) SERVER "far away";
    ALTER TABLE works.parted OWNER TO "the boss";
    SELECT lo_create(4711);
    GRANT ALL ON bets, odds_history, collection_logs, customers, works.parted, works.part, works.summary, works.remote
        TO {} WITH GRANT OPTION;
    GRANT UPDATE (stake), REFERENCES (stake), SELECT (stake) ON bets TO {};
    GRANT ALL ON SEQUENCE numbers TO {};
    GRANT ALL ON SCHEMA public, works, private TO {};
    GRANT ALL ON DATABASE odds TO {} WITH GRANT OPTION;
    GRANT ALL ON FUNCTION nothing() TO {}; GRANT ALL ON PROCEDURE works.act() TO {};
    GRANT ALL ON FUNCTION works.total(int) TO {}; GRANT ALL ON FUNCTION pg_read_file(text) TO {};
    GRANT SELECT ON pg_authid TO {};
    GRANT ALL ON TYPE works.score TO {};
    GRANT ALL ON LANGUAGE plpgsql TO {};
    GRANT ALL ON FOREIGN DATA WRAPPER elsewhere TO {}; GRANT ALL ON FOREIGN SERVER "far away" TO {};
    GRANT ALL ON LARGE OBJECT 4711 TO {};
    GRANT ALL ON TABLESPACE pg_default TO {};
    GRANT SET, ALTER SYSTEM ON PARAMETER session_replication_role TO {};
    ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {};
    ALTER DEFAULT PRIVILEGES FOR ROLE "the boss" IN SCHEMA works GRANT ALL ON SEQUENCES TO {};
    ALTER DEFAULT PRIVILEGES FOR ROLE "the boss" GRANT ALL ON SCHEMAS TO {};
    GRANT ALL ON customers TO "the boss" WITH GRANT OPTION;
    SET ROLE "the boss"; GRANT DELETE ON customers TO {} WITH GRANT OPTION; RESET ROLE;
    ALTER ROLE {} IN DATABASE odds SET default_transaction_read_only = off;
    ALTER ROLE {} SET statement_timeout = 0;
"""
LESS = """
    DROP FOREIGN DATA WRAPPER elsewhere CASCADE; DROP SCHEMA works CASCADE; SELECT lo_unlink(4711);
    DROP OWNED BY "the boss"; DROP ROLE "the boss"; DROP ROLE "the boss's friend";
"""


def as_owner(server: EmbeddedPostgres, script: str) -> None:
    """Run statements in one go; `{}` becomes the role."""
    with closing(server.connect()) as session, session, session.cursor() as cursor:
        cursor.execute(script.replace("{}", sql.Identifier(ROLE).as_string(session)))


def granted(server: EmbeddedPostgres, name: str = ROLE) -> set[str]:
    """Everything that the server itself remembers to hold a right of the role."""
    with closing(server.connect()) as session, session.cursor() as cursor:
        cursor.execute(
            "SELECT pg_describe_object(classid, objid, objsubid) FROM pg_shdepend"
            " WHERE refclassid = 'pg_authid'::regclass AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = %s)",
            (name,),
        )
        return {row[0] for row in cursor.fetchall()}


def test_whatever_was_granted_before_is_taken_back(server: EmbeddedPostgres, applied: str) -> None:
    before, needed = state(server), granted(server)
    assert needed == {
        "database odds",
        "schema public",
        "table odds_history",
        "table collection_logs",
        "table bets",
    }
    as_owner(server, MORE)
    try:
        assert len(granted(server)) > 25
        done = make(server)
        assert (done.returncode, done.stderr) == (0, "")
        assert "it can also" not in done.stdout
        assert granted(server) == needed
        assert state(server) == before
        with closing(connect(server)) as session, session.cursor() as cursor:
            with pytest.raises(errors.ReadOnlySqlTransaction):
                cursor.execute("CREATE SCHEMA mine")
            cursor.execute("SET default_transaction_read_only = off")
            for statement in (
                *("TRUNCATE bets", "DELETE FROM customers", "UPDATE bets SET stake = 1", "SELECT nextval('numbers')"),
                *("CREATE SCHEMA mine", "CREATE TABLE works.mine (x int)", "SET session_replication_role = replica"),
                *("TABLE works.part", "TABLE pg_authid", "SELECT lo_get(4711)", "SELECT pg_read_file('/etc/passwd')"),
            ):
                with pytest.raises(errors.InsufficientPrivilege):
                    cursor.execute(statement)
    finally:
        as_owner(server, LESS)


def test_what_another_granted_and_cannot_be_taken_back_is_named_as_his(server: EmbeddedPostgres) -> None:
    """By an owner who is no superuser; somebody else gave the role more, and it passed some of that on."""
    as_owner(
        server,
        """
        CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'the keeper''s'; CREATE ROLE guest; CREATE ROLE cook;
        CREATE ROLE reader; GRANT reader TO keeper WITH ADMIN OPTION;
        CREATE SCHEMA kept AUTHORIZATION keeper; GRANT USAGE ON SCHEMA kept TO PUBLIC;
        CREATE TABLE kept.meals (dish text); ALTER TABLE kept.meals OWNER TO cook;
        SET ROLE keeper;
        CREATE TABLE kept.odds_history (); CREATE TABLE kept.collection_logs (); CREATE TABLE kept.bets ();
        GRANT TRUNCATE ON kept.bets TO reader WITH GRANT OPTION; GRANT DELETE ON kept.odds_history TO reader;
        GRANT INSERT ON kept.odds_history TO guest WITH GRANT OPTION;
        SET ROLE guest; GRANT INSERT ON kept.odds_history TO reader;
        SET ROLE cook; GRANT SELECT, DELETE ON kept.meals TO reader;
        ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO reader;
        SET ROLE reader; GRANT TRUNCATE ON kept.bets TO guest;
        """,
    )
    try:
        settings = Settings.model_validate({"tables": {key: {"table": f"kept.{name}"} for key, name in TABLES.items()}})
        environment = {**server.environment(), "PGUSER": "keeper", "PGPASSWORD": "the keeper's", PASSWORD_OF_ROLE: "x"}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            said = apply(settings, "reader")
        assert sorted(said) == [
            "use CREATE, USAGE on future schemas, which cook granted and has to take back",
            "use DELETE, SELECT on table kept.meals, which cook granted and has to take back",
            "use INSERT on table kept.odds_history, which guest granted and has to take back",
            "use TRUNCATE on table kept.bets, which keeper granted and has to take back with CASCADE, because the role"
            " passed it on",
        ]
    finally:
        as_owner(
            server,
            "DROP OWNED BY cook; DROP OWNED BY reader, guest, keeper CASCADE; DROP ROLE guest; DROP ROLE cook;"
            " DROP ROLE reader; DROP ROLE keeper",
        )


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
