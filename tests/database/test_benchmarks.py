"""What benchmarks measure on and refuse: figures that say nothing, servers of no use; and that the rival mails."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from benchmarks import databases, mail_delay, rival
from benchmarks.__main__ import main
from benchmarks.databases import ROLE, Size
from benchmarks.servers import Server, lacking, servers
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.database import connection
from oddswatch.database.execute import run
from oddswatch.demo.schema import create_schema
from oddswatch.errors import ExitCode, UserError
from oddswatch.settings.site import Settings
from tests.data import small_market
from tests.servers import installed_postgres
from tests.servers.postgres import Postgres

SMALL = Size("tiny", small_market.MARKET, "4h")
#: Of what is compressed.
SEGMENTED_BY = "SELECT DISTINCT segmentby FROM timescaledb_information.chunk_compression_settings"
#: And on how many workers.
PLACED_BY = """
    SELECT distribution_column, count(DISTINCT nodeport) FROM citus_tables INNER JOIN citus_shards USING (table_name)
    GROUP BY distribution_column
"""
ENOUGH = {"matches": 200, "bets": 300, "age": "1 hour", "ahead": "1 day"}


@pytest.fixture
def server(postgres: Postgres) -> Iterator[Postgres]:
    """The session's server, without what a benchmark makes on it."""
    yield postgres
    postgres.execute("DROP DATABASE IF EXISTS bench_tiny")
    postgres.execute(f"DROP ROLE IF EXISTS {ROLE}")


def test_a_market_that_is_too_small_is_measured_by_nobody(server: Postgres) -> None:
    """It is made and read as by the site's own role, twice, and kept in between."""
    for _ in range(2):
        database = databases.prepare(Server("installed", server.environment), SMALL)
        with closing(connection.connect(environment=database.reader)) as session:
            assert session.info.user == ROLE
            # Some start on the hour while this runs: as many as are ahead then.
            ahead = "SELECT count(DISTINCT match_id) FROM odds_history WHERE commence_time > now() AT TIME ZONE 'utc'"
            [(before,)] = run(session, ahead).rows
            with pytest.raises(UserError) as caught:
                databases.require_enough(session, SMALL.settings)
            [(after,)] = run(session, ahead).rows
    said = re.match(r"bench_tiny: (\d+) matches ahead with a current price and ", caught.value.message)
    assert said
    assert 12 >= before >= int(said[1]) >= after > 0
    assert caught.value.message.endswith("at least 200 and 300 are needed; drop the database, it is made anew")


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ({}, ""),
        ({"matches": 199}, "199 matches ahead with a current price and 300 bets"),
        ({"bets": 299}, "200 matches ahead with a current price and 299 bets"),
        # A price is current for one and a half of the four hours between two collections.
        ({"age": "6 hours 1 minute"}, "0 matches ahead with a current price and 300 bets"),
        ({"ahead": "-1 minute"}, "0 matches ahead with a current price and 300 bets"),
    ],
)
def test_matches_that_nobody_prices_now_and_too_few_bets_are_refused(
    new_schema: Postgres, lacking: dict[str, Any], said: str
) -> None:
    there = {**ENOUGH, **lacking}
    with closing(new_schema.connect(autocommit=False)) as session:
        create_schema(session)
        with session, session.cursor() as cursor:
            cursor.execute(
                "INSERT INTO odds_history"
                " (match_id, sport, home_team, away_team, commence_time, bookmaker, home_odds, collected_at)"
                " SELECT i::text, 'a', 'b', 'c', now() AT TIME ZONE 'utc' + %(ahead)s::interval, 'd', 2,"
                " now() AT TIME ZONE 'utc' - %(age)s::interval FROM generate_series(1, %(matches)s) AS i",
                there,
            )
            cursor.execute(
                "INSERT INTO bets (match_id, outcome, bookmaker, odds_value, stake, created_at, updated_at)"
                " SELECT i::text, 'home', 'a', 2, 10, now(), now() FROM generate_series(1, %(bets)s) AS i",
                there,
            )
        if not said:
            databases.require_enough(session, Settings())
            return
        with pytest.raises(UserError) as caught:
            databases.require_enough(session, Settings())
    assert f": {said} are too few to measure on" in caught.value.message


def test_who_may_not_make_a_database_is_told_so(server: Postgres) -> None:
    server.execute("CREATE ROLE poor LOGIN PASSWORD 'poor'")
    poor = {**server.environment, "PGUSER": "poor", "PGPASSWORD": "poor"}
    try:
        with pytest.raises(UserError) as caught:
            databases.prepare(Server("installed", poor), SMALL)
    finally:
        server.execute("DROP ROLE poor")
    assert "the database 'bench_tiny' cannot be made: permission denied to create database; " in caught.value.message
    assert caught.value.exit_code == ExitCode.NOT_ACCEPTED


def test_a_server_that_is_not_named_whole_is_refused_before_one_is_started(tmp_path: Path) -> None:
    with (
        pytest.raises(UserError, match="PGPASSWORD is not set"),
        servers(tmp_path / "bench", environment={"PGHOST": "db"}),
    ):
        pass
    assert not (tmp_path / "bench").exists()


def test_a_size_that_does_not_exist_is_refused() -> None:
    assert [[size.name for size in databases.sizes(names)] for names in (None, ["13.8m"], ["none"])] == [
        ["1.4m", "13.8m"],
        ["13.8m"],
        [],
    ]
    with pytest.raises(
        UserError, match=r"--size 14m: there is no such size, only 1\.4m, 13\.8m, 13\.8m-250, 40m, 130m, none"
    ):
        databases.sizes(["1.4m", "14m"])


def test_the_rival_mails_each_bet_after_a_push(
    new_schema: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing := rival.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")
    monkeypatch.setattr(rival, "PUSH_SECONDS", 1)
    monkeypatch.setattr(rival, "SCRAPE_SECONDS", 1)
    monkeypatch.setattr(mail_delay, "TRIES", 2)
    with closing(new_schema.connect(autocommit=False)) as session:
        create_schema(session)
    with rival.running(Catalogue(Settings()), new_schema.environment, tmp_path / "rival") as other:
        stored = mail_delay.insert(new_schema.environment, seconds=2)
        arrived = mail_delay.arrivals(other.mailbox, stored, 30)
    assert len(arrived) == 2
    for match, moment in stored.items():
        assert any(moment < push < arrived[match] for push in other.pushes)
    assert len(other.mailbox.mails()) == 2, "each league has a mail of its own, and nothing else is mailed"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sql", "form"),
    [
        ("timescaledb", SEGMENTED_BY, [("match_id",)]),
        ("timescaledb-by-bookmaker", SEGMENTED_BY, [("match_id,bookmaker",)]),
        ("citus", PLACED_BY, [("match_id", 2)]),
    ],
)
def test_servers_with_an_extension_hold_all_prices_in_its_form(
    tmp_path: Path, name: str, sql: str, form: list[tuple[Any, ...]]
) -> None:
    if lacks := lacking(name):
        pytest.skip(f"{name}: {lacks}")
    # Five days, of which three are old enough to be compressed.
    size = replace(SMALL, market=replace(SMALL.market, collections=30))
    with servers(tmp_path / "bench", [name]) as running:
        database = databases.prepare(running[0], size)
        with closing(connection.connect(environment=database.reader)) as session:
            assert run(session, sql).rows == form
            assert run(session, "SELECT sum(odds_stored) FROM collection_logs").rows == [(databases.rows(session),)]


def test_a_server_that_is_not_installed_is_named_and_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed_postgres, "VERSIONS", tmp_path)
    command = Typer()
    command.command()(main)
    said = CliRunner().invoke(command, ["--server", "timescaledb", "--server", "citus", "--no-grafana"])
    printed = " ".join(said.output.split())
    for name in ("timescaledb", "citus"):
        assert f"{name} is skipped: not installed in {tmp_path}" in printed


def test_a_server_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    refused = pytest.raises(UserError, match="--server oracle: there is no such server, only installed, ")
    with refused, servers(tmp_path / "bench", ["citus", "oracle"]):
        pass
