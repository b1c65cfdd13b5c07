"""A person at a Grafana, whose things must stay as they are."""

from typing import Any

import httpx

from oddswatch.names import DATASOURCE
from tests.servers.grafana import Grafana


class Person:
    """Somebody who uses an organisation of this Grafana through its pages, or (not `by_hand`) by a program."""

    def __init__(self, grafana: Grafana, organisation: int = 1, *, by_hand: bool = True) -> None:
        self._http = httpx.Client(
            base_url=grafana.url,
            auth=(grafana.user, grafana.password),
            headers={
                "X-Grafana-Org-Id": str(organisation),
                **({"X-Disable-Provenance": "true"} if by_hand else {}),
            },
            timeout=30,
            trust_env=False,
        )

    def close(self) -> None:
        self._http.close()

    def does(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def may(self, path: str) -> bool:
        """Whether a page answers."""
        return self._http.get(path).is_success

    def makes_a_folder(self, uid: str, title: str) -> None:
        self.does("POST", "/api/folders", {"uid": uid, "title": title})

    def makes_a_data_source(self, uid: str, name: str) -> None:
        source = {"uid": uid, "name": name, "type": DATASOURCE["type"], "access": "proxy", "url": "db.example:5432"}
        self.does("POST", "/api/datasources", source)

    def makes_a_dashboard(self, uid: str, title: str, folder: str) -> None:
        panel = {"id": 1, "type": "text", "title": "Mine", "gridPos": {"x": 0, "y": 0, "w": 6, "h": 3}}
        dashboard = {"uid": uid, "title": title, "schemaVersion": 41, "panels": [panel]}
        self.does("POST", "/api/dashboards/db", {"dashboard": dashboard, "folderUid": folder})

    def makes_a_contact_point(self, uid: str, name: str) -> None:
        point = {"uid": uid, "name": name, "type": "email", "settings": {"addresses": "me@example.org"}}
        self.does("POST", "/api/v1/provisioning/contact-points", point)

    def makes_a_mute_timing(self, name: str) -> None:
        intervals = [{"weekdays": ["saturday", "sunday"]}]
        self.does("POST", "/api/v1/provisioning/mute-timings", {"name": name, "time_intervals": intervals})

    def makes_a_template(self, name: str) -> None:
        text = {"template": '{{ define "mine" }}mine{{ end }}'}
        self.does("PUT", f"/api/v1/provisioning/templates/{name}", text)

    def makes_a_rule(self, uid: str, title: str, folder: str, group: str = "theirs") -> None:
        evaluator = {"type": "gt", "params": [1]}
        math = {"refId": "A", "type": "math", "expression": "0"}
        threshold = {"refId": "B", "type": "threshold", "expression": "A", "conditions": [{"evaluator": evaluator}]}
        rule = {
            "uid": uid,
            "title": title,
            "folderUID": folder,
            "ruleGroup": group,
            "orgID": 1,
            "condition": "B",
            "data": [{"refId": m["refId"], "datasourceUid": "__expr__", "model": m} for m in (math, threshold)],
            "noDataState": "OK",
            "execErrState": "OK",
            "for": "5m",
        }
        self.does("POST", "/api/v1/provisioning/alert-rules", rule)
