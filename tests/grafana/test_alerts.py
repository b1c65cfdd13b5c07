"""Every rule on a real Grafana, PostgreSQL and mail server: all quiet, rows that make it fire, other facts, over again.

All stories happen at once in one Grafana; the tests read what it did.
"""

import os
import re
import time
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest

from alerting import groups, rules
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.checks.preview import Mail as Preview
from oddswatch.checks.preview import preview
from oddswatch.demo.schema import create_schema
from oddswatch.settings.site import Settings
from oddswatch.tree import files
from oddswatch.tree.compose import compose
from tests.conftest import StartGrafana
from tests.servers.client import GrafanaClient
from tests.servers.mailbox import Mail, Mailbox
from tests.servers.postgres import Postgres
from tests.servers.stories import QUIET, SETTINGS, STORIES, Story
from tests.servers.waiting import wait_for

SITE = Settings.model_validate(SETTINGS)
#: Seconds after which a mail would have come: two evaluations, the group's interval, and some for the machine.
SETTLED = 28
BY_TITLE = {story.rule: story for story in STORIES}


@dataclass(frozen=True)
class Told:
    """What one story led to.

    Attributes:
        subject: the mail's subject with its moments put in.
        facts: lines of the mail, likewise.
        fired: mails after the rows came, and after `change`, before `back`.
        over: mails after `back`.
        alerts: the alerts before and after `change`, as the alert manager has them.
        foreseen: what `preview` said while the first mail was sent.
    """

    subject: str
    facts: list[str]
    fired: list[Mail]
    over: list[Mail]
    alerts: tuple[list[dict[str, Any]], list[dict[str, Any]]]
    foreseen: list[Preview]


@dataclass(frozen=True)
class Tale:
    """All stories, and what was there before them."""

    url: str
    quiet: list[Mail]
    states: dict[str, str]
    told: dict[str, Told]


@pytest.fixture(scope="module")
def tale(
    start_grafana: StartGrafana, postgres: Postgres, _mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory
) -> Tale:
    """Let all stories happen: those of the data together, then the watch's."""
    database = postgres.create_database()
    connection = database.connect(autocommit=False)
    create_schema(connection)
    connection.close()
    database.execute(QUIET)
    catalogue = Catalogue(SITE)
    tree = tmp_path_factory.mktemp("tree")
    # Every ten seconds, so that the stories take two minutes instead of ten.
    with mock.patch.dict(groups.INTERVALS, dict.fromkeys(groups.INTERVALS, "10s")):
        files.write(compose(catalogue), tree)
    _mailbox.clear()
    grafana = start_grafana(tree, database=database)
    with GrafanaClient(grafana) as client:
        wait_for(lambda: _all_evaluated(client), 60, lambda: f"the first evaluations; {client.rules()}")
        time.sleep(5)
        quiet = [mail for mail in _mailbox.mails() if grafana.url in mail.text]
        states = {title: rule["state"] for title, rule in client.rules().items()}
        teller = Teller(database, client, _mailbox, catalogue, grafana.url)
        told = teller.tell([story for story in STORIES if story.rule != "Watch"])
        told |= teller.tell([BY_TITLE["Watch"]])
    grafana.stop()
    database.drop()
    return Tale(grafana.url, quiet, states, told)


@dataclass(frozen=True)
class Teller:
    """Lets stories happen on these servers, and takes down what came of it."""

    database: Postgres
    client: GrafanaClient
    mailbox: Mailbox
    catalogue: Catalogue
    url: str

    def tell(self, stories: list[Story]) -> dict[str, Told]:
        self.mailbox.clear()
        self.database.execute("".join(story.fire for story in stories))
        expected = {story.rule: self._expected(story) for story in stories}
        self._wait_for_mails(stories, "")
        with mock.patch.dict(os.environ, self.database.environment):
            foreseen = preview(self.catalogue).mails(SITE, self.url)
        before = {story.rule: self._alerts_of(story) for story in stories}

        self.database.execute("".join(story.change for story in stories))
        for story in stories:
            self._wait_for_change(story)
        time.sleep(SETTLED)
        fired = {story.rule: self._mails_of(story) for story in stories}
        after = {story.rule: self._alerts_of(story) for story in stories}

        self.mailbox.clear()
        self.database.execute("".join(story.back for story in stories))
        self._wait_for_mails(stories, "Over: ")
        return {
            story.rule: Told(
                *expected[story.rule],
                fired[story.rule],
                self._mails_of(story),
                (before[story.rule], after[story.rule]),
                [mail for mail in foreseen if mail.rule.title == story.rule and story.league in mail.subject],
            )
            for story in stories
        }

    def _wait_for_mails(self, stories: list[Story], beginning: str) -> None:
        def missing() -> list[str]:
            return [
                story.rule
                for story in stories
                if not any(mail.subject.startswith(beginning) for mail in self._mails_of(story))
            ]

        wait_for(
            lambda: not missing(),
            120,
            lambda: f"mails {beginning}of {missing()}; there are {[mail.subject for mail in self.mailbox.mails()]}",
        )

    def _wait_for_change(self, story: Story) -> None:
        wait_for(
            lambda: story.changed in str(self._alerts_of(story)),
            60,
            lambda: f"{story.changed!r} in {self._alerts_of(story)}",
        )

    def _mails_of(self, story: Story) -> list[Mail]:
        """This Grafana's mails about a rule: our HTML names it, the text says what it found and has the address."""
        return [
            mail
            for mail in self.mailbox.mails()
            if f"· {story.rule}</div>" in mail.html and story.league in mail.subject and self.url in mail.text
        ]

    def _alerts_of(self, story: Story) -> list[dict[str, Any]]:
        return [
            alert
            for alert in self.client.alerts()
            if alert["labels"]["alertname"] == story.rule and story.league in alert["annotations"]["summary"]
        ]

    def _expected(self, story: Story) -> tuple[str, list[str]]:
        moments = {
            name: self.database.execute(sql)[0][0].replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Paris"))
            for name, sql in story.moments.items()
        }
        return story.subject.format(**moments), [fact.format(**moments) for fact in story.facts]


def _all_evaluated(client: GrafanaClient) -> bool:
    found = client.rules()
    return set(found) == set(BY_TITLE) and all(rule["lastEvaluation"] > "0002" for rule in found.values())


every_rule = pytest.mark.parametrize("rule", list(BY_TITLE))


def test_every_rule_has_its_story() -> None:
    assert {rule.title for rule in rules.rules(SITE)} == set(BY_TITLE)


def test_nothing_fires_and_no_mail_is_sent_while_all_is_well(tale: Tale) -> None:
    assert tale.states == dict.fromkeys(BY_TITLE, "inactive")
    assert [mail.subject for mail in tale.quiet] == []


@every_rule
def test_fires_with_one_mail_that_says_it_all(tale: Tale, rule: str) -> None:
    story, told = BY_TITLE[rule], tale.told[rule]
    first = told.fired[0]
    assert first.subject == told.subject
    lines = _lines(first)
    assert [fact for fact in told.facts if fact not in lines] == [], first.text
    assert f"Dashboard: {tale.url}/{story.page}" in lines
    assert f"What to do: {SITE.links.runbook}#{'-'.join(_name(rule).split('_'))}" in lines
    (silence,) = [line for line in lines if line.startswith("Silence: ")]
    assert silence.startswith(f"Silence: {tale.url}/alerting/silence/new?")
    assert first.to == [f"{story.severity}@example.org"]
    assert not re.search(r"\b[A-Z]\d?=[0-9-]", first.text), "raw values"


@every_rule
def test_other_facts_are_the_same_alert_and_no_second_mail(tale: Tale, rule: str) -> None:
    told = tale.told[rule]
    assert [mail.subject for mail in told.fired] == [told.subject]
    (before,), (after,) = told.alerts
    assert (before["fingerprint"], before["startsAt"]) == (after["fingerprint"], after["startsAt"])


@every_rule
def test_over_is_said_once_with_how_long_it_lasted(tale: Tale, rule: str) -> None:
    told = tale.told[rule]
    (mail,) = told.over
    assert mail.subject.startswith("Over: ")
    assert any(re.fullmatch(r"It lasted (less than a minute|\d+ min)\.", line) for line in _lines(mail)), mail.text
    assert "It lasted" in mail.html
    assert "Silence: " not in mail.text


@every_rule
def test_preview_had_the_same_mail(tale: Tale, rule: str) -> None:
    told = tale.told[rule]
    (foreseen,) = told.foreseen
    assert _timeless(foreseen.subject) == _timeless(told.fired[0].subject)
    assert _timeless(foreseen.text.rstrip()) == _timeless("\n".join(_lines(told.fired[0])))


def _lines(mail: Mail) -> list[str]:
    return mail.text.rstrip().splitlines()


def _timeless(text: str) -> str:
    """Without the durations that run on between two looks at them."""
    return re.sub(r"\b\d+ (d|h|min)\b", "… \\1", text)


def _name(title: str) -> str:
    return next(rule.name for rule in rules.rules(SITE) if rule.title == title)
