"""Grafana's HTTP API, as far as tests ask it."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from tests.servers.grafana import Grafana
from tests.servers.waiting import wait_for


@dataclass(frozen=True)
class Answer:
    """What Grafana says to one query or one expression.

    Attributes:
        error: its complaint, or None.
        frames: the data frames as they came.
    """

    error: str | None
    frames: list[dict[str, Any]]

    @property
    def sql(self) -> str:
        """The SQL that Grafana sent to the database, macros expanded."""
        return str(self.frames[0]["schema"]["meta"]["executedQueryString"])

    @property
    def columns(self) -> list[str]:
        """Names of the first frame's fields; none when there were no rows."""
        return [field["name"] for frame in self.frames[:1] for field in frame["schema"].get("fields", [])]

    def rows(self) -> list[dict[str, Any]]:
        """The rows of all frames, by column; times are milliseconds since 1970. Labels of a field come as `labels`."""
        return [row for frame in self.frames for row in _rows(frame)]


def _rows(frame: dict[str, Any]) -> Iterator[dict[str, Any]]:
    fields = frame["schema"].get("fields", [])
    labels = {name: text for field in fields for name, text in (field.get("labels") or {}).items()}
    for values in zip(*frame["data"]["values"], strict=True):
        row = {field["name"]: value for field, value in zip(fields, values, strict=True)}
        yield row | {"labels": labels} if labels else row


class GrafanaClient:
    """A server admin's session with one Grafana; every failure is an error with Grafana's words."""

    def __init__(self, grafana: Grafana) -> None:
        self._http = httpx.Client(
            base_url=grafana.url, auth=(grafana.user, grafana.password), timeout=60, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def request(self, method: str, path: str, body: Any = None, **parameters: Any) -> Any:
        """Send a request and return the JSON of the answer (None where it is empty)."""
        answer = self._http.request(method, path, json=body, params=parameters)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:1000]}"
        return answer.json() if answer.content else None

    def get(self, path: str, **parameters: Any) -> Any:
        return self.request("GET", path, **parameters)

    def post(self, path: str, body: Any = None) -> Any:
        return self.request("POST", path, {} if body is None else body)

    def reload(self, *kinds: str) -> None:
        """Let Grafana read its provisioning files again: datasources, dashboards, alerting."""
        for kind in kinds or ("datasources", "dashboards", "alerting"):
            self.post(f"/api/admin/provisioning/{kind}/reload")

    def query(self, targets: Sequence[Mapping[str, Any]], start: str = "now-6h", end: str = "now") -> dict[str, Answer]:
        """Run the targets of a panel, as they stand in a dashboard; variables must have been put in.

        Returns:
            the answers by refId, also of those that failed.
        """
        queries = [{"intervalMs": 60_000, "maxDataPoints": 1000, **target} for target in targets]
        answer = self._http.post("/api/ds/query", json={"from": start, "to": end, "queries": queries})
        return _answers(answer)

    def evaluate(self, rule: Mapping[str, Any]) -> dict[str, Answer]:
        """Run the whole pipeline of an alert rule (`data`, as in its file) once, now.

        Returns:
            the answers by refId; those of the condition have the label sets as `labels`.
        """
        body = {"data": rule["data"], "now": datetime.datetime.now(datetime.UTC).isoformat()}
        return _answers(self._http.post("/api/v1/eval", json=body))

    def rules(self) -> dict[str, dict[str, Any]]:
        """The rules by title, each with state, health, lastError and its alerts (the instances)."""
        groups = self.get("/api/prometheus/grafana/api/v1/rules")["data"]["groups"]
        return {rule["name"]: rule for group in groups for rule in group["rules"]}

    def wait_for_rule(self, title: str, state: str, timeout: float = 60) -> dict[str, Any]:
        """Return the rule as soon as it is evaluated and in the state: inactive, pending, firing."""

        def arrived() -> dict[str, Any] | None:
            rule = self.rules().get(title)
            seen = rule is not None and rule["lastEvaluation"] > "0002" and rule["state"] == state
            return rule if seen else None

        return wait_for(arrived, timeout, lambda: f"{title} {state}; it is {self.rules().get(title)}")

    def wait_for_evaluations(self, number: int, timeout: float = 120) -> None:
        """Return when every rule was evaluated as many times more, whatever came of it."""
        seen: dict[str, set[str]] = {}

        def enough() -> bool:
            for title, rule in self.rules().items():
                seen.setdefault(title, set()).add(rule["lastEvaluation"])
            return all(len(moments) > number for moments in seen.values())

        wait_for(enough, timeout, lambda: f"{number} evaluations of each rule; the moments are {seen}")

    def metric(self, name: str) -> float:
        """What Grafana counts of itself, over all labels; 0 for what it has not counted yet."""
        lines = self._http.get("/metrics").text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))

    def failed_notifications(self) -> float:
        """The mails that it could not send."""
        return self.metric("grafana_alerting_notifications_failed_total")

    def alerts(self) -> list[dict[str, Any]]:
        """What the rules have handed on to the alert manager."""
        alerts: list[dict[str, Any]] = self.get("/api/alertmanager/grafana/api/v2/alerts")
        return alerts

    def dashboards(self) -> dict[str, str]:
        """The titles of all dashboards by uid."""
        return {found["uid"]: found["title"] for found in self.get("/api/search", type="dash-db", limit=5000)}

    def dashboard(self, uid: str) -> dict[str, Any]:
        """A dashboard's model."""
        model: dict[str, Any] = self.get(f"/api/dashboards/uid/{uid}")["dashboard"]
        return model


def _answers(answer: httpx.Response) -> dict[str, Answer]:
    # A failed query among others makes the whole a 400; the others' answers are there nevertheless.
    results = answer.json().get("results")
    assert results, f"{answer.status_code} {answer.text[:1000]}"
    return {name: Answer(result.get("error"), result.get("frames") or []) for name, result in results.items()}
