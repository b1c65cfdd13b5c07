"""The few calls of Grafana's HTTP API that a reload and its read-back need."""

import os
from collections.abc import Mapping
from typing import Any

import httpx

from oddswatch.errors import ExitCode, UserError


class Grafana:
    """A Grafana at `url`, spoken to as a server admin (a service account may read, but not reload)."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url.rstrip("/")
        # The tree is that of the organisation 1, whichever the admin looked at last.
        headers = {"X-Grafana-Org-Id": "1"}
        self._client = httpx.Client(base_url=self.url, auth=(user, password), headers=headers, timeout=60)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Grafana | None":
        """The Grafana of GRAFANA_URL, GRAFANA_USER and GRAFANA_PASSWORD; None without GRAFANA_URL."""
        url = environment.get("GRAFANA_URL")
        if not url:
            return None
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

    def require(self) -> str:
        """Return the version of the Grafana here.

        Raises `UserError` when none answers: every other question might find "nothing" there.
        """
        health = self.get("/api/health") or {}
        if "version" not in health:
            raise UserError(f"{self.url} is no Grafana; check GRAFANA_URL, its port and its path", ExitCode.UNREACHABLE)
        return str(health["version"])

    def get(self, path: str, **params: Any) -> Any:
        """GET `path` and return its JSON; None where there is no such thing."""
        response = self._request("GET", path, params=params)
        return None if response.status_code == httpx.codes.NOT_FOUND else self._json(response)

    def post(self, path: str, body: Any = None) -> Any:
        """POST `body` as JSON and return the answer's JSON."""
        return self._json(self._request("POST", path, json=body))

    def delete(self, path: str) -> None:
        """DELETE `path`; a thing that is not there is no error."""
        self._request("DELETE", path)

    def reload(self, kind: str) -> None:
        """Make Grafana read its provisioning files of one kind: datasources, dashboards or alerting."""
        self._request("POST", f"/api/admin/provisioning/{kind}/reload")

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
        nothing_there = response.status_code == httpx.codes.NOT_FOUND and method != "POST"
        if response.status_code >= 400 and not nothing_there:
            said = response.text.strip()[:500]
            raise UserError(
                f"Grafana at {self.url} answers {response.status_code} to {method} {path}: {said}",
                ExitCode.NOT_ACCEPTED,
            )
        return response
