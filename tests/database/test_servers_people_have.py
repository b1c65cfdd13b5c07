"""Every server that people have gives the same answers: each is asked every query, as our role, with the same rows.

They are held against plain tables on the session's PostgreSQL. A server that is not installed is skipped by name;
docs/scaling.md says how the extensions were built. A hot standby has a file of its own.
"""

import io
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg2
import pytest

from oddswatch.checks.answers import difference
from oddswatch.database import role
from oddswatch.database.execute import Result, as_sent, default_range, run, values
from oddswatch.demo.layout import Layout
from oddswatch.demo.market import Market
from oddswatch.demo.schema import create_schema
from oddswatch.demo.seed import seed
from oddswatch.quoting import literal
from oddswatch.settings.site import Settings
from oddswatch.tree.queries import all_queries
from tests.data import composed
from tests.servers import installed_postgres
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 12, 20, tzinfo=UTC)
#: Eight days of collections, some 15,000 prices.
MARKET = Market(ahead=30, collections=48, bets=40)
SETTINGS = Settings.model_validate({"tables": {"results": {"enabled": True, "columns": {"result": "result"}}}})
#: The role that asks; its password is the superuser's, which a node of a cluster shows to the others.
READER = "oddswatch_matrix"
#: Its answer says how a server stores the tables.
TABLES = "System health / Tables"


@dataclass(frozen=True)
class Server:
    """A database with the rows.

    Attributes:
        database: where queries are asked.
        holders: the databases that hold the prices: the same, or the workers of a cluster.
        parts: a pattern of the names of the tables there that hold them.
    """

    database: Postgres
    holders: Sequence[Postgres]
    parts: str = "^odds_history"


# --- the rows


@pytest.fixture(scope="module")
def plain(postgres: Postgres) -> Iterator[Postgres]:
    """A market in plain tables, and the role that asks."""
    database = postgres.create_database()
    with closing(database.connect(autocommit=False)) as session:
        seed(session, NOW, market=MARKET)
        with session, session.cursor() as cursor:
            cursor.execute("CREATE TABLE results (match_id text PRIMARY KEY, result text)")
            ended = Layout().sql("results.sql")
            cursor.execute(f"INSERT INTO results {ended}", MARKET.parameters(MARKET.moments(NOW)))
    make_reader(database)
    yield database
    database.drop()
    postgres.execute(f"DROP ROLE {READER}")


def make_reader(database: Postgres) -> None:
    for statement in role.statements(SETTINGS, READER, database.name):
        database.execute(statement)
    database.execute(f"ALTER ROLE {READER} PASSWORD {literal(database.environment['PGPASSWORD'])}")


def copy(plain: Postgres, database: Postgres, *, shape: str = "", finish: str = "") -> None:
    """Make the tables, give them their `shape`, copy the rows, and `finish` what is done with rows in place."""
    with closing(database.connect(autocommit=False)) as session:
        create_schema(session)
    # A key without the column by which a table is divided is none that its owner could have.
    database.execute("ALTER TABLE odds_history DROP CONSTRAINT odds_history_pkey")
    database.execute("CREATE TABLE results (match_id text PRIMARY KEY, result text)")
    for statement in shape.split(";"):
        if statement.strip():
            database.execute(statement)
    with closing(plain.connect()) as source, closing(database.connect()) as target:
        for table in ("odds_history", "collection_logs", "bets", "results"):
            rows = io.StringIO()
            with source.cursor() as reading, target.cursor() as writing:
                reading.copy_expert(f"COPY {table} TO STDOUT", rows)
                rows.seek(0)
                writing.copy_expert(f"COPY {table} FROM STDIN", rows)
                writing.execute(f"ANALYZE {table}")
    if finish:
        database.execute(finish)
    make_reader(database)


# --- the servers


def installed(name: str, library: str = "plpgsql") -> Any:
    home = installed_postgres.find(library)
    if home is None:
        pytest.skip(f"{name} is not installed in {installed_postgres.VERSIONS}")
    return home


@contextmanager
def debian(plain: Postgres) -> Iterator[Server]:
    with installed_postgres.running(installed("Debian's PostgreSQL")) as database:
        copy(plain, database)
        yield Server(database, [database])


@contextmanager
def partitioned(plain: Postgres) -> Iterator[Server]:
    first = (NOW - MARKET.interval * MARKET.collections).date()
    days = [first + timedelta(days=number) for number in range((NOW.date() - first).days + 2)]
    shape = """
        DROP VIEW v_current_opportunities; ALTER TABLE odds_history RENAME TO undivided;
        CREATE TABLE odds_history (LIKE undivided INCLUDING ALL) PARTITION BY RANGE (collected_at);
        DROP TABLE undivided
    """
    for day in days:
        bounds = f"FROM ('{day}') TO ('{day + timedelta(days=1)}')"
        shape += f'; CREATE TABLE "odds_history_{day}" PARTITION OF odds_history FOR VALUES {bounds}'
    database = plain.create_database()
    copy(plain, database, shape=shape)
    yield Server(database, [database])
    database.drop()


@contextmanager
def timescale(plain: Postgres) -> Iterator[Server]:
    """Chunks of a day; those older than two days are compressed."""
    home = installed("TimescaleDB with compression", "timescaledb-tsl-*")
    options = {"shared_preload_libraries": "timescaledb", "timescaledb.telemetry_level": "off"}
    with installed_postgres.running(home, options) as database:
        shape = """
            CREATE EXTENSION timescaledb;
            SELECT create_hypertable('odds_history', by_range('collected_at', INTERVAL '1 day'));
            ALTER TABLE odds_history SET (
                timescaledb.compress, timescaledb.compress_segmentby = 'match_id',
                timescaledb.compress_orderby = 'collected_at DESC'
            )
        """
        older = f"show_chunks('odds_history', older_than => '{NOW:%Y-%m-%d}'::timestamp - INTERVAL '2 days')"
        copy(plain, database, shape=shape, finish=f"SELECT compress_chunk(chunk) FROM {older} AS chunk")
        kinds = database.execute("SELECT DISTINCT is_compressed FROM timescaledb_information.chunks")
        assert sorted(kinds) == [(False,), (True,)]
        yield Server(database, [database], parts="^odds_history$|_chunk$")


@contextmanager
def citus(plain: Postgres, others: str) -> Iterator[Server]:
    """Prices distributed by match over two workers; `others` is what is done with the other tables."""
    home = installed("Citus", "citus")
    options = {
        "shared_preload_libraries": "citus",
        "citus.enable_statistics_collection": "off",
        "citus.shard_count": "4",
        "shared_buffers": "64MB",
    }
    password = secrets.token_urlsafe()
    with ExitStack() as stack:
        nodes = [stack.enter_context(installed_postgres.running(home, options, password)) for _ in range(3)]
        for node in nodes:
            node.execute("CREATE EXTENSION citus")
        coordinator, *workers = nodes
        address = "'127.0.0.1', {0[PGPORT]}".format
        coordinator.execute(f"SELECT citus_set_coordinator_host({address(coordinator.environment)})")
        for worker in workers:
            coordinator.execute(f"SELECT citus_add_node({address(worker.environment)})")
        copy(plain, coordinator, shape=f"SELECT create_distributed_table('odds_history', 'match_id'); {others}")
        yield Server(coordinator, workers, parts="^odds_history_")


REFERENCE = "; ".join(f"SELECT create_reference_table('{name}')" for name in ("collection_logs", "bets", "results"))
SERVERS: Mapping[str, Callable[[Postgres], AbstractContextManager[Server]]] = {
    "Debian's PostgreSQL": debian,
    "partitioned by day": partitioned,
    "TimescaleDB, older chunks compressed": timescale,
    "Citus, other tables local": partial(citus, others=""),
    "Citus, other tables are reference tables": partial(citus, others=REFERENCE),
}


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, plain: Postgres) -> Iterator[Server]:
    with SERVERS[request.param](plain) as running:
        yield running


# --- the queries


@contextmanager
def reader(database: Postgres) -> Iterator[Any]:
    with closing(replace(database, environment={**database.environment, "PGUSER": READER}).connect()) as session:
        yield session


def frozen(sql: str) -> str:
    return sql.replace("now()", f"{literal(NOW.isoformat())}::timestamptz")


@pytest.fixture(scope="module")
def statements(plain: Postgres) -> dict[str, str]:
    """What is sent for each query of the tree, by its place: variables as the plain tables fill them."""
    sent = {}
    with reader(plain) as session:
        for query in all_queries(composed.tree(SETTINGS)):
            variables = tuple(
                replace(variable, sql=frozen(variable.sql)) if variable.sql else variable
                for variable in query.variables
            )
            asked = replace(query, sql=frozen(query.sql), variables=variables)
            sent[query.place] = as_sent(asked, values(session, asked), default_range(query, NOW))
    return sent


@pytest.fixture(scope="module")
def expected(plain: Postgres, statements: dict[str, str]) -> dict[str, Result]:
    with reader(plain) as session:
        return {place: run(session, sql) for place, sql in statements.items()}


def test_every_query_gives_the_rows_that_plain_tables_give(
    server: Server, statements: dict[str, str], expected: dict[str, Result]
) -> None:
    found = {}
    with reader(server.database) as session:
        for place, sql in statements.items():
            if place == TABLES:
                continue
            try:
                found[place] = difference(expected[place], run(session, sql))
            except psycopg2.Error as error:
                found[place] = str(error)
    assert {place: problem for place, problem in found.items() if problem} == {}


def test_the_rows_are_enough_to_tell(expected: dict[str, Result]) -> None:
    empty = sum(not result.rows for result in expected.values())
    assert empty < len(expected) / 10


def test_the_panel_tables_states_true_size_and_rows(server: Server, statements: dict[str, str]) -> None:
    sizes = "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r' AND relname ~ "
    size = sum(
        holder.execute(f"SET citus.override_table_visibility = off; {sizes} {literal(server.parts)}")[0][0]
        for holder in server.holders
    )
    with reader(server.database) as session:
        told = run(session, statements[TABLES])
    rows = [dict(zip(told.columns, row, strict=True)) for row in told.rows]
    for row in rows:
        [(count,)] = server.database.execute(f"SELECT count(*) FROM {row['table_name']}")
        assert row["row_count"] == count, row["table_name"]
    assert {row["contents"]: row["bytes"] for row in rows}["Prices"] == size
