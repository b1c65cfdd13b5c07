"""Two Grafanas as Grafana's own high availability has it: one of them dies, and each alert still arrives, once."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import pytest

from oddswatch.demo.schema import create_schema
from oddswatch.servers.grafana import GrafanaServer
from oddswatch.servers.ports import free_port
from tests.conftest import StartGrafana
from tests.servers.client import GrafanaClient
from tests.servers.command import generate
from tests.servers.grafana import Grafana
from tests.servers.mailbox import Mail, Mailbox
from tests.servers.postgres import Postgres
from tests.servers.waiting import wait_for

#: A Grafana waits for each peer before it in the line, in case that one mails first.
PEER_SECONDS = 15


@pytest.fixture
def odds(database: Postgres) -> Postgres:
    """The tables, empty: nothing to report."""
    with closing(database.connect(autocommit=False)) as session:
        create_schema(session)
    return database


@pytest.fixture
def pair(
    start_grafana: StartGrafana, postgres: Postgres, odds: Postgres, tmp_path: Path
) -> Iterator[tuple[Grafana, Grafana]]:
    """Two Grafanas with one database for their own state, in one gossip."""
    config = tmp_path / "config.yml"
    config.write_text("alerts: {high_spread: {severity: high}}\nmail: {group_wait_urgent: 1s, group_interval: 5s}\n")
    tree = tmp_path / "provisioning"
    assert generate("build", "--config", config, "--output", tree).returncode == 0
    state = postgres.create_database()
    gossip = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    grafanas: list[Grafana] = []
    for number, address in enumerate(gossip):
        data = tmp_path / f"grafana{number}"
        data.mkdir()
        if grafanas:  # the admin is in the shared database
            (data / "admin-password").write_text(grafanas[0].password)
        environment = {
            "GF_DATABASE_TYPE": "postgres",
            "GF_DATABASE_HOST": f"{state.for_grafana['PGHOST']}:{state.for_grafana['PGPORT']}",
            "GF_DATABASE_NAME": state.name,
            "GF_DATABASE_USER": state.for_grafana["PGUSER"],
            "GF_DATABASE_PASSWORD": state.for_grafana["PGPASSWORD"],
            "GF_UNIFIED_ALERTING_HA_LISTEN_ADDRESS": address,
            "GF_UNIFIED_ALERTING_HA_ADVERTISE_ADDRESS": address,
            "GF_UNIFIED_ALERTING_HA_PEERS": ",".join(gossip),
            "GF_UNIFIED_ALERTING_HA_GOSSIP_INTERVAL": "200ms",
            "GF_UNIFIED_ALERTING_HA_PEER_TIMEOUT": f"{PEER_SECONDS}s",
        }
        grafana = start_grafana(tree, database=odds, environment=environment, data=data)
        if not isinstance(grafana, GrafanaServer):
            pytest.skip("the gossip of two containers needs a network of its own")
        grafanas.append(grafana)
    yield grafanas[0], grafanas[1]
    for grafana in grafanas:
        grafana.stop()
    state.drop()


def in_company(grafana: Grafana) -> bool:
    """Whether its alert manager knows another one."""
    metrics = httpx.get(f"{grafana.url}/metrics", trust_env=False).text
    return re.search(r"^\w*alertmanager_cluster_members 2$", metrics, re.MULTILINE) is not None


def offer(odds: Postgres, match: str) -> None:
    """A match with a spread of 60 % on home."""
    odds.execute(
        "INSERT INTO odds_history"
        " (match_id, sport, home_team, away_team, commence_time, bookmaker, home_odds, collected_at)"
        " SELECT %(match)s, 'soccer_epl', %(match)s, 'York', now() AT TIME ZONE 'utc' + interval '1 day', bookmaker,"
        " price, now() AT TIME ZONE 'utc' FROM (VALUES ('b1', 2.0), ('b2', 3.2)) AS offers (bookmaker, price)",
        {"match": match},
    )


def about(mailbox: Mailbox, match: str) -> list[Mail]:
    """The mails about a match's spread, those that it is over left out."""
    return [mail for mail in mailbox.mails() if match in mail.subject and mail.subject.startswith("Spread 60 %")]


@pytest.mark.timeout(400)
def test_each_alert_arrives_once_also_when_one_of_two_is_killed(
    pair: tuple[Grafana, Grafana], odds: Postgres, mailbox: Mailbox
) -> None:
    first, second = pair
    for grafana in pair:
        wait_for(partial(in_company, grafana), 60, lambda: "both in one gossip")

    offer(odds, "Leeds")
    wait_for(lambda: about(mailbox, "Leeds"), 90, lambda: f"a mail; there are {[m.subject for m in mailbox.mails()]}")
    time.sleep(PEER_SECONDS + 10)  # in which the other would have mailed
    assert len(about(mailbox, "Leeds")) == 1

    first.stop(kill=True)
    offer(odds, "Hull")
    wait_for(lambda: about(mailbox, "Hull"), 120, lambda: f"a mail; there are {[m.subject for m in mailbox.mails()]}")
    with GrafanaClient(second) as client:
        wait_for(lambda: firing(client) == {"Leeds", "Hull"}, 30, lambda: f"both firing; it is {firing(client)}")
    time.sleep(PEER_SECONDS + 10)
    assert len(about(mailbox, "Hull")) == 1
    assert len([mail for mail in about(mailbox, "Leeds") if "Hull" not in mail.subject]) == 1


def firing(client: GrafanaClient) -> set[str]:
    """The matches with a firing alert about their spread."""
    alerts = client.rules()["High spread"]["alerts"]
    return {alert["labels"]["match_id"] for alert in alerts if alert["state"] == "Alerting"}
