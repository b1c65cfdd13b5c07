"""What reaches Grafana by the environment, and where the tree stands: neither may matter, and no secret may leave."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from oddswatch.demo.schema import create_schema
from oddswatch.names import DATASOURCE, DATASOURCE_NAME, ROOT
from oddswatch.servers.postgres import EmbeddedPostgres
from oddswatch.tree.tree import Tree
from tests.conftest import StartGrafana
from tests.data import sample_tree
from tests.servers import folders
from tests.servers.client import GrafanaClient
from tests.servers.docker import Docker
from tests.servers.grafana import Grafana
from tests.servers.postgres import Postgres

PASSWORD = """p$w'd"x #y z$PATH\\q${HOME}"""
#: A part of it that looks the same in JSON, in YAML, in a shell and in a log.
TRACE = b"y z$PATH"
#: The database: what looks like a number, Grafana puts in as one where it can.
NUMBER = "2024"


@pytest.fixture(scope="module")
def guarded(docker: Docker | str, request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """A database of ours with empty tables that asks for the password."""
    if isinstance(docker, Docker):
        server: Postgres = request.getfixturevalue("postgres")
        server.execute("CREATE ROLE guarded SUPERUSER LOGIN PASSWORD %s", (PASSWORD,))
        mine = {"PGUSER": "guarded", "PGPASSWORD": PASSWORD}
        database = called_a_number(
            replace(server, environment={**server.environment, **mine}, for_grafana={**server.for_grafana, **mine})
        )
        yield with_tables(database)
        database.drop()
        server.execute("DROP ROLE guarded")
        return
    with folders.passable() as folder, EmbeddedPostgres(folder, password=PASSWORD) as embedded:
        environment = embedded.environment()
        yield with_tables(called_a_number(Postgres(environment, environment, embedded.stop, embedded.start)))


def called_a_number(server: Postgres) -> Postgres:
    server.execute(f'CREATE DATABASE "{NUMBER}"')
    mine = {"PGDATABASE": NUMBER}
    return replace(server, environment={**server.environment, **mine}, for_grafana={**server.for_grafana, **mine})


def with_tables(database: Postgres) -> Postgres:
    with closing(database.connect(autocommit=False)) as session:
        create_schema(session)
    return database


@pytest.fixture(scope="module")
def place(tree_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree at a place that nobody had in mind."""
    return Path(shutil.copytree(tree_folder, tmp_path_factory.mktemp("mount") / "Odds & Évents #1" / "it's here"))


@pytest.fixture(scope="module")
def grafana(start_grafana: StartGrafana, place: Path, guarded: Postgres) -> Grafana:
    return start_grafana(place, database=guarded, mail=False)


def test_a_wrong_password_is_refused(guarded: Postgres) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        replace(guarded, environment={**guarded.environment, "PGPASSWORD": PASSWORD + "x"}).connect()


def test_a_password_with_every_special_character_works_to_the_end(client: GrafanaClient) -> None:
    answer = client.query([sample_tree.target("SELECT 42 AS number") | {"datasource": DATASOURCE}])["A"]
    assert (answer.error, answer.rows()) == (None, [{"number": 42}])


def test_a_database_called_like_a_number_is_found(client: GrafanaClient) -> None:
    target = sample_tree.target("SELECT current_database()::text AS name") | {"datasource": DATASOURCE}
    assert client.query([target])["A"].rows() == [{"name": NUMBER}]
    # What panels in the browser read: without it they ask nothing.
    known = client.get("/api/frontend/settings")["datasources"][DATASOURCE_NAME]
    assert known["jsonData"]["database"] == NUMBER


def test_the_tree_works_wherever_it_is_mounted(client: GrafanaClient, place: Path) -> None:
    tree = Tree.read(place)
    assert client.dashboards() == {model["uid"]: model["title"] for model in tree.dashboards()}
    assert set(client.rules()) == {rule["title"] for rule in tree.rules()}


def test_the_password_is_in_no_file_no_log_and_no_process_list(
    grafana: Grafana, client: GrafanaClient, guarded: Postgres, tmp_path: Path
) -> None:
    client.query([sample_tree.target("SELECT nonsense") | {"datasource": DATASOURCE}])
    for command in ("build", "check"):
        options = ["--output", str(tmp_path / "provisioning")] if command == "build" else []
        done = subprocess.run(
            [sys.executable, str(ROOT / "generate.py"), command, *options],
            env={**os.environ, **guarded.environment},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert TRACE not in done.stdout + done.stderr
    wrong = {**os.environ, **guarded.environment, "PGUSER": "nobody"}
    refused = subprocess.run(
        [sys.executable, str(ROOT / "generate.py"), "check"], env=wrong, capture_output=True, check=False
    )
    assert refused.returncode == 3
    assert TRACE not in refused.stdout + refused.stderr

    assert TRACE.decode() not in grafana.log()
    processes = subprocess.run(["ps", "-axww", "-o", "args="], capture_output=True, check=True).stdout
    assert b"grafana" in processes
    assert TRACE not in processes
    files = [path for folder in (tmp_path, grafana.data) for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"grafana.db", "oddswatch-rules.yml"}
    assert [path for path in files if TRACE in path.read_bytes()] == []
