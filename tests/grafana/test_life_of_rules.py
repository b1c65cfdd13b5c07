"""What is gone from the sources is gone from Grafana, whatever version built the tree before; what others use stays."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from oddswatch.errors import ExitCode
from oddswatch.names import rule_uid
from tests.conftest import StartGrafana
from tests.data.rows import prices
from tests.servers.client import GrafanaClient
from tests.servers.command import generate
from tests.servers.grafana import Grafana
from tests.servers.mailbox import Mailbox
from tests.servers.postgres import Postgres

WITH_ALL = "mail: {quiet_hours: {enabled: true}, policy_tree: true}\n"
FIRING = prices("m", "soccer_epl", "Home – Away", {"a": (4, 3, 2), "b": (2, 3, 2), "c": (2, 3, 2)}, kick_off="20 hours")
#: The uid of a rule, as it was and as it is.
ONCE, NOW = "oddswatch-value-bet", rule_uid("value_bet")

Build = Callable[..., str]


@pytest.fixture
def place(postgres: Postgres) -> Iterator[Postgres]:
    """A database with the tables, empty."""
    with postgres.tables() as place:
        yield place


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder without any file, as a Grafana has it that does not know us yet."""
    for kind in ("datasources", "dashboards", "alerting", "plugins"):
        (tmp_path / "tree" / kind).mkdir(parents=True)
    return tmp_path / "tree"


@pytest.fixture
def build(tree: Path, tmp_path: Path) -> Build:
    """Runs `generate.py` on the tree and a Grafana; returns what it printed."""

    def run(grafana: Grafana | None = None, config: str = "") -> str:
        file = tmp_path / "config.yml"
        file.write_text(config, encoding="utf-8")
        address: dict[str, str] = {}
        if grafana:
            address = {
                "GRAFANA_URL": grafana.url,
                "GRAFANA_USER": grafana.user,
                "GRAFANA_PASSWORD": grafana.password,
            }
        done = generate("build", "--config", file, "--output", tree, environment=address)
        assert done.returncode == ExitCode.OK, done.stderr
        return done.stdout

    return run


def older_version(tree: Path) -> None:
    """What another version of ours wrote: a rule, its contact point and its mute timing."""
    rules: dict[str, Any] = yaml.safe_load((tree / "alerting/oddswatch-rules.yml").read_text(encoding="utf-8"))
    rule = rules["groups"][0]["rules"][0]
    routing = {**rule["notification_settings"], "receiver": "Oddswatch old", "mute_time_intervals": ["Oddswatch old"]}
    old = {**rule, "uid": "oddswatch-old", "title": "Old", "notification_settings": routing}
    receiver = {"uid": "oddswatch-mail-old", "type": "email", "settings": {"addresses": "old@example.org"}}
    used = {"uid": "oddswatch-mail-used", "type": "email", "settings": {"addresses": "used@example.org"}}
    content = {
        "apiVersion": 1,
        "groups": [{**rules["groups"][0], "name": "Oddswatch old", "rules": [old]}],
        "contactPoints": [
            {"orgId": 1, "name": "Oddswatch old", "receivers": [receiver]},
            {"orgId": 1, "name": "Oddswatch used", "receivers": [used]},
        ],
        "muteTimes": [
            {"orgId": 1, "name": name, "time_intervals": [{"weekdays": ["sunday"]}]}
            for name in ("Oddswatch old", "Oddswatch used")
        ],
        "templates": [{"orgId": 1, "name": "Oddswatch old", "template": '{{ define "old" }}old{{ end }}'}],
    }
    (tree / "alerting" / "oddswatch-older.yml").write_text(yaml.safe_dump(content), encoding="utf-8")


def persons_rule(client: GrafanaClient) -> None:
    """A rule of a person's own, which uses two things of ours."""
    threshold = {
        "refId": "B",
        "type": "threshold",
        "expression": "A",
        "conditions": [{"evaluator": {"type": "gt", "params": [1]}}],
    }
    models: list[dict[str, Any]] = [{"refId": "A", "type": "math", "expression": "0"}, threshold]
    client.post("/api/folders", {"uid": "theirs", "title": "Theirs"})
    client.post(
        "/api/v1/provisioning/alert-rules",
        {
            "uid": "theirs",
            "title": "Theirs",
            "folderUID": "theirs",
            "ruleGroup": "theirs",
            "orgID": 1,
            "condition": "B",
            "data": [{"refId": model["refId"], "datasourceUid": "__expr__", "model": model} for model in models],
            "noDataState": "OK",
            "execErrState": "OK",
            "for": "5m",
            "notification_settings": {
                "receiver": "Oddswatch used",
                "mute_time_intervals": ["Oddswatch used"],
            },
        },
    )


def names(client: GrafanaClient, kind: str, key: str = "name") -> set[str]:
    return {thing[key] for thing in client.get(f"/api/v1/provisioning/{kind}")}


def test_what_is_gone_is_deleted_and_what_is_in_use_is_left_and_reported(
    start_grafana: StartGrafana, place: Postgres, tree: Path, build: Build
) -> None:
    build(config=WITH_ALL)
    older_version(tree)
    grafana = start_grafana(tree, database=place)
    with GrafanaClient(grafana) as client:
        assert {"Oddswatch old", "Oddswatch quiet hours"} <= names(client, "mute-timings")
        assert client.get("/api/v1/provisioning/policies")["receiver"] == "Oddswatch warning"
        persons_rule(client)

        said = build(grafana, "alerts: {watch: {enabled: false}}\n")
        assert "rule 'Theirs' uses it" in said
        uids = names(client, "alert-rules", "uid")
        assert uids & {"oddswatch-old", "oddswatch-watch"} == set()
        assert {"theirs", "oddswatch-high-spread"} <= uids
        points = names(client, "contact-points")
        assert "Oddswatch old" not in points
        assert {"Oddswatch used", "Oddswatch high"} <= points
        assert names(client, "mute-timings") == {"Oddswatch used"}
        assert names(client, "templates") == {"Oddswatch mail"}
        assert client.get("/api/v1/provisioning/policies")["receiver"] == "grafana-default-email"

    # The tree says it to a Grafana that reads it later, holds nothing dangerous, and is not changed by another build.
    texts = {path.name: path.read_text(encoding="utf-8") for path in (tree / "alerting").iterdir()}
    assert "oddswatch-old" in texts["oddswatch-deletions.yml"]
    assert not any(word in text for text in texts.values() for word in ("deleteContactPoints", "deleteMuteTimes"))
    assert "Nothing to change" in build(grafana, "alerts: {watch: {enabled: false}}\n")
    grafana.restart()
    grafana.stop()


def test_a_rule_that_only_grafana_still_has_is_deleted(
    start_grafana: StartGrafana, place: Postgres, tree: Path, build: Build
) -> None:
    build()
    older_version(tree)
    grafana = start_grafana(tree, database=place)
    # Somebody cleaned the folder up; Grafana keeps what disappears from its files.
    (tree / "alerting" / "oddswatch-older.yml").unlink()
    build(grafana)
    with GrafanaClient(grafana) as client:
        assert "oddswatch-old" not in names(client, "alert-rules", "uid")
    grafana.stop()


@pytest.mark.parametrize("reloads", [True, False], ids=["reload", "restart"])
def test_a_rule_that_gets_another_uid_is_there_once(
    start_grafana: StartGrafana, place: Postgres, tree: Path, build: Build, *, reloads: bool
) -> None:
    """Under its title, which Grafana grants once in a folder."""
    build()
    (tree / "alerting/oddswatch-deletions.yml").unlink()
    file = tree / "alerting/oddswatch-rules.yml"
    file.write_text(file.read_text(encoding="utf-8").replace(f"uid: {NOW}\n", f"uid: {ONCE}\n"), encoding="utf-8")
    grafana = start_grafana(tree, database=place)
    with GrafanaClient(grafana) as client:
        assert {ONCE, NOW} & names(client, "alert-rules", "uid") == {ONCE}
        build(grafana if reloads else None)
        if not reloads:
            grafana.restart()
        assert {ONCE, NOW} & names(client, "alert-rules", "uid") == {NOW}
    grafana.stop()


@pytest.mark.timeout(300)
def test_no_mail_goes_to_the_built_in_address_of_a_grafana_that_did_not_know_us(
    start_grafana: StartGrafana, place: Postgres, tree: Path, build: Build, mailbox: Mailbox
) -> None:
    """Its alert manager looks once a minute, as it does by default; an alert is true from the beginning."""
    place.execute(FIRING)
    poll = {"GF_UNIFIED_ALERTING_ALERTMANAGER_CONFIG_POLL_INTERVAL": "60s"}
    grafana = start_grafana(tree, database=place, environment=poll)
    build(grafana)
    mailbox.wait_for(lambda mail: mail.subject.startswith("Spread 100 %") and grafana.url in mail.text, timeout=90)
    ours = [mail for mail in mailbox.mails() if grafana.url in mail.text]
    assert {address for mail in ours for address in mail.to} == {"alerts@example.org"}
    grafana.stop()
