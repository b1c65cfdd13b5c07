"""The few calls of Grafana's HTTP API that are needed; no address of it is named anywhere else."""

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import quote

import httpx

from oddswatch.errors import ExitCode, UserError
from oddswatch.json_types import Json

_PROVISIONING = "/api/v1/provisioning"
_TOKEN = re.compile(r"[!-~]+")


class RefusedError(UserError):
    """Grafana does not let this user or this token do that."""


class Grafana:
    """A Grafana at `url`, spoken to as a server admin, or by the `token` of a service account, which cannot reload."""

    def __init__(self, url: str, user: str = "", password: str = "", *, token: str = "") -> None:
        self.url = url.rstrip("/")
        self._token = token
        if token:
            # It belongs to one organisation.
            self._client = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        else:
            # The tree is that of the organisation 1, whichever the admin looked at last.
            headers = {"X-Grafana-Org-Id": "1"}
            self._client = httpx.Client(base_url=self.url, auth=(user, password), headers=headers, timeout=60)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the Grafana of GRAFANA_URL, GRAFANA_USER and GRAFANA_PASSWORD.

        Raises `UserError` when one of them is missing or cannot be meant.
        """
        url = _address(environment)
        missing = [name for name in ("GRAFANA_USER", "GRAFANA_PASSWORD") if not environment.get(name)]
        if missing:
            push = "; with GRAFANA_TOKEN there is python generate.py push" if environment.get("GRAFANA_TOKEN") else ""
            raise UserError(
                f"GRAFANA_URL is set, but {' and '.join(missing)} not: give a server admin of that Grafana{push}"
            )
        return cls(url, environment["GRAFANA_USER"], environment["GRAFANA_PASSWORD"])

    @classmethod
    def by_token(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the Grafana of GRAFANA_URL and GRAFANA_TOKEN.

        Raises `UserError`, which never shows the token, when one of them is missing or cannot be meant.
        """
        url = _address(environment)
        token = environment.get("GRAFANA_TOKEN")
        if not token:
            raise UserError(
                "GRAFANA_TOKEN is not set: the token of a service account with the role Editor of that Grafana"
            )
        if not _TOKEN.fullmatch(token):
            raise UserError(
                "GRAFANA_TOKEN holds a line break, a space or a letter beyond ASCII, which no token has; copy it again"
            )
        return cls(url, token=token)

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

    def save_dashboard(self, model: Json, folder: str) -> None:
        """Make or replace a dashboard in the folder with the uid `folder`."""
        self._request("POST", "/api/dashboards/db", json={"dashboard": model, "folderUid": folder, "overwrite": True})

    def delete_dashboard(self, uid: str) -> None:
        """Delete a dashboard."""
        self._request("DELETE", f"/api/dashboards/uid/{uid}")

    def folders(self) -> list[Json]:
        """The folders at the top: uid, title."""
        return self._get("/api/folders", limit=1000) or []

    def make_folder(self, title: str) -> str:
        """Make a folder at the top and return its uid."""
        return str(self._json(self._request("POST", "/api/folders", json={"title": title}))["uid"])

    def folder_title(self, uid: str) -> str:
        """The title of a folder."""
        return str((self._get(f"/api/folders/{uid}") or {}).get("title", ""))

    def rules(self) -> list[Json]:
        """All alert rules."""
        return self._get(f"{_PROVISIONING}/alert-rules") or []

    def rule_group(self, folder: str, name: str) -> Json | None:
        """A group of rules in the folder with the uid `folder`: its rules in their order, and `interval` in seconds."""
        found: Json | None = self._get(f"{_PROVISIONING}/folder/{folder}/rule-groups/{quote(name)}")
        return found

    def save_rule_group(self, group: Json) -> None:
        """Make a group hold these rules and no others; a rule that another group has moves."""
        path = f"{_PROVISIONING}/folder/{group['folderUid']}/rule-groups/{quote(group['title'])}"
        self._request("PUT", path, json=group)

    def delete_rule(self, uid: str) -> None:
        """Delete an alert rule; a group without rules is gone."""
        self._request("DELETE", f"{_PROVISIONING}/alert-rules/{uid}")

    def contact_points(self) -> list[Json]:
        """All receivers, each with the name of its contact point."""
        return self._get(f"{_PROVISIONING}/contact-points") or []

    def save_contact_point(self, receiver: Json, *, new: bool) -> None:
        """Make or replace a receiver, which names its contact point."""
        path = f"{_PROVISIONING}/contact-points"
        self._request("POST" if new else "PUT", path if new else f"{path}/{receiver['uid']}", json=receiver)

    def delete_contact_point(self, uid: str) -> None:
        """Delete a receiver; a contact point without any is gone."""
        self._request("DELETE", f"{_PROVISIONING}/contact-points/{uid}")

    def mute_timings(self) -> list[Json]:
        """All mute timings."""
        return self._get(f"{_PROVISIONING}/mute-timings") or []

    def save_mute_timing(self, timing: Json, *, new: bool) -> None:
        """Make or replace a mute timing."""
        path = f"{_PROVISIONING}/mute-timings"
        self._request("POST" if new else "PUT", path if new else f"{path}/{quote(timing['name'])}", json=timing)

    def delete_mute_timing(self, name: str) -> None:
        """Delete a mute timing."""
        self._request("DELETE", f"{_PROVISIONING}/mute-timings/{quote(name)}")

    def templates(self) -> list[Json]:
        """All templates of notifications."""
        return self._get(f"{_PROVISIONING}/templates") or []

    def save_template(self, name: str, text: str) -> None:
        """Make or replace a template of notifications."""
        self._request("PUT", f"{_PROVISIONING}/templates/{quote(name)}", json={"template": text})

    def delete_template(self, name: str) -> None:
        """Delete a template of notifications."""
        self._request("DELETE", f"{_PROVISIONING}/templates/{quote(name)}")

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
            raise RefusedError(
                f"Grafana at {self.url} refuses {method} {path} ({response.status_code}); {self._who(response)}",
                ExitCode.UNREACHABLE,
            )
        if response.is_redirect:
            raise UserError(
                f"{self.url} leads on to another address, {self._said(response.headers.get('Location', ''))}; "
                "give GRAFANA_URL as it stands in the browser when you are logged in",
                ExitCode.UNREACHABLE,
            )
        nothing_there = response.status_code == httpx.codes.NOT_FOUND and method == "GET"
        if response.status_code >= 400 and not nothing_there:
            raise UserError(
                f"Grafana at {self.url} answers {response.status_code} to {method} {path}: {self._said(response.text)}",
                ExitCode.NOT_ACCEPTED,
            )
        return response

    def _who(self, response: httpx.Response) -> str:
        """Who would be let in."""
        if not self._token:
            return (
                "GRAFANA_USER and GRAFANA_PASSWORD must be those of a server admin (a service account's token cannot "
                "reload)"
            )
        if response.status_code == httpx.codes.UNAUTHORIZED:
            return "it does not know GRAFANA_TOKEN: expired, deleted, or another Grafana's"
        return "GRAFANA_TOKEN must be that of a service account with the role Editor"

    def _said(self, text: str) -> str:
        """What a server says, without the token, should it repeat what it was sent."""
        for form in (self._token, json.dumps(self._token)[1:-1]):
            text = text.replace(form, "…") if form else text
        return text.strip()[:500]


def _address(environment: Mapping[str, str]) -> str:
    """GRAFANA_URL, checked."""
    url = environment.get("GRAFANA_URL")
    if not url:
        raise UserError("GRAFANA_URL is not set: the address of your Grafana, such as https://grafana.example.org")
    if not url.startswith(("http://", "https://")):
        raise UserError(f"GRAFANA_URL={url}: must begin with http:// or https://")
    if "@" in url:
        raise UserError(
            "GRAFANA_URL must hold no password; give it with GRAFANA_USER and GRAFANA_PASSWORD, or GRAFANA_TOKEN"
        )
    return url
