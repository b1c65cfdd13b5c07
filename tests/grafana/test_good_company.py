"""A Grafana that people have already: what they made stays as it is, and ours arrives, or the build says why not."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from alerting.contact import QUIET_HOURS
from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana import clashes, waiting
from oddswatch.grafana.api import Grafana as Api
from oddswatch.grafana.read_back import read_back
from oddswatch.grafana.reload import reload
from oddswatch.names import DATASOURCE, FOLDER, ROOT
from oddswatch.servers.ports import free_port
from oddswatch.tree.tree import Tree
from tests.conftest import StartGrafana
from tests.servers.client import GrafanaClient
from tests.servers.grafana import Grafana
from tests.servers.person import Person
from tests.servers.postgres import Postgres

RULE_OFF = "alerts: {high_spread: {enabled: false}}\n"
REMOVED = "oddswatch-high-spread"
FOREIGN_FILES = {
    "dashboards/theirs.yml": """
apiVersion: 1
providers: [{name: Theirs, folder: From files, type: file, options: {path: $GF_PATHS_PROVISIONING/dashboards/theirs}}]
""",
    "dashboards/theirs/one.json": '{"uid": "theirs-file", "title": "From a file", "schemaVersion": 41, "panels": []}',
    "alerting/theirs.yml": """
apiVersion: 1
muteTimes: [{orgId: 1, name: Holidays, time_intervals: [{months: ['8']}]}]
""",
}


def theirs(client: GrafanaClient) -> dict[str, str]:
    """Everything that is not ours, as Grafana exports it: its text by path."""
    things = {
        path: client.get(path)
        for path in (
            "/api/datasources/uid/theirs",
            "/api/folders/theirs",
            "/api/dashboards/uid/theirs-dashboard",
            "/api/dashboards/uid/theirs-in-our-folder",
            "/api/dashboards/uid/theirs-file",
            "/api/v1/provisioning/alert-rules/theirs",
            "/api/v1/provisioning/alert-rules/theirs-in-our-folder",
            "/api/v1/provisioning/folder/theirs/rule-groups/theirs",
            "/api/v1/provisioning/policies",
            "/api/v1/provisioning/mute-timings/Weekend",
            "/api/v1/provisioning/mute-timings/Holidays",
            "/api/v1/provisioning/templates/Theirs",
            "/api/org/preferences",
        )
    }
    points = client.get("/api/v1/provisioning/contact-points")
    things["contact points"] = [point for point in points if not point["uid"].startswith("oddswatch-")]
    return {path: json.dumps(thing, sort_keys=True) for path, thing in things.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A provisioning folder in which somebody has files."""
    for name, text in FOREIGN_FILES.items():
        (tmp_path / "provisioning" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "provisioning" / name).write_text(text, encoding="utf-8")
    for name in ("datasources", "plugins"):
        (tmp_path / "provisioning" / name).mkdir()
    return tmp_path / "provisioning"


@pytest.fixture
def grafana(folder: Path, start_grafana: StartGrafana, tables: Postgres) -> Iterator[Grafana]:
    """A Grafana that has nothing of ours."""
    grafana = start_grafana(folder, database=tables, mail=False)
    yield grafana
    grafana.stop()


@pytest.fixture
def person(grafana: Grafana) -> Iterator[Person]:
    person = Person(grafana)
    yield person
    person.close()


@pytest.fixture
def api(grafana: Grafana) -> Iterator[Api]:
    with closing(Api(grafana.url, grafana.user, grafana.password)) as api:
        yield api


def generate(output: Path, config: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python generate.py build` as a person does."""
    file = output.parent / "config.yml"
    file.write_text(config, encoding="utf-8")
    command = [sys.executable, str(ROOT / "generate.py"), "build", "--config", str(file), "--output", str(output)]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def reload_of(grafana: Grafana) -> dict[str, str]:
    return {"GRAFANA_URL": grafana.url, "GRAFANA_USER": grafana.user, "GRAFANA_PASSWORD": grafana.password}


def test_what_people_have_stays_untouched_and_ours_arrives(
    grafana: Grafana, person: Person, client: GrafanaClient, folder: Path
) -> None:
    person.makes_a_data_source("theirs", "Theirs")
    person.makes_a_folder("theirs", "Theirs")
    person.makes_a_folder("shared", FOLDER)
    person.makes_a_dashboard("theirs-dashboard", "Mine", "theirs")
    person.makes_a_dashboard("theirs-in-our-folder", "Mine", "shared")
    person.makes_a_contact_point("theirs", "Theirs")
    person.makes_a_mute_timing("Weekend")
    person.makes_a_template("Theirs")
    person.makes_a_rule("theirs", "Mine", "theirs")
    person.makes_a_rule("theirs-in-our-folder", "Mine", "shared")
    route = {"receiver": "Theirs", "object_matchers": [["team", "=", "a"]], "mute_time_intervals": ["Weekend"]}
    person.does("PUT", "/api/v1/provisioning/policies", {"receiver": "Theirs", "routes": [route]})
    before = theirs(client)

    built = generate(folder, **reload_of(grafana))
    assert built.returncode == ExitCode.OK, built.stderr
    tree = Tree.read(folder)
    titles = {model["title"] for model in tree.dashboards()}
    uids = {rule["uid"] for rule in tree.rules()}
    assert f"has {len(titles)} dashboards and {len(uids)} rules, and every rule evaluates" in built.stdout
    assert theirs(client) == before
    assert set(client.dashboards().values()) == titles | {"Mine", "From a file"}
    assert our_rules(client) == uids
    assert REMOVED in uids
    assert [found["title"] for found in client.get("/api/folders")].count(FOLDER) == 1

    grafana.restart()
    assert theirs(client) == before
    again = generate(folder, **reload_of(grafana))
    assert again.returncode == ExitCode.OK
    assert "Nothing to change" in again.stdout
    assert theirs(client) == before

    fewer = generate(folder, RULE_OFF, **reload_of(grafana))
    assert fewer.returncode == ExitCode.OK, fewer.stderr
    assert our_rules(client) == uids - {REMOVED}
    assert theirs(client) == before
    grafana.restart()
    assert our_rules(client) == uids - {REMOVED}
    assert theirs(client) == before
    assert {name: (folder / name).read_text(encoding="utf-8") for name in FOREIGN_FILES} == FOREIGN_FILES


def our_rules(client: GrafanaClient) -> set[str]:
    rules = client.get("/api/v1/provisioning/alert-rules")
    return {rule["uid"] for rule in rules if rule["uid"].startswith("oddswatch-")}


def test_all_clashes_are_named_before_anything_is_written(grafana: Grafana, person: Person, folder: Path) -> None:
    person.makes_a_folder("shared", FOLDER)
    person.makes_a_data_source("theirs", "Oddswatch PostgreSQL")
    person.makes_a_dashboard("theirs", "Opportunities", "shared")
    person.makes_a_contact_point("theirs", "Oddswatch high")
    person.makes_a_contact_point("oddswatch-mail-info", "Mine")
    person.makes_a_template("Oddswatch mail")
    person.makes_a_mute_timing(QUIET_HOURS)
    person.makes_a_rule("theirs", "High spread", "shared")

    built = generate(folder, "mail: {quiet_hours: {enabled: true}}\n", **reload_of(grafana))
    assert built.returncode == ExitCode.NOT_ACCEPTED
    assert built.stdout == ""
    headline, *lines = built.stderr.splitlines()
    assert headline.endswith("things of somebody else under our names; nothing was written:")
    assert lines == [
        "  data source 'Oddswatch PostgreSQL' has the uid 'theirs'; rename or delete it",
        "  dashboard 'Opportunities' in the folder 'Oddswatch' has the uid 'theirs'; rename or move it",
        "  contact point 'Mine' has our uid 'oddswatch-mail-info'; make a copy of it and delete it",
        "  contact point 'Oddswatch high' has a receiver that is not ours; rename it",
        "  rule 'High spread' in the folder 'Oddswatch' has the uid 'theirs'; rename or move it",
        "  mail template 'Oddswatch mail' is not ours; rename it",
        f"  mute timing {QUIET_HOURS!r} is not ours; rename it",
    ]
    assert files_of(folder) == set(FOREIGN_FILES)


def test_uids_of_ours_that_somebody_took_are_named(api: Api, person: Person) -> None:
    person.makes_a_folder("theirs", "Theirs")
    person.makes_a_data_source(DATASOURCE["uid"], "Mine")
    person.makes_a_dashboard("oddswatch-opportunities", "Mine", "theirs")
    person.makes_a_rule(REMOVED, "Mine", "theirs")
    with pytest.raises(UserError) as refused:
        clashes.refuse(api, Tree.read(ROOT / "provisioning"))
    assert refused.value.message.splitlines()[1:] == [
        "  data source 'Mine' has our uid 'oddswatch-postgres'; delete it or give it another uid",
        "  dashboard 'Mine' has our uid 'oddswatch-opportunities'; save it as a copy and delete it",
        "  rule 'Mine' has our uid 'oddswatch-high-spread'; make a copy of it and delete it",
    ]


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_rule_that_does_not_evaluate_is_reported_although_keep_last_hides_it(grafana: Grafana, folder: Path) -> None:
    built = generate(folder, "tables: {prices: {table: no_such_table}}\n", **reload_of(grafana))
    assert built.returncode == ExitCode.NOT_ACCEPTED
    assert "rule 'High spread' does not evaluate: " in built.stderr
    assert 'relation "no_such_table" does not exist' in built.stderr
    assert "did not arrive" not in built.stderr


def test_what_did_not_arrive_is_reported(
    api: Api, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", 1)
    assert generate(tmp_path / "elsewhere").returncode == ExitCode.OK
    tree = Tree.read(tmp_path / "elsewhere")
    reload(api)
    missing = read_back(api, tree)
    expected = ["data source 'Oddswatch PostgreSQL' did not arrive"]
    expected += [
        f"dashboard {model['title']!r} did not arrive as built; see Grafana's log" for model in tree.dashboards()
    ]
    expected += [f"rule {rule['title']!r} did not arrive as built" for rule in tree.rules()]
    assert missing == expected

    # Now all arrive, but one dashboard is bad JSON, which Grafana logs and skips, and one rule is an older one.
    assert generate(folder, "alerts: {high_spread: {severity: warning}}\n").returncode == ExitCode.OK
    bad = next((folder / "dashboards" / "oddswatch").glob("opportunities.json"))
    bad.write_text("{", encoding="utf-8")
    monkeypatch.setattr(waiting, "PATIENCE", 6)
    reload(api)
    assert read_back(api, tree) == [
        "dashboard 'Opportunities' did not arrive as built; see Grafana's log",
        "rule 'High spread' did not arrive as built",
    ]


@pytest.mark.parametrize(
    ("environment", "exit_code", "message"),
    [
        ({"GRAFANA_PASSWORD": "wrong"}, ExitCode.UNREACHABLE, "must be those of a server admin"),
        ({"GRAFANA_PASSWORD": ""}, ExitCode.BAD_INPUT, "GRAFANA_PASSWORD"),
        ({"GRAFANA_URL": f"http://127.0.0.1:{free_port()}"}, ExitCode.UNREACHABLE, "cannot be reached"),
        ({"GRAFANA_URL": "grafana.example.org"}, ExitCode.BAD_INPUT, "must begin with http"),
        ({"GRAFANA_URL": "http://admin:secret@127.0.0.1"}, ExitCode.BAD_INPUT, "must hold no password"),
        ({"GRAFANA_URL": "{url}/not-there"}, ExitCode.UNREACHABLE, "check GRAFANA_URL"),
    ],
)
def test_a_grafana_that_cannot_be_asked_is_named_and_nothing_is_written(
    environment: dict[str, str], exit_code: ExitCode, message: str, demo_grafana: Grafana, tmp_path: Path
) -> None:
    given = {name: value.format(url=demo_grafana.url) for name, value in environment.items()}
    built = generate(tmp_path / "provisioning", **{**reload_of(demo_grafana), **given})
    assert built.returncode == exit_code
    assert message in built.stderr
    assert len(built.stderr.splitlines()) == 1
    assert "secret" not in built.stderr
    assert not (tmp_path / "provisioning").exists()
