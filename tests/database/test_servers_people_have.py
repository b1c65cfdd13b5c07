"""Every server that people have gives the same answers: each is asked every query, as our role, with the same rows.

They are held against plain tables on the session's PostgreSQL. A server that is not installed is skipped by name, but
where `REQUIRED_SERVER` names it: a run for one server must not pass without it. docs/scaling.md says which were tried.
"""

import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from oddswatch.checks.answers import difference
from oddswatch.database import role
from oddswatch.database.execute import Result, as_sent, default_range, run, values
from oddswatch.database.query import Values, Variable
from oddswatch.demo.layout import Layout
from oddswatch.demo.market import Market
from oddswatch.demo.schema import create_schema
from oddswatch.demo.seed import seed
from oddswatch.quoting import literal
from oddswatch.settings.site import Settings
from oddswatch.tree.queries import all_queries
from tests.data import composed
from tests.data.frozen_site import LAYOUTS
from tests.servers import citus, installed_postgres, standby, timescale
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 12, 20, tzinfo=UTC)
#: Eight days of collections, some 18,000 offers.
MARKET = Market(ahead=30, collections=48, bets=40)
FIRST = (NOW - MARKET.interval * MARKET.collections).date()
RESULTS = "CREATE TABLE results (match_id text PRIMARY KEY, result text)"
#: Everything is asked, and a small move is one.
ASKED = {"moves": {"drop_pct": 3}, "alerts": {"steam": {"enabled": True, "threshold_pct": 3, "clear_pct": 2}}}
#: The role that asks; its password is the superuser's, which a node of a cluster shows to the others.
READER = "oddswatch_matrix"
#: Its answer says how a server stores the tables.
TABLES = "System health / Tables"
PER_MATCH, PER_OUTCOME = LAYOUTS


@dataclass(frozen=True)
class Plain:
    """A market in plain tables of one form, what is sent for each query of the tree by its place, and the answers."""

    layout: Layout
    settings: Settings
    database: Postgres
    sent: Mapping[str, str]
    answers: Mapping[str, Result]

    @property
    def prices(self) -> str:
        return self.settings.tables.prices.table


@dataclass(frozen=True)
class Server:
    """A database with the rows of plain tables.

    Attributes:
        plain: those tables.
        database: where queries are asked.
        holders: the databases that hold the prices: the same, or the workers of a cluster.
        parts: a pattern of the names of the tables there that hold them.
    """

    plain: Plain
    database: Postgres
    holders: Sequence[Postgres]
    parts: str = "^odds|_chunk$"


# --- plain tables


@pytest.fixture(scope="module")
def plains(postgres: Postgres) -> Iterator[Mapping[str, Plain]]:
    with ExitStack() as stack:
        stack.callback(postgres.execute, f"DROP ROLE IF EXISTS {READER}")
        yield {form: stack.enter_context(plain_tables(postgres, form)) for form in LAYOUTS}


@contextmanager
def plain_tables(postgres: Postgres, form: str) -> Iterator[Plain]:
    layout, needed = LAYOUTS[form]
    results = {"enabled": True, "columns": {"result": "result"}}
    settings = Settings.model_validate({**needed, **ASKED, "tables": {**needed.get("tables", {}), "results": results}})
    database = postgres.create_database()
    with closing(database.connect(autocommit=False)) as session:
        seed(session, NOW, layout=layout, market=MARKET)
        with session, session.cursor() as cursor:
            cursor.execute(RESULTS)
            ended = layout.sql("results.sql")
            cursor.execute(f"INSERT INTO results {ended}", MARKET.parameters(MARKET.moments(NOW)))
            cursor.execute(good_prices(layout))
    make_reader(database, settings)
    sent = statements(database, settings)
    with reader(database) as asking:
        answers = {place: run(asking, sql) for place, sql in sent.items()}
    yield Plain(layout, settings, database, sent, answers)
    database.drop()


def good_prices(layout: Layout) -> str:
    """SQL that makes one price a surebet, and another one too good to be true."""
    per_match = layout.form == "per_match"
    price, home = ("home_odds", "true") if per_match else ("odds_value", "outcome = 'home'")
    newest = f"{layout.collected} = (SELECT max({layout.collected}) FROM {layout.prices})"
    return f"""
        UPDATE {layout.prices} AS prices SET {price} = {price} * CASE offers.number WHEN 1 THEN 1.15 ELSE 2 END
        FROM (
            SELECT id, row_number() OVER (ORDER BY match_id) AS number
            FROM {layout.prices}
            WHERE bookmaker = 'bet365' AND {newest} AND {home}
        ) AS offers
        WHERE prices.id = offers.id AND offers.number <= 2
    """


def make_reader(database: Postgres, settings: Settings) -> None:
    for statement in role.statements(settings, READER, database.name):
        database.execute(statement)
    database.execute(f"ALTER ROLE {READER} PASSWORD {literal(database.environment['PGPASSWORD'])}")


@contextmanager
def reader(database: Postgres) -> Iterator[Any]:
    """A session of the role."""
    with closing(replace(database, environment={**database.environment, "PGUSER": READER}).connect()) as session:
        yield session


def statements(database: Postgres, settings: Settings) -> dict[str, str]:
    """What is sent for each query at one moment; variables are as this database fills them."""
    sent: dict[str, str] = {}
    filled: dict[tuple[Variable, ...], Values] = {}
    with reader(database) as session:
        for query in all_queries(composed.tree(settings)):
            variables = tuple(
                replace(variable, sql=frozen(variable.sql)) if variable.sql else variable
                for variable in query.variables
            )
            asked = replace(query, sql=frozen(query.sql), variables=variables)
            if variables not in filled:
                filled[variables] = values(session, asked)
            sent[query.place] = as_sent(asked, filled[variables], default_range(query, NOW))
    return sent


def frozen(sql: str) -> str:
    return sql.replace("now()", f"{literal(NOW.isoformat())}::timestamptz")


# --- servers


def copy(plain: Plain, database: Postgres, *shape: str) -> None:
    """Make the tables, give them their shape, and copy the rows."""
    with closing(database.connect(autocommit=False)) as session:
        create_schema(session, plain.layout)
    # A key without the column by which a table is divided is none that its owner could have.
    database.execute(f"ALTER TABLE {plain.prices} DROP CONSTRAINT {plain.prices}_pkey")
    database.execute(RESULTS)
    for statement in shape:
        database.execute(statement)
    with closing(plain.database.connect()) as source, closing(database.connect()) as target:
        for table in (plain.prices, "collection_logs", "bets", "results"):
            rows = io.StringIO()
            with source.cursor() as reading, target.cursor() as writing:
                reading.copy_expert(f"COPY {table} TO STDOUT", rows)
                rows.seek(0)
                writing.copy_expert(f"COPY {table} FROM STDIN", rows)
                writing.execute(f"ANALYZE {table}")
    make_reader(database, plain.settings)


def installed(name: str, library: str = "plpgsql") -> Path:
    home = installed_postgres.find(library)
    if home is None:
        missing = pytest.fail if os.environ.get("REQUIRED_SERVER") == name else pytest.skip
        missing(f"{name} is not installed in {installed_postgres.VERSIONS}")
    return home


@contextmanager
def debian(plain: Plain) -> Iterator[Server]:
    with installed_postgres.running(installed("Debian's PostgreSQL")) as database:
        copy(plain, database)
        yield Server(plain, database, [database])


@contextmanager
def partitioned(plain: Plain) -> Iterator[Server]:
    prices, collected = plain.prices, plain.layout.collected
    shape = [
        f"DROP VIEW v_current_opportunities; ALTER TABLE {prices} RENAME TO undivided",
        f"CREATE TABLE {prices} (LIKE undivided INCLUDING ALL) PARTITION BY RANGE ({collected}); DROP TABLE undivided",
    ]
    for day in (FIRST + timedelta(days=number) for number in range((NOW.date() - FIRST).days + 1)):
        bounds = f"FROM ('{day}') TO ('{day + timedelta(days=1)}')"
        shape.append(f'CREATE TABLE "{prices}_{day}" PARTITION OF {prices} FOR VALUES {bounds}')
    database = plain.database.create_database()
    copy(plain, database, *shape)
    yield Server(plain, database, [database])
    database.drop()


@contextmanager
def following(plain: Plain) -> Iterator[Server]:
    """A hot standby."""
    with standby.pair(partial(copy, plain)) as (_, follower):
        assert follower.execute("SELECT pg_is_in_recovery()") == [(True,)]
        yield Server(plain, follower, [follower])


@contextmanager
def compressed(plain: Plain, segment_by: str = "match_id") -> Iterator[Server]:
    """Chunks of a day; those older than two days are compressed."""
    home = installed("TimescaleDB", timescale.LIBRARY)
    with installed_postgres.running(home, timescale.OPTIONS) as database:
        copy(plain, database, *timescale.dividing(plain.layout, segment_by))
        database.execute(timescale.compressing(plain.layout, NOW))
        kinds = database.execute("SELECT DISTINCT is_compressed FROM timescaledb_information.chunks")
        assert sorted(kinds) == [(False,), (True,)]
        yield Server(plain, database, [database])


@pytest.fixture(scope="module")
def cluster() -> Iterator[Sequence[Postgres]]:
    """A coordinator of Citus and two workers."""
    with citus.running(installed("Citus", citus.LIBRARY), {"shared_buffers": "64MB"}) as nodes:
        citus.join(nodes)
        yield nodes


@contextmanager
def distributed(plain: Plain, cluster: Sequence[Postgres], others: Sequence[str]) -> Iterator[Server]:
    """Prices distributed by match over the workers; `others` is what is done with the other tables."""
    coordinator, *workers = cluster
    copy(plain, coordinator, *citus.distributing(plain.layout), *others)
    yield Server(plain, coordinator, workers, parts=r"^odds\w*_\d+$")
    coordinator.execute(f"DROP TABLE {plain.prices}, collection_logs, bets, results CASCADE")


#: Each with the form of the tables that it has here: each form is on servers of every kind that refuses something.
SERVERS: Mapping[str, tuple[str, Callable[[Plain], AbstractContextManager[Server]]]] = {
    "Debian's PostgreSQL": (PER_MATCH, debian),
    "partitioned by day": (PER_OUTCOME, partitioned),
    "a hot standby": (PER_OUTCOME, following),
    "TimescaleDB, older chunks compressed": (PER_MATCH, compressed),
    "TimescaleDB, the same, a row per outcome": (PER_OUTCOME, compressed),
    "TimescaleDB, compressed by match and bookmaker": (
        PER_MATCH,
        partial(compressed, segment_by="match_id, bookmaker"),
    ),
}
CLUSTERS: Mapping[str, tuple[str, Sequence[str]]] = {
    "Citus, other tables local": (PER_MATCH, []),
    "Citus, other tables are reference tables": (
        PER_OUTCOME,
        [f"SELECT create_reference_table('{table}')" for table in ("collection_logs", "bets", "results")],
    ),
    "Citus, all tables distributed": (
        PER_MATCH,
        [
            "ALTER TABLE bets DROP CONSTRAINT bets_pkey",
            "ALTER TABLE collection_logs DROP CONSTRAINT collection_logs_pkey",
            "SELECT create_distributed_table('bets', 'match_id')",
            "SELECT create_distributed_table('results', 'match_id')",
            "SELECT create_distributed_table('collection_logs', 'sport')",
        ],
    ),
}


@pytest.fixture(scope="module", params=[*SERVERS, *CLUSTERS])
def server(request: pytest.FixtureRequest, plains: Mapping[str, Plain]) -> Iterator[Server]:
    starting: AbstractContextManager[Server]
    if request.param in CLUSTERS:
        form, others = CLUSTERS[request.param]
        starting = distributed(plains[form], request.getfixturevalue("cluster"), others)
    else:
        form, start = SERVERS[request.param]
        starting = start(plains[form])
    with starting as running:
        yield running


# --- the tests


def test_every_query_gives_the_rows_that_plain_tables_give(server: Server) -> None:
    found = {}
    with reader(server.database) as session:
        for place, sql in server.plain.sent.items():
            if place == TABLES:
                continue
            try:
                found[place] = difference(server.plain.answers[place], run(session, sql))
            except psycopg2.Error as error:
                found[place] = str(error)
    assert {place: problem for place, problem in found.items() if problem} == {}


def test_every_query_has_rows_to_compare(plains: Mapping[str, Plain]) -> None:
    for plain in plains.values():
        assert [place for place, result in plain.answers.items() if not result.rows] == []


def test_the_panel_tables_states_true_size_and_rows(server: Server) -> None:
    def size() -> int:
        sizes = "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r' AND relname ~ "
        return sum(
            holder.execute(f"SET citus.override_table_visibility = off; {sizes} {literal(server.parts)}")[0][0]
            for holder in server.holders
        )

    before = size()
    with reader(server.database) as session:
        told = run(session, server.plain.sent[TABLES])
    rows = [dict(zip(told.columns, row, strict=True)) for row in told.rows]
    for row in rows:
        [(count,)] = server.database.execute(f"SELECT count(*) FROM {row['table_name']}")
        assert row["row_count"] == count, row["table_name"]
    # The server tidies up in the background, which makes its files larger or smaller.
    smallest, largest = sorted((before, size()))
    assert smallest <= {row["contents"]: row["bytes"] for row in rows}["Prices"] <= largest
