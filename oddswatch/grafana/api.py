"""The few calls of Grafana's HTTP API that are needed; no address of it is named anywhere else."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

import httpx

from oddswatch.errors import ExitCode, UserError
from oddswatch.json_types import Json

_PROVISIONING = "/api/v1/provisioning"
#: How Grafana calls the provenance of what came from a file; the second one from 13 on.
_FROM_FILE = ("file", "classic-file-provisioning")


class Grafana:
    """A Grafana at `url`, spoken to as a server admin (a service account may read, but not reload)."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url.rstrip("/")
        # The tree is that of the organisation 1, whichever the admin looked at last.
        headers = {"X-Grafana-Org-Id": "1"}
        self._client = httpx.Client(base_url=self.url, auth=(user, password), headers=headers, timeout=60)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the Grafana of GRAFANA_URL, GRAFANA_USER and GRAFANA_PASSWORD.

        Raises `UserError` when one of them is missing or cannot be meant.
        """
        url = environment.get("GRAFANA_URL")
        if not url:
            raise UserError("GRAFANA_URL is not set: the address of your Grafana, such as https://grafana.example.org")
        if not url.startswith(("http://", "https://")):
            raise UserError(f"GRAFANA_URL={url}: must begin with http:// or https://")
        if "@" in url:
            raise UserError("GRAFANA_URL must hold no password; give it with GRAFANA_USER and GRAFANA_PASSWORD")
        missing = [name for name in ("GRAFANA_USER", "GRAFANA_PASSWORD") if not environment.get(name)]
        if missing:
            raise UserError(f"GRAFANA_URL is set, but {' and '.join(missing)} not: give a server admin of that Grafana")
        return cls(url, environment["GRAFANA_USER"], environment["GRAFANA_PASSWORD"])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def version(self) -> str:
        """Return the version of the Grafana here; to be asked first, as every other question finds "nothing" elsewhere.

        Raises `UserError` when no Grafana answers.
        """
        health = self._get("/api/health") or {}
        if "version" not in health:
            raise UserError(f"{self.url} is no Grafana; check GRAFANA_URL, its port and its path", ExitCode.UNREACHABLE)
        return str(health["version"])

    def data_sources(self) -> list[Json]:
        """All data sources."""
        return self._get("/api/datasources") or []

    def dashboards(self, title: str | None = None) -> list[Json]:
        """What the search knows of all dashboards, or of those whose titles hold `title`: uid, title, folderTitle."""
        return self._get("/api/search", type="dash-db", limit=5000, **({"query": title} if title else {})) or []

    def dashboard(self, uid: str) -> Json | None:
        """A dashboard's model (`dashboard`), and where it comes from (`meta`)."""
        found: Json | None = self._get(f"/api/dashboards/uid/{uid}")
        return found

    def folder_title(self, uid: str) -> str:
        """The title of a folder."""
        return str((self._get(f"/api/folders/{uid}") or {}).get("title", ""))

    def rules(self) -> list[Json]:
        """All alert rules."""
        return self._get(f"{_PROVISIONING}/alert-rules") or []

    def contact_points(self) -> list[Json]:
        """All receivers, each with the name of its contact point."""
        return self._get(f"{_PROVISIONING}/contact-points") or []

    def mute_timings(self) -> list[Json]:
        """All mute timings."""
        return self._get(f"{_PROVISIONING}/mute-timings") or []

    def templates(self) -> list[Json]:
        """All templates of notifications."""
        return self._get(f"{_PROVISIONING}/templates") or []

    def policies(self) -> Json:
        """The policy tree of the organisation."""
        return self._get(f"{_PROVISIONING}/policies") or {}

    def active_receivers(self) -> set[str]:
        """Names of the contact points that the running alert manager sends to."""
        status = self._get("/api/alertmanager/grafana/api/v2/status") or {}
        return {receiver["name"] for receiver in (status.get("config") or {}).get("receivers") or []}

    def evaluate(self, rule: Json) -> Json:
        """Run a rule's whole pipeline once, now; return the results by refId."""
        body = {"data": rule["data"], "now": datetime.now(UTC).isoformat()}
        results: Json = self._json(self._request("POST", "/api/v1/eval", json=body))["results"]
        return results

    def reload(self, kind: str) -> None:
        """Make Grafana read its provisioning files of one kind: datasources, dashboards or alerting."""
        self._request("POST", f"/api/admin/provisioning/{kind}/reload")

    def _get(self, path: str, **params: Any) -> Any:
        """GET `path` and return its JSON; None where there is no such thing."""
        response = self._request("GET", path, params=params)
        return None if response.status_code == httpx.codes.NOT_FOUND else self._json(response)

    def _json(self, response: httpx.Response) -> Any:
        """What Grafana says; a proxy's log-in page or another server is no Grafana."""
        try:
            return response.json()
        except ValueError:
            raise UserError(
                f"{response.url} answers {response.status_code} without JSON, so no Grafana is there; "
                "check GRAFANA_URL, its https and its path",
                ExitCode.UNREACHABLE,
            ) from None

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise UserError(
                f"Grafana at {self.url} cannot be reached: {error}; check GRAFANA_URL, and that it runs",
                ExitCode.UNREACHABLE,
            ) from None
        if response.status_code in (401, 403):
            raise UserError(
                f"Grafana at {self.url} refuses {path} ({response.status_code}); GRAFANA_USER and GRAFANA_PASSWORD "
                "must be those of a server admin (a service account's token cannot reload)",
                ExitCode.UNREACHABLE,
            )
        nothing_there = response.status_code == httpx.codes.NOT_FOUND and method == "GET"
        if response.status_code >= 400 and not nothing_there:
            said = response.text.strip()[:500]
            raise UserError(
                f"Grafana at {self.url} answers {response.status_code} to {method} {path}: {said}",
                ExitCode.NOT_ACCEPTED,
            )
        return response


def is_from_file(thing: Json) -> bool:
    """Whether a thing of alerting came from a file; what a person makes has another provenance, or none."""
    return thing.get("provenance") in _FROM_FILE
