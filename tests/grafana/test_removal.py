"""`generate.py remove` on a real Grafana: ours is gone, what belongs to others stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oddswatch.errors import ExitCode
from tests.conftest import StartGrafana
from tests.servers.client import GrafanaClient
from tests.servers.command import generate
from tests.servers.grafana import Grafana
from tests.servers.postgres import Postgres

THEIR_POINT = {"name": "Mine", "type": "email", "settings": {"addresses": "me@example.org"}}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of the sources, which Grafana may read."""
    folder = tmp_path / "provisioning"
    assert generate("build", "--output", folder).returncode == 0
    return folder


@pytest.fixture
def grafana(start_grafana: StartGrafana, tree: Path, database: Postgres) -> Iterator[Grafana]:
    running = start_grafana(tree, database=database, mail=False)
    yield running
    running.stop()


def test_everything_of_ours_goes_and_what_is_a_persons_stays(grafana: Grafana, tree: Path) -> None:
    theirs = tree / "alerting" / "mine.yml"
    theirs.write_text("apiVersion: 1\n")
    with GrafanaClient(grafana) as client:
        client.post("/api/dashboards/db", {"dashboard": {"uid": "mine", "title": "Mine"}})
        client.post("/api/v1/provisioning/contact-points", THEIR_POINT)
        assert len(client.dashboards()) > 1
        done = generate("remove", "--output", tree, environment=address(grafana))
        assert done.returncode == 0, done.stderr
        assert done.stdout == (
            f"{grafana.url} has no data source, dashboard, rule, contact point, mute timing, mail template or policy "
            "tree of ours any more; the folder 'Oddswatch' is yours\n"
        )

        assert client.dashboards() == {"mine": "Mine"}
        assert client.rules() == {}
        assert client.get("/api/datasources") == []
        names = [point["name"] for point in client.get("/api/v1/provisioning/contact-points")]
        assert [name for name in names if name.startswith("Oddswatch")] == []
        assert "Mine" in names
        assert client.get("/api/v1/provisioning/templates") in ([], None)
    assert [path for path in tree.rglob("*") if path.is_file()] == [theirs]

    grafana.restart()
    with GrafanaClient(grafana) as client:
        assert client.dashboards() == {"mine": "Mine"}
        assert client.rules() == {}


def test_a_grafana_that_reads_another_folder_keeps_everything_and_is_named(grafana: Grafana, tmp_path: Path) -> None:
    with GrafanaClient(grafana) as client:
        before = client.dashboards(), client.rules().keys()
        done = generate("remove", "--output", tmp_path / "elsewhere", environment=address(grafana))
        assert done.returncode == ExitCode.NOT_ACCEPTED
        assert done.stderr.startswith(f"Grafana at {grafana.url} kept all of ours: does it read {tmp_path}/elsewhere?")
        kept = done.stderr.splitlines()[1:]
        assert {"  data source 'Oddswatch PostgreSQL'", "  dashboard 'Opportunities'", "  rule 'Watch'"} <= set(kept)
        assert (client.dashboards(), client.rules().keys()) == before


def address(grafana: Grafana) -> dict[str, str]:
    return {"GRAFANA_URL": grafana.url, "GRAFANA_USER": grafana.user, "GRAFANA_PASSWORD": grafana.password}


def test_without_a_grafana_nothing_is_removed(tree: Path) -> None:
    before = sorted(tree.rglob("*"))
    done = generate("remove", "--output", tree)
    assert done.returncode == 2
    assert done.stderr.startswith("GRAFANA_URL is not set: ")
    assert sorted(tree.rglob("*")) == before
