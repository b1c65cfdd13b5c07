"""`generate.py preview`: the mails that would be sent now about this database, with subject and text, without Grafana.

What an alert says is composed by the rule's own SQL, so it is the same in Grafana by construction. Said twice, here
and in Grafana, are only the comparison with the threshold, and how alerts are put together to a mail
(`alerting/templates/mail.tmpl`); a test holds the two against each other.
"""

import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

import psycopg2

from alerting import links
from alerting.queries import condition_sql, facts_sql
from alerting.rules import Rule, rules
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.checks.remedies import remedy
from oddswatch.database import connection
from oddswatch.database.execute import run
from oddswatch.database.refusals import complaint
from oddswatch.settings.site import Settings
from oddswatch.tree.query_comments import commented

_COMPARE = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
#: How many alerts a mail shows.
SHOWN = 20


@dataclass(frozen=True)
class Alert:
    """One alert that would fire: its rule, what identifies it, its texts, and its rank in a mail."""

    rule: Rule
    labels: dict[str, str]
    subject: str
    body: str
    rank: str

    @property
    def order(self) -> tuple[str, ...]:
        """Sorts the alerts of a mail: by rank, then by identity, as Grafana does."""
        return (self.rank, *(self.labels[name] for name in sorted(self.labels)))


@dataclass(frozen=True)
class Mail:
    """What one mail would say; the alerts are of one rule and league, the most important first.

    Attributes:
        grafana: the address of the Grafana that its links lead to, with a slash at the end.
        settings: those of the site.
    """

    alerts: Sequence[Alert]
    grafana: str
    settings: Settings

    @property
    def rule(self) -> Rule:
        """The rule that all alerts of the mail are of."""
        return self.alerts[0].rule

    @property
    def subject(self) -> str:
        """The subject, in one line."""
        title = re.sub(r"\s+", " ", self.alerts[0].subject)
        return title + (f", and {len(self.alerts) - 1} more" if len(self.alerts) > 1 else "")

    @property
    def text(self) -> str:
        """The whole text, links included."""
        more = len(self.alerts) - SHOWN
        return "".join(map(self._alert, self.alerts[:SHOWN])) + (f"And {more} more.\n\n" if more > 0 else "")

    def _alert(self, alert: Alert) -> str:
        record = links.record(alert.rule, self.grafana)
        return (
            f"{alert.subject}\n\n{alert.body}\n\nDashboard: {self._page(alert)}\n"
            + (f"Such alerts so far: {record}\n" if record else "")
            + f"Silence: {self._silence(alert)}\n"
            f"What to do: {links.runbook(alert.rule, self.grafana, self.settings)}\n\n"
        )

    def _page(self, alert: Alert) -> str:
        return links.page(alert.rule, self.grafana, lambda column: quote_plus(alert.labels[column]))

    def _silence(self, alert: Alert) -> str:
        """The address that Grafana makes: every label is a matcher, the rule's uid stands for its name and folder."""
        labels = {**alert.labels, **alert.rule.labels}
        matchers = [f"__alert_rule_uid__={alert.rule.uid}", *(f"{name}={labels[name]}" for name in sorted(labels))]
        query = [("alertmanager", "grafana"), *(("matcher", matcher) for matcher in matchers), ("orgId", "1")]
        return f"{self.grafana}alerting/silence/new?{urlencode(query)}"


@dataclass(frozen=True)
class Preview:
    """The alerts that would fire now, and what is wrong with rules whose queries fail: one line each, with a remedy."""

    alerts: list[Alert]
    failures: list[str]

    def mails(self, settings: Settings, grafana: str) -> list[Mail]:
        """The mails that these alerts make; `grafana` is the address that their links lead to."""
        groups: dict[tuple[str, str], list[Alert]] = {}
        for alert in self.alerts:
            groups.setdefault((alert.rule.name, alert.labels.get("league", "")), []).append(alert)
        address = f"{grafana.rstrip('/')}/"
        return [Mail(sorted(group, key=lambda alert: alert.order), address, settings) for group in groups.values()]


def preview(catalogue: Catalogue) -> Preview:
    """Evaluate every rule that is switched on; what must last for some time before it fires counts at once.

    A rule whose query fails keeps its state in Grafana, and has no alerts here. Raises `UserError` when the database
    cannot be reached.
    """
    found = Preview([], [])
    session = connection.connect()
    try:
        for rule in rules(catalogue):
            if rule.settings.enabled:
                _evaluate(session, rule, catalogue, found)
    finally:
        session.close()
    return found


def _evaluate(session: Any, rule: Rule, catalogue: Catalogue, found: Preview) -> None:
    sql = condition_sql(rule, catalogue) if rule.on_error else facts_sql(rule, catalogue)
    try:
        result = run(session, commented(f"preview of the rule {rule.title}", sql))
    except psycopg2.Error as error:
        reason = remedy(error, catalogue.settings, session)
        found.failures.append(f"rule {rule.title!r} cannot be evaluated: {reason}")
        if rule.on_error:
            said = complaint(error)
            found.alerts.append(Alert(rule, {}, rule.on_error.subject, f"{rule.on_error.body}\nError: {said}", ""))
        return
    if rule.on_error:
        return
    kind, limit = rule.threshold.fires
    for values in result.rows:
        row = dict(zip(result.columns, values, strict=True))
        if row["value"] is not None and _COMPARE[kind](row["value"], limit):
            labels = {name: str(row[name]) for name in rule.identity}
            found.alerts.append(Alert(rule, labels, row["subject"], row["body"], row["rank"]))
