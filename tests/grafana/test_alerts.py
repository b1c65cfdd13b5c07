"""Every rule on a real Grafana, PostgreSQL and mail server: all quiet, rows that make it fire, other facts, over again.

All cases happen at once in one Grafana; the tests read what it did.
"""

import os
import re
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
from oddswatch.names import panel_id
from oddswatch.settings.site import Settings
from oddswatch.tree import files
from oddswatch.tree.compose import compose
from tests.conftest import StartGrafana
from tests.data.alert_cases import ALERT_CASES, QUIET, SETTINGS, AlertCase
from tests.servers.client import GrafanaClient
from tests.servers.mailbox import Mail, Mailbox
from tests.servers.postgres import Postgres
from tests.servers.waiting import wait_for

SITE = Settings.model_validate(SETTINGS)
BY_TITLE = {case.rule: case for case in ALERT_CASES}


@dataclass(frozen=True)
class Observed:
    """What one case led to.

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
class Run:
    """All cases, and what was there before them."""

    url: str
    quiet: list[Mail]
    states: dict[str, str]
    observed: dict[str, Observed]


@pytest.fixture(scope="module")
def alert_run(
    start_grafana: StartGrafana, postgres: Postgres, _mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """Let all cases happen: those of the data together, then the watch's."""
    database = postgres.create_database()
    connection = database.connect(autocommit=False)
    create_schema(connection)
    connection.close()
    database.execute(QUIET)
    catalogue = Catalogue(SITE)
    tree = tmp_path_factory.mktemp("tree")
    # Every ten seconds, so that the cases take two minutes instead of ten.
    with mock.patch.dict(groups.INTERVALS, dict.fromkeys(groups.INTERVALS, "10s")):
        files.write(compose(catalogue), tree)
    _mailbox.clear()
    grafana = start_grafana(tree, database=database)
    with GrafanaClient(grafana) as client:
        wait_for(lambda: _all_evaluated(client), 60, lambda: f"the first evaluations; {client.rules()}")
        client.wait_for_evaluations(1)
        quiet = [mail for mail in _mailbox.mails() if grafana.url in mail.text]
        states = {title: rule["state"] for title, rule in client.rules().items()}
        runner = CaseRunner(database, client, _mailbox, catalogue, grafana.url)
        observed = runner.run([case for case in ALERT_CASES if case.rule != "Watch"])
        observed |= runner.run([BY_TITLE["Watch"]])
    grafana.stop()
    database.drop()
    return Run(grafana.url, quiet, states, observed)


@dataclass(frozen=True)
class CaseRunner:
    """Runs cases on these servers, and records what came of it."""

    database: Postgres
    client: GrafanaClient
    mailbox: Mailbox
    catalogue: Catalogue
    url: str

    def run(self, cases: list[AlertCase]) -> dict[str, Observed]:
        self.mailbox.clear()
        self.database.execute("".join(case.fire for case in cases))
        expected = {case.rule: self._expected(case) for case in cases}
        self._wait_for_mails(cases, "")
        with mock.patch.dict(os.environ, self.database.environment):
            foreseen = preview(self.catalogue).mails(SITE, self.url)
        before = {case.rule: self._alerts_of(case) for case in cases}

        self.database.execute("".join(case.change for case in cases))
        for case in cases:
            self._wait_for_change(case)
        # A second mail would come by now: seen at the first evaluation, and sent before the next, within 5 s.
        self.client.wait_for_evaluations(2)
        fired = {case.rule: self._mails_of(case) for case in cases}
        after = {case.rule: self._alerts_of(case) for case in cases}

        self.mailbox.clear()
        self.database.execute("".join(case.back for case in cases))
        self._wait_for_mails(cases, "Over: ")
        return {
            case.rule: Observed(
                *expected[case.rule],
                fired[case.rule],
                self._mails_of(case),
                (before[case.rule], after[case.rule]),
                [mail for mail in foreseen if mail.rule.title == case.rule and case.league in mail.subject],
            )
            for case in cases
        }

    def _wait_for_mails(self, cases: list[AlertCase], beginning: str) -> None:
        def missing() -> list[str]:
            return [
                case.rule
                for case in cases
                if not any(mail.subject.startswith(beginning) for mail in self._mails_of(case))
            ]

        wait_for(
            lambda: not missing(),
            120,
            lambda: f"mails {beginning}of {missing()}; there are {[mail.subject for mail in self.mailbox.mails()]}",
        )

    def _wait_for_change(self, case: AlertCase) -> None:
        wait_for(
            lambda: case.changed in str(self._alerts_of(case)),
            60,
            lambda: f"{case.changed!r} in {self._alerts_of(case)}",
        )

    def _mails_of(self, case: AlertCase) -> list[Mail]:
        """This Grafana's mails about a rule: our HTML names it, the text says what it found and has the address."""
        return [
            mail
            for mail in self.mailbox.mails()
            if f"· {case.rule}</div>" in mail.html and case.league in mail.subject and self.url in mail.text
        ]

    def _alerts_of(self, case: AlertCase) -> list[dict[str, Any]]:
        return [
            alert
            for alert in self.client.alerts()
            if alert["labels"]["alertname"] == case.rule and case.league in alert["annotations"]["summary"]
        ]

    def _expected(self, case: AlertCase) -> tuple[str, list[str]]:
        moments = {
            name: self.database.execute(sql)[0][0].replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Paris"))
            for name, sql in case.moments.items()
        }
        return case.subject.format(**moments), [fact.format(**moments) for fact in case.facts]


def _all_evaluated(client: GrafanaClient) -> bool:
    found = client.rules()
    return set(found) == set(BY_TITLE) and all(rule["lastEvaluation"] > "0002" for rule in found.values())


every_rule = pytest.mark.parametrize("rule", list(BY_TITLE))


def test_every_rule_has_its_case() -> None:
    assert {rule.title for rule in rules.rules(Catalogue(SITE))} == set(BY_TITLE)


def test_nothing_fires_and_no_mail_is_sent_while_all_is_well(alert_run: Run) -> None:
    assert alert_run.states == dict.fromkeys(BY_TITLE, "inactive")
    assert [mail.subject for mail in alert_run.quiet] == []


@every_rule
def test_fires_with_one_mail_that_says_it_all(alert_run: Run, rule: str) -> None:
    case, observed = BY_TITLE[rule], alert_run.observed[rule]
    first = observed.fired[0]
    assert first.subject == observed.subject
    lines = _lines(first)
    assert [fact for fact in observed.facts if fact not in lines] == [], first.text
    assert f"Dashboard: {alert_run.url}/{case.page}" in lines
    told = [line for line in lines if line.startswith("Such alerts so far: ")]
    assert told == ([f"Such alerts so far: {alert_run.url}/{case.record}"] if case.record else [])
    section = panel_id("oddswatch-runbook", "-".join(_name(rule).split("_")))
    assert f"What to do: {alert_run.url}/d/oddswatch-runbook?viewPanel={section}" in lines
    (silence,) = [line for line in lines if line.startswith("Silence: ")]
    assert silence.startswith(f"Silence: {alert_run.url}/alerting/silence/new?")
    assert first.to == [f"{case.severity}@example.org"]
    assert not re.search(r"\b[A-Z]\d?=[0-9-]", first.text), "raw values"


@every_rule
def test_other_facts_are_the_same_alert_and_no_second_mail(alert_run: Run, rule: str) -> None:
    observed = alert_run.observed[rule]
    assert [mail.subject for mail in observed.fired] == [observed.subject]
    (before,), (after,) = observed.alerts
    assert (before["fingerprint"], before["startsAt"]) == (after["fingerprint"], after["startsAt"])


@every_rule
def test_over_is_said_once_with_how_long_it_lasted(alert_run: Run, rule: str) -> None:
    observed = alert_run.observed[rule]
    (mail,) = observed.over
    assert mail.subject.startswith("Over: ")
    assert any(re.fullmatch(r"It lasted (less than a minute|\d+ min)\.", line) for line in _lines(mail)), mail.text
    assert "It lasted" in mail.html
    assert "Silence: " not in mail.text


@every_rule
def test_preview_had_the_same_mail(alert_run: Run, rule: str) -> None:
    observed = alert_run.observed[rule]
    (foreseen,) = observed.foreseen
    assert _timeless(foreseen.subject) == _timeless(observed.fired[0].subject)
    assert _timeless(foreseen.text.rstrip()) == _timeless("\n".join(_lines(observed.fired[0])))


def _lines(mail: Mail) -> list[str]:
    return mail.text.rstrip().splitlines()


def _timeless(text: str) -> str:
    """Without the durations that run on between two looks at them."""
    return re.sub(r"\b\d+ (d|h|min)\b", "… \\1", text)


def _name(title: str) -> str:
    return next(rule.name for rule in rules.rules(Catalogue(SITE)) if rule.title == title)
