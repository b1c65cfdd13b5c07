"""The alert rules: what is watched, when it fires, and where it leads.

Every rule is a file in `metrics/alerts/`: below its header stands the query with its instances, its value and its
texts, and the header says beside what all files of the catalogue say:

    -- Group: collector                         how often it is evaluated, see `alerting.groups.INTERVALS`
    -- Fires: value >= alerts.x.threshold, until value < alerts.x.clear
                                                when it begins and, if that is another limit, when it is over; a limit
                                                is a whole number, or the place of one in the settings
    -- Panel: health / status                   the page and the panel (its key) that show its state
    -- Record: proof                          the page that says what such alerts were worth so far, where there is one
    -- Empty: KeepLast                          what an answer without rows means, if not that all is well
    -- Errors: Subject of the mail. Its text.   only where a query that fails is what the rule waits for

What a site may set is a class in `oddswatch.settings.alerts`; what to do about an alert stands in docs/runbook.md.
"""

import re
from dataclasses import dataclass

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.catalogue.header import Metric
from oddswatch.errors import UserError
from oddswatch.names import LABEL, anchor, rule_uid
from oddswatch.settings.alerts import AlertSettings
from oddswatch.settings.site import Settings

#: Columns of an alert's file that are not its identity.
_NOT_IDENTITY = ("subject", "body", "value")
_NEEDED = ("Group", "Fires", "Panel")
_CONDITION = r"value (>=|>|<=|<) (\S+?)"
_FIRES = re.compile(rf"{_CONDITION}(?:, until {_CONDITION})?")
_EVALUATORS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


@dataclass(frozen=True)
class Threshold:
    """Fires at `fires` (`gte`, `gt`, `lt` …), and is over only when `clears` holds."""

    fires: tuple[str, float]
    clears: tuple[str, float] | None = None


@dataclass(frozen=True)
class Text:
    """Subject and body of a mail that no query can say."""

    subject: str
    body: str


@dataclass(frozen=True)
class Rule:
    """One alert rule.

    Attributes:
        name: its file in `metrics/alerts/`, its key in the configuration, and what its uid is made of.
        group: a key of `alerting.groups.INTERVALS`.
        identity: names of the columns that tell one instance from another.
        dashboard: name of the dashboard whose panel shows the alert's state.
        panel: key of that panel.
        record: name of the dashboard that says what past alerts were worth, or nothing.
        no_data: Grafana's `noDataState`; the rule's section in docs/runbook.md says why.
        on_error: what the mail says when the query fails, for the one rule that fires then.
    """

    name: str
    title: str
    group: str
    settings: AlertSettings
    identity: tuple[str, ...]
    threshold: Threshold
    dashboard: str
    panel: str
    record: str
    no_data: str
    on_error: Text | None

    @property
    def uid(self) -> str:
        """The rule's uid in Grafana."""
        return rule_uid(self.name)

    @property
    def labels(self) -> dict[str, str]:
        """What all its alerts carry beside the columns of their identity."""
        return {**LABEL, "severity": self.settings.severity}

    @property
    def anchor(self) -> str:
        """The rule's section in docs/runbook.md."""
        return anchor(self.name)


def rules(catalogue: Catalogue) -> list[Rule]:
    """All rules of this site, those switched off included; raises `UserError` for a header that declares none."""
    found = [_rule(metric, catalogue.settings) for metric in catalogue if metric.is_alert]
    if missing := set(_keys(catalogue.settings)) - {rule.name for rule in found}:
        raise UserError(
            f"alerts.{min(missing)} has no file metrics/alerts/{min(missing)}.sql; add it, or remove the key"
        )
    return found


def _rule(metric: Metric, settings: Settings) -> Rule:
    fields = metric.rule
    for name in _NEEDED:
        if name not in fields:
            raise UserError(f"{metric.path}: the header has no '-- {name}:'; add it, see alerting/rules.py")
    if metric.name not in _keys(settings):
        raise UserError(
            f"{metric.path}: has no key in the configuration; add a class and a field {metric.name!r} to "
            "oddswatch/settings/alerts.py"
        )
    dashboard, _, panel = fields["Panel"].partition(" / ")
    subject, _, body = fields.get("Errors", "").partition(". ")
    return Rule(
        name=metric.name,
        title=metric.title,
        group=fields["Group"],
        settings=getattr(settings.alerts, _keys(settings)[metric.name]),
        identity=tuple(column.name for column in metric.columns if column.name not in _NOT_IDENTITY),
        threshold=_threshold(metric, settings),
        dashboard=dashboard,
        panel=panel,
        record=fields.get("Record", ""),
        no_data=fields.get("Empty", "OK"),
        on_error=Text(subject, body) if subject else None,
    )


def _keys(settings: Settings) -> dict[str, str]:
    """The keys of the rules in the configuration, and the fields that hold them."""
    return {field.alias or name: name for name, field in type(settings.alerts).model_fields.items()}


def _threshold(metric: Metric, settings: Settings) -> Threshold:
    found = _FIRES.fullmatch(metric.rule["Fires"])
    if not found:
        raise UserError(
            f"{metric.path}: 'Fires: {metric.rule['Fires']}' is not of the form 'value >= limit' or "
            "'value >= limit, until value < limit'"
        )
    above, limit, below, clear = found.groups()
    fires = (_EVALUATORS[above], _limit(limit, metric, settings))
    return Threshold(fires, (_EVALUATORS[below], _limit(clear, metric, settings)) if below else None)


def _limit(text: str, metric: Metric, settings: Settings) -> float:
    """A whole number, or the number at that place of the settings."""
    if text.isdigit():
        return int(text)
    value: object = settings
    for key in text.split("."):
        # `yield` is a key of the configuration, and no name in Python.
        value = getattr(value, _keys(settings).get(key, key), None)
    if not isinstance(value, int | float):
        raise UserError(f"{metric.path}: 'Fires:' names {text!r}, which is no number of the settings")
    return value
