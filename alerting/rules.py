"""The alert rules: what is watched, when it fires, and where it leads.

Every rule is a file in `metrics/alerts/` (its condition and its text) and an entry in `build` below; its thresholds are
configuration, its section in docs/runbook.md is mandatory.
"""

from dataclasses import dataclass
from typing import Any

from alerting.contact import notification_settings
from dashboards.style import DATASOURCE, FOLDER, dashboard_uid, panel_id
from oddswatch import UID_PREFIX
from oddswatch.catalogue import Catalogue
from oddswatch.settings import Rule as RuleSettings
from oddswatch.settings import Settings

Json = dict[str, Any]

#: Columns of an alert's query that change while the alert stays the same.
FACTS = ("subject", "body", "rank")
RUNBOOK = "https://github.com/oddswatch/oddswatch/blob/main/docs/runbook.md"


@dataclass(frozen=True)
class Threshold:
    """Fires at `fires` (`gte`, `gt`, `lt` …), and is over only when `clears` holds."""

    fires: tuple[str, float]
    clears: tuple[str, float] | None = None


@dataclass(frozen=True)
class Rule:
    """One alert rule; `name` is its uid without the prefix and its file in `metrics/alerts/`."""

    name: str
    title: str
    settings: RuleSettings
    threshold: Threshold
    dashboard: str
    panel: str
    no_data: str
    no_data_reason: str
    error: str
    error_reason: str
    group: str
    interval: str = "10s"
    link_variables: str = ""

    @property
    def uid(self) -> str:
        """The rule's uid in Grafana."""
        return f"{UID_PREFIX}{self.name.replace('_', '-')}"


def rules(settings: Settings) -> list[Rule]:
    """All rules of this site, those switched off included."""
    high_spread = settings.alerts.high_spread
    return [
        Rule(
            name="high_spread",
            title="High spread",
            settings=high_spread,
            threshold=Threshold(("gte", high_spread.threshold_pct), ("lt", high_spread.clear_pct)),
            dashboard="opportunities",
            panel="opportunities",
            no_data="OK",
            no_data_reason="No row means that no match has such a spread, which is the usual state.",
            error="KeepLast",
            error_reason="A database that cannot be asked says nothing about spreads; the watch itself reports that.",
            group="opportunities",
        ),
    ]


def rule_groups(catalogue: Catalogue) -> list[Json]:
    """The rule groups of the provisioning file; rules that are switched off are left out."""
    groups: dict[str, Json] = {}
    for rule in rules(catalogue.settings):
        if not rule.settings.enabled:
            continue
        group = groups.setdefault(
            rule.group,
            {
                "orgId": 1,
                "name": f"Oddswatch {rule.group}",
                "folder": FOLDER,
                "interval": rule.interval,
                "rules": [],
            },
        )
        group["rules"].append(_to_grafana(rule, catalogue))
    return list(groups.values())


def condition_sql(rule: Rule, catalogue: Catalogue) -> str:
    """The query whose rows are the alert's instances: the columns of its identity, and one number."""
    return catalogue.select(rule.name, ", ".join((*identity(rule, catalogue), "value")))


def facts_sql(rule: Rule, catalogue: Catalogue) -> str:
    """The query that carries the mail's text for the same instances."""
    return catalogue.select(rule.name, ", ".join((*identity(rule, catalogue), *FACTS, "value")))


def identity(rule: Rule, catalogue: Catalogue) -> tuple[str, ...]:
    """Names of the columns that tell one instance from another."""
    return tuple(c.name for c in catalogue[rule.name].columns if c.name not in (*FACTS, "value"))


def _to_grafana(rule: Rule, catalogue: Catalogue) -> Json:
    uid = dashboard_uid(rule.dashboard)
    return {
        "uid": rule.uid,
        "title": rule.title,
        "condition": "C",
        "data": [
            _query("A", condition_sql(rule, catalogue)),
            _query("K", facts_sql(rule, catalogue)),
            _threshold("C", "A", rule.threshold),
        ],
        "dashboardUid": uid,
        "panelId": panel_id(uid, rule.panel),
        "noDataState": rule.no_data,
        "execErrState": rule.error,
        "for": rule.settings.for_,
        "annotations": {
            "summary": "{{ $values.K.Labels.subject }}",
            "description": "{{ $values.K.Labels.body }}",
            "rank": "{{ $values.K.Labels.rank }}",
            "runbook_url": f"{RUNBOOK}#{rule.name.replace('_', '-')}",
            "__dashboardUid__": uid,
            "__panelId__": str(panel_id(uid, rule.panel)),
        },
        "labels": {"severity": rule.settings.severity},
        "notification_settings": notification_settings(catalogue.settings, rule.settings.severity),
    }


def _query(ref_id: str, sql: str) -> Json:
    return {
        "refId": ref_id,
        "relativeTimeRange": {"from": 600, "to": 0},
        "datasourceUid": DATASOURCE["uid"],
        "model": {
            "refId": ref_id,
            "datasource": DATASOURCE,
            "format": "table",
            "rawSql": sql,
            "rawQuery": True,
            "editorMode": "code",
            "intervalMs": 1000,
            "maxDataPoints": 43200,
        },
    }


def _threshold(ref_id: str, of: str, threshold: Threshold) -> Json:
    kind, value = threshold.fires
    condition: Json = {"evaluator": {"type": kind, "params": [value]}}
    if threshold.clears:
        condition["unloadEvaluator"] = {"type": threshold.clears[0], "params": [threshold.clears[1]]}
    return {
        "refId": ref_id,
        "datasourceUid": "__expr__",
        "model": {
            "refId": ref_id,
            "type": "threshold",
            "datasource": {"type": "__expr__", "uid": "__expr__"},
            "expression": of,
            "conditions": [condition],
        },
    }
