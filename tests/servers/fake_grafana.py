"""A Grafana of a hundred lines for tests that must not take a minute: its provisioning, and the HTTP API that we use.

It reads provisioning files, keeps what merely disappears from them, and deletes what they say, as the real one does
(tests/grafana). It evaluates nothing and sends nothing.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

Things = dict[str, dict[str, Any]]
_BUILT_IN = "grafana-default-email"


class FakeGrafana:
    """What it has, by uid or name.

    Attributes:
        provisioning: the folder that it reads.
        polls: whether its alert manager takes a new configuration.
        deletes: whether it does what deletions say.
        provenance: what it calls that of things from files.
    """

    def __init__(self, provisioning: Path) -> None:
        self.provisioning = provisioning
        self.polls = True
        self.deletes = True
        self.provenance = "file"
        self.url = ""
        self.data_sources: Things = {}
        self.dashboards: Things = {}
        self.rules: Things = {}
        self.contact_points: Things = {}
        self.mute_timings: Things = {}
        self.templates: Things = {}
        self.policies: dict[str, Any] = {"receiver": _BUILT_IN}
        self.active_receivers = {_BUILT_IN}

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead `generate.py` here."""
        return {"GRAFANA_URL": self.url, "GRAFANA_USER": "admin", "GRAFANA_PASSWORD": "sesame-91"}

    def reload(self, kind: str) -> None:
        """Read the files of one kind."""
        {"datasources": self._data_sources, "dashboards": self._dashboards, "alerting": self._alerting}[kind]()

    def answer(self, path: str, query: dict[str, list[str]]) -> Any:
        """What GET says; None for what there is not."""
        kind, _, name = path.rpartition("/")
        lists = {
            "/api/datasources": self.data_sources,
            "/api/v1/provisioning/alert-rules": self.rules,
            "/api/v1/provisioning/contact-points": self.contact_points,
            "/api/v1/provisioning/mute-timings": self.mute_timings,
            "/api/v1/provisioning/templates": self.templates,
        }
        if path in lists:
            return list(lists[path].values())
        if kind == "/api/dashboards/uid":
            model = self.dashboards.get(name)
            return model and {"dashboard": model, "meta": {"provisioned": True}}
        receivers = [{"name": receiver} for receiver in sorted(self.active_receivers)]
        return {
            "/api/health": {"version": "12.2.0"},
            "/api/search": [
                {"uid": uid, "title": model["title"], "folderTitle": "Oddswatch"}
                for uid, model in self.dashboards.items()
                if query.get("query", [""])[0] in model["title"]
            ],
            "/api/v1/provisioning/policies": self.policies,
            "/api/alertmanager/grafana/api/v2/status": {"config": {"receivers": receivers}},
        }.get(path)

    def _data_sources(self) -> None:
        for source in self._under("datasources", "datasources"):
            self.data_sources[source["uid"]] = source
        gone = {source["name"] for source in self._under("datasources", "deleteDatasources") if self.deletes}
        self.data_sources = {uid: source for uid, source in self.data_sources.items() if source["name"] not in gone}

    def _dashboards(self) -> None:
        """Dashboards go with their files."""
        if self.deletes:
            self.dashboards = {}
        if self._under("dashboards", "providers"):
            for path in (self.provisioning / "dashboards" / "oddswatch").glob("*.json"):
                model = json.loads(path.read_text(encoding="utf-8"))
                self.dashboards[model["uid"]] = model

    def _alerting(self) -> None:
        file = {"provenance": self.provenance}
        for group in self._under("alerting", "groups"):
            self.rules |= {rule["uid"]: {**rule, **file, "folderUID": "ours"} for rule in group["rules"]}
        for point in self._under("alerting", "contactPoints"):
            for receiver in point["receivers"]:
                self.contact_points[receiver["uid"]] = {**receiver, **file, "name": point["name"]}
        self.mute_timings |= {thing["name"]: {**thing, **file} for thing in self._under("alerting", "muteTimes")}
        self.templates |= {thing["name"]: {**thing, **file} for thing in self._under("alerting", "templates")}
        for policies in self._under("alerting", "policies"):
            self.policies = {**policies, **file}
        if self.deletes:
            self._delete()
        if self.polls:
            self.active_receivers = {_BUILT_IN, *(point["name"] for point in self.contact_points.values())}

    def _delete(self) -> None:
        for key, things, name in (
            ("deleteRules", self.rules, "uid"),
            ("deleteContactPoints", self.contact_points, "uid"),
            ("deleteMuteTimes", self.mute_timings, "name"),
            ("deleteTemplates", self.templates, "name"),
        ):
            for thing in self._under("alerting", key):
                things.pop(thing[name], None)
        if self._under("alerting", "resetPolicies"):
            self.policies = {"receiver": _BUILT_IN}

    def _under(self, folder: str, key: str) -> list[Any]:
        files = sorted((self.provisioning / folder).glob("*.yml"))
        contents = [yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {} for path in files]
        return [thing for content in contents for thing in content.get(key) or []]


@contextmanager
def running(provisioning: Path) -> Iterator[FakeGrafana]:
    """Start a Grafana that has read the folder; it ends with the context."""
    grafana = FakeGrafana(provisioning)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            found = grafana.answer(address.path, parse_qs(address.query))
            self._send(404 if found is None else 200, found)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = self.path.split("/")
            if parts[-1] == "reload":
                grafana.reload(parts[-2])
                self._send(200, {})
            else:  # every expression of a rule evaluates
                data = json.loads(body)["data"]
                self._send(200, {"results": {item["refId"]: {"frames": []} for item in data}})

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def _send(self, status: int, content: Any) -> None:
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    grafana.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    for kind in ("datasources", "alerting", "dashboards"):
        grafana.reload(kind)
    try:
        yield grafana
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
