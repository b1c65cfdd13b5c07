"""`generate.py preview`: the alerts that would fire now on this database, with subject and text, without Grafana.

Subject and text are composed by the rules' own SQL, so they are the same in Grafana by construction; what is added
here is the comparison with the threshold.
"""

import operator
from dataclasses import dataclass
from typing import Any

import psycopg2

from alerting.rules import Rule, facts_sql, identity, rules
from oddswatch import connection
from oddswatch.catalogue import Catalogue
from oddswatch.errors import ExitCode, UserError
from oddswatch.execute import run
from oddswatch.remedies import remedy

_COMPARE = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le, "eq": operator.eq}


@dataclass(frozen=True)
class Alert:
    """One alert that would fire: its rule, what identifies it, its texts and its value."""

    rule: Rule
    labels: dict[str, str]
    subject: str
    body: str
    value: float


def preview(catalogue: Catalogue) -> list[Alert]:
    """Evaluate every rule that is switched on; raises `UserError` when the database cannot be asked."""
    session = connection.connect()
    try:
        return [
            alert
            for rule in rules(catalogue.settings)
            if rule.settings.enabled
            for alert in _evaluate(session, rule, catalogue)
        ]
    finally:
        session.close()


def _evaluate(session: Any, rule: Rule, catalogue: Catalogue) -> list[Alert]:
    try:
        result = run(session, facts_sql(rule, catalogue))
    except psycopg2.Error as error:
        reason = remedy(error, catalogue.settings, session)
        raise UserError(f"rule {rule.title!r} cannot be evaluated: {reason}", ExitCode.FOUND) from None
    kind, limit = rule.threshold.fires
    names = identity(rule, catalogue)
    alerts = []
    for values in result.rows:
        row = dict(zip(result.columns, values, strict=True))
        if row["value"] is not None and _COMPARE[kind](row["value"], limit):
            labels = {name: str(row[name]) for name in names}
            alerts.append(Alert(rule, labels, row["subject"], row["body"], float(row["value"])))
    return sorted(alerts, key=lambda alert: -alert.value)
