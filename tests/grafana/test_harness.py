"""The harness itself, on a tree of no meaning: what the other tests conclude from its answers must be so."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from oddswatch.errors import UserError
from tests.conftest import StartGrafana
from tests.data import sample_tree
from tests.servers.client import GrafanaClient
from tests.servers.grafana import Grafana
from tests.servers.mailbox import Mailbox
from tests.servers.postgres import Postgres
from tests.servers.waiting import wait_for

ROWS = "SELECT name, number FROM things ORDER BY name"


@pytest.fixture(scope="module")
def things(postgres: Postgres) -> Iterator[Postgres]:
    """A database with a table that the rule looks at; quiet."""
    things = postgres.create_database()
    things.execute("CREATE TABLE things (name text, number int, seen timestamptz DEFAULT now() - interval '1 minute')")
    things.execute("INSERT INTO things VALUES ('one', 0), ('two', 0)")
    yield things
    things.drop()


@pytest.fixture(scope="module")
def grafana(start_grafana: StartGrafana, things: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Grafana:
    tree = sample_tree.write_tree(tmp_path_factory.mktemp("tree"), sample_tree.rule(ROWS), {"Things": ROWS})
    return start_grafana(tree, database=things)


def test_what_was_provisioned_is_there_as_soon_as_grafana_has_started(client: GrafanaClient) -> None:
    assert client.get("/api/health")["database"] == "ok"
    assert client.dashboards() == {"sample": "Sample"}
    assert list(client.rules()) == [sample_tree.RULE]


def test_nobody_gets_in_without_the_password(grafana: Grafana) -> None:
    for credentials in (None, ("admin", "admin")):
        assert httpx.get(f"{grafana.url}/api/search", auth=credentials, trust_env=False).status_code == 401


def test_a_query_gives_rows_and_its_sql_and_a_failed_one_its_error(client: GrafanaClient) -> None:
    good = sample_tree.target("SELECT name, number FROM things WHERE $__timeFilter(seen) ORDER BY name")
    bad = sample_tree.target("SELECT nonsense") | {"refId": "B"}
    answers = client.query([good, bad])
    assert answers["A"].rows() == [{"name": "one", "number": 0}, {"name": "two", "number": 0}]
    assert "WHERE seen BETWEEN '" in answers["A"].sql
    assert answers["A"].error is None
    assert 'column "nonsense" does not exist' in str(answers["B"].error)


def test_a_rule_is_evaluated_at_once(client: GrafanaClient) -> None:
    answers = client.evaluate(sample_tree.rule("SELECT 'here' AS place, 7 AS number"))
    (row,) = answers["A"].rows()
    assert row["labels"] == {"place": "here"}
    (verdict,) = answers["B"].rows()
    assert verdict["labels"] == {"place": "here"}


def test_rule_fires_mails_and_resolves_also_over_a_mail_outage_and_a_restart(
    client: GrafanaClient, grafana: Grafana, things: Postgres, mailbox: Mailbox
) -> None:
    client.wait_for_rule(sample_tree.RULE, "inactive")
    mailbox.stop()
    things.execute("UPDATE things SET number = 1 WHERE name = 'two'")
    rule = client.wait_for_rule(sample_tree.RULE, "firing")
    assert [alert["labels"]["name"] for alert in rule["alerts"] if alert["state"] == "Alerting"] == ["two"]
    wait_for(lambda: client.failed_notifications() > 0, 60, lambda: "a mail that cannot be sent")
    assert mailbox.mails() == []

    mailbox.start()
    mail = mailbox.wait_for(lambda mail: mail.subject == sample_tree.SUBJECT)
    assert mail.to == [sample_tree.ADDRESS]
    assert sample_tree.RULE in mail.html
    assert [alert["labels"]["name"] for alert in client.alerts()] == ["two"]

    grafana.restart()
    client.wait_for_rule(sample_tree.RULE, "firing")
    client.wait_for_evaluations(1)
    assert len(mailbox.mails()) == 1, "it mailed again after the restart"
    things.execute("UPDATE things SET number = 0")
    client.wait_for_rule(sample_tree.RULE, "inactive")


def test_a_bad_alerting_file_is_named_in_the_error(start_grafana: StartGrafana, tmp_path: Path) -> None:
    bad = sample_tree.rule(ROWS)
    del bad["title"]
    with pytest.raises((UserError, AssertionError), match="rule has no title set"):
        start_grafana(sample_tree.write_tree(tmp_path / "tree", bad, {}))
