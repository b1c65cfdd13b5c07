"""The rules in the form of Grafana's provisioning file."""

from alerting import links
from alerting.contact import notification_settings
from alerting.queries import condition_sql, facts_sql
from alerting.rules import Rule, Threshold, rules
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.errors import UserError
from oddswatch.json_types import Json
from oddswatch.names import DATASOURCE, FOLDER, NAME_PREFIX, dashboard_uid, panel_id

#: How often the rules of a group are evaluated: bets are lost in seconds, collections come in hours.
INTERVALS = {"watch": "10s", "signals": "10s", "collector": "1m", "market": "1m", "money": "1m"}
#: Grafana's own address, which ends in a slash, in a template of an annotation.
_ROOT = "{{ externalURL }}"


def rule_groups(catalogue: Catalogue) -> list[Json]:
    """The rule groups of the provisioning file; rules that are switched off are left out."""
    enabled = [rule for rule in rules(catalogue) if rule.settings.enabled]
    for rule in enabled:
        if rule.group not in INTERVALS:
            raise UserError(
                f"metrics/alerts/{rule.name}.sql: unknown group {rule.group!r}; known are {', '.join(INTERVALS)}"
            )
    return [
        {
            "orgId": 1,
            "name": f"{NAME_PREFIX} {group}",
            "folder": FOLDER,
            "interval": interval,
            "rules": [_to_grafana(rule, catalogue) for rule in enabled if rule.group == group],
        }
        for group, interval in INTERVALS.items()
        if any(rule.group == group for rule in enabled)
    ]


def _to_grafana(rule: Rule, catalogue: Catalogue) -> Json:
    uid = dashboard_uid(rule.dashboard)
    queries = [_query("A", condition_sql(rule, catalogue))]
    if not rule.on_error:
        queries.append(_query("K", facts_sql(rule, catalogue)))
    return {
        "uid": rule.uid,
        "title": rule.title,
        "condition": "C",
        "data": [*queries, _threshold("C", "A", rule.threshold)],
        "dashboardUid": uid,
        "panelId": panel_id(uid, rule.panel),
        "noDataState": rule.no_data,
        # A database that cannot be asked says nothing: one rule tells of it, all others keep their state.
        "execErrState": "Alerting" if rule.on_error else "KeepLast",
        "for": rule.settings.for_,
        "annotations": {
            **_texts(rule),
            "link": links.page(rule, _ROOT, lambda column: f"{{{{ $labels.{column} | urlquery }}}}"),
            **({"record": links.record(rule, _ROOT)} if rule.record else {}),
            "runbook_url": links.runbook(rule, _ROOT, catalogue.settings),
            "__dashboardUid__": uid,
            "__panelId__": str(panel_id(uid, rule.panel)),
        },
        "labels": rule.labels,
        "notification_settings": notification_settings(catalogue.settings, rule.settings.severity),
    }


def _texts(rule: Rule) -> Json:
    """Subject, body and rank; where the instance came between the two queries and K lacks it, the rule's title."""
    if rule.on_error:
        return {"summary": rule.on_error.subject, "description": rule.on_error.body, "rank": "000000000.000"}
    return {
        "summary": f"{{{{ with $values.K }}}}{{{{ .Labels.subject }}}}{{{{ else }}}}{rule.title}{{{{ end }}}}",
        "description": "{{ with $values.K }}{{ .Labels.body }}{{ end }}",
        "rank": "{{ with $values.K }}{{ .Labels.rank }}{{ end }}",
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
