"""A small provisioning tree of no meaning, with which the harness itself is tested."""

import json
from pathlib import Path
from typing import Any

import yaml

SOURCE = {"type": "grafana-postgresql-datasource", "uid": "sample-source"}
RULE = "Sample rule"
#: Grafana stores and sends the name of the contact point and this subject as they stand.
SUBJECT = "Sample mail"
ADDRESS = "sample@example.org"


def target(sql: str, form: str = "table") -> dict[str, Any]:
    """A query as panels and rules have it."""
    return {"refId": "A", "datasource": SOURCE, "rawQuery": True, "editorMode": "code", "rawSql": sql, "format": form}


def rule(sql: str) -> dict[str, Any]:
    """A rule that fires for each row whose number is above 0."""
    query = {"refId": "A", "datasourceUid": SOURCE["uid"], "relativeTimeRange": {"from": 600, "to": 0}}
    threshold = {
        "refId": "B",
        "type": "threshold",
        "expression": "A",
        "conditions": [{"evaluator": {"type": "gt", "params": [0]}}],
    }
    return {
        "uid": "sample-rule",
        "title": RULE,
        "condition": "B",
        "data": [query | {"model": target(sql)}, {"refId": "B", "datasourceUid": "__expr__", "model": threshold}],
        "noDataState": "OK",
        "execErrState": "Error",
        "for": "0s",
        "notification_settings": {"receiver": "Sample receiver", "group_wait": "1s", "group_interval": "10s"},
    }


def write_tree(folder: Path, rule: dict[str, Any], panels: dict[str, str]) -> Path:
    """Write a tree with the rule, and with the dashboard `sample` of panels by title and query; return the folder."""
    source = {
        **SOURCE,
        "name": "Sample source",
        "access": "proxy",
        "url": "$PGHOST:$PGPORT",
        "user": "$PGUSER",
        "jsonData": {"database": "$PGDATABASE", "sslmode": "$PGSSLMODE"},
        "secureJsonData": {"password": "$PGPASSWORD"},
    }
    receiver = {
        "uid": "sample-receiver",
        "type": "email",
        "settings": {"addresses": ADDRESS, "subject": SUBJECT},
    }
    group = {"name": "sample", "folder": "Sample", "interval": "10s", "rules": [rule]}
    _write_yaml(folder / "datasources" / "sample.yml", {"datasources": [source]})
    provider = {"name": "Sample", "type": "file", "options": {"path": "$GF_PATHS_PROVISIONING/dashboards"}}
    _write_yaml(folder / "dashboards" / "sample.yml", {"providers": [provider]})
    contact_point = {"name": "Sample receiver", "receivers": [receiver]}
    _write_yaml(folder / "alerting" / "sample.yml", {"groups": [group], "contactPoints": [contact_point]})
    (folder / "plugins").mkdir()
    dashboard = {"uid": "sample", "title": "Sample", "schemaVersion": 41, "panels": _panels(panels)}
    (folder / "dashboards" / "sample.json").write_text(json.dumps(dashboard), encoding="utf-8")
    return folder


def _panels(queries: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": number + 1,
            "title": title,
            "type": "table",
            "gridPos": {"x": 0, "y": 8 * number, "w": 24, "h": 8},
            "datasource": SOURCE,
            "targets": [target(sql)],
        }
        for number, (title, sql) in enumerate(queries.items())
    ]


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump({"apiVersion": 1, **content}), encoding="utf-8")
