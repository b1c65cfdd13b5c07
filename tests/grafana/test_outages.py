"""The database away while alerts fire; the mail server away."""

import os
import time
from collections.abc import Iterator

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.settings.site import Settings
from oddswatch.tree import files
from oddswatch.tree.compose import compose
from tests.conftest import StartGrafana
from tests.data.rows import prices
from tests.servers.client import GrafanaClient
from tests.servers.grafana import Grafana
from tests.servers.mailbox import Mail, Mailbox
from tests.servers.postgres import Postgres

#: Seconds that the database and the mail server are away; more for a thorough run.
AWAY = int(os.environ.get("OUTAGE_SECONDS", "60"))
OFFERS = {"a": (3.4, 3.1, 2.0), "b": (2.1, 3.1, 2.0), "c": (2.1, 3.1, 2.0)}


@pytest.fixture
def place(postgres: Postgres) -> Iterator[Postgres]:
    """A database with the tables, empty."""
    with postgres.tables() as place:
        yield place


@pytest.fixture
def grafana(
    start_grafana: StartGrafana, place: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grafana]:
    """A Grafana with the default settings, quiet."""
    tree = tmp_path_factory.mktemp("tree")
    files.write(compose(Catalogue(Settings())), tree)
    grafana = start_grafana(tree, database=place)
    yield grafana
    grafana.stop()


def mails_of(grafana: Grafana, mailbox: Mailbox, *words: str) -> list[Mail]:
    """This Grafana's mails with one of these words in the subject."""
    return [
        mail
        for mail in mailbox.mails()
        if grafana.url in mail.text and any(word in mail.subject for word in words or ("",))
    ]


@pytest.mark.timeout(240 + 3 * AWAY)
def test_while_the_database_is_away_one_mail_says_so_and_no_alert_ends_or_comes_again(
    grafana: Grafana, client: GrafanaClient, place: Postgres, mailbox: Mailbox
) -> None:
    place.execute(prices("s1", "soccer_epl", "Lyon – Nice", OFFERS, kick_off="20 hours"))
    mailbox.wait_for(lambda mail: "Lyon – Nice" in mail.subject and grafana.url in mail.text)
    place.stop()
    try:
        mail = mailbox.wait_for(lambda mail: "cannot be read" in mail.subject and grafana.url in mail.text)
        assert "\nError: " in mail.text.replace("\r\n", "\n")
        assert "db query error" not in mail.text + mail.html
        time.sleep(AWAY)
    finally:
        place.start()
    mailbox.wait_for(lambda mail: mail.subject.startswith("Over: The odds database") and grafana.url in mail.text, 120)
    # Two evaluations, and the interval of the group.
    time.sleep(80)
    assert [mail.subject for mail in mails_of(grafana, mailbox, "Lyon", "database")] == [
        mails_of(grafana, mailbox, "Lyon")[0].subject,
        "The odds database cannot be read",
        "Over: The odds database cannot be read",
    ]
    assert client.rules()["High spread"]["state"] == "firing"


@pytest.mark.timeout(240 + 3 * AWAY)
def test_a_mail_arrives_after_the_mail_server_was_away(grafana: Grafana, place: Postgres, mailbox: Mailbox) -> None:
    mailbox.stop()
    try:
        place.execute(prices("s1", "soccer_epl", "Lyon – Nice", OFFERS, kick_off="20 hours"))
        time.sleep(AWAY)
        assert mails_of(grafana, mailbox) == []
    finally:
        mailbox.start()
    mailbox.wait_for(lambda mail: "Lyon – Nice" in mail.subject and grafana.url in mail.text, 150)
