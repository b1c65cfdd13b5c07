"""Every query on a hot standby: real streaming replication between two servers."""

import subprocess
from collections.abc import Iterator

import pytest

from oddswatch.servers.postgres import EmbeddedPostgres
from tests.data import small_market
from tests.servers import folders
from tests.servers.waiting import wait_for

pytestmark = pytest.mark.slow

OPTIONS = {"wal_level": "replica", "max_wal_senders": "5", "wal_keep_size": "256MB"}


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[EmbeddedPostgres, EmbeddedPostgres]]:
    """A primary with the market, and the standby that follows it."""
    with folders.passable() as folder:
        with EmbeddedPostgres(folder / "primary", options=OPTIONS) as primary:
            small_market.fill(primary.connect())
        # A copy of a stopped server, with its owner, is the beginning of a standby.
        subprocess.run(["cp", "-a", folder / "primary", folder / "standby"], check=True)
        with EmbeddedPostgres(folder / "primary", options=OPTIONS) as primary:
            data = folder / "standby" / "data"
            (data / "standby.signal").touch()
            follow = f"host={primary.host} port={primary.port} user={primary.user} password={primary.password}"
            with (data / "postgresql.auto.conf").open("a") as configuration:
                configuration.write(f"primary_conninfo = '{follow}'\n")
            with EmbeddedPostgres(folder / "standby", options=OPTIONS) as standby:
                yield primary, standby


def test_every_query_works_on_a_hot_standby(pair: tuple[EmbeddedPostgres, EmbeddedPostgres]) -> None:
    _, standby = pair
    assert _ask(standby, "SELECT pg_is_in_recovery()") is True
    outcomes = small_market.ask_everything(standby.environment())
    assert small_market.complaints(outcomes) == {}
    assert [outcome for outcome in outcomes if outcome.query.kind == "panel" and outcome.rows]


def test_what_the_primary_stores_shows_on_the_standby(pair: tuple[EmbeddedPostgres, EmbeddedPostgres]) -> None:
    primary, standby = pair
    connection = primary.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM odds_history")
    connection.close()
    wait_for(lambda: _ask(standby, "SELECT count(*) FROM odds_history") == 0, 20, lambda: "the deletion on the standby")
    assert small_market.complaints(small_market.ask_everything(standby.environment())) == {}


def _ask(server: EmbeddedPostgres, sql: str) -> object:
    connection = server.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone()
            return row[0] if row else None
    finally:
        connection.close()
