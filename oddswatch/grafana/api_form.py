"""Ours as Grafana's API takes it, and what it has stored in the same form, so that the two can be compared."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from oddswatch.errors import UserError
from oddswatch.json_types import Json

#: What Grafana fills in where a part of a rule does not say it.
_FILLED_IN = {"intervalMs": 1000, "maxDataPoints": 43200}
_MOMENT = {"from": 0, "to": 0}
#: A duration in the words of Prometheus, such as 1d2h, and its units in seconds.
_DURATION = re.compile(r"(?:[0-9]+[wdhms])+")
_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_VARIABLE = re.compile(r"\$(?:\$|([A-Za-z_][A-Za-z0-9_]*))")
#: The token of a webhook, which some do without.
_MAY_BE_EMPTY = "authorization_credentials"
#: What Grafana shows in place of a secret.
_HIDDEN = "[REDACTED]"


def seconds(duration: str) -> int:
    """Return a duration such as `90s` or `1d2h` in seconds."""
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9]+)([wdhms])", duration))


def rule_to_send(rule: Json, group: str, folder: str) -> Json:
    """Return a rule of the tree as it is sent; the panel that it leads to stands in its annotations too."""
    sent = {key: value for key, value in rule.items() if key not in ("dashboardUid", "panelId")}
    return {**sent, "isPaused": False, "ruleGroup": group, "folderUID": folder}


def rule_to_compare(rule: Json, keys: Iterable[str]) -> Json:
    """Return these keys of a rule, sent or stored, in one form."""
    return {key: _in_one_form(key, rule.get(key)) for key in sorted(keys)}


def _in_one_form(key: str, value: Any) -> Any:
    if key == "data":
        return [
            {
                "refId": item["refId"],
                "datasourceUid": item["datasourceUid"],
                "relativeTimeRange": item.get("relativeTimeRange") or _MOMENT,
                "model": {**_FILLED_IN, **item["model"]},
            }
            for item in value
        ]
    if key == "notification_settings":
        return {name: _in_one_form("", part) for name, part in (value or {}).items() if part}
    if isinstance(value, str) and _DURATION.fullmatch(value):
        return f"{seconds(value)}s"
    return value


def dashboard_to_compare(model: Json) -> Json:
    """Return a dashboard's model without the numbers that Grafana counts."""
    return {**model, "id": None, "version": None}


def receivers_to_send(contact_points: list[Json], environment: Mapping[str, str]) -> list[Json]:
    """Return the receivers of the tree, with the values of the variables that they name.

    Grafana puts values into files only. Raises `UserError` that names the variables which are not set.
    """
    missing = [
        name
        for point in contact_points
        for receiver in point["receivers"]
        for key, part in receiver["settings"].items()
        if isinstance(part, str) and key != _MAY_BE_EMPTY
        for name in _VARIABLE.findall(part)
        if name and not environment.get(name)
    ]
    if missing:
        raise UserError(
            f"{', '.join(dict.fromkeys(missing))}: not set; mail.to or channels in the configuration ask for it, and "
            "what is pushed holds the values themselves"
        )
    return [
        {**receiver, "name": point["name"], "settings": _with_values(receiver["settings"], environment)}
        for point in contact_points
        for receiver in point["receivers"]
    ]


def _with_values(settings: Json, environment: Mapping[str, str]) -> Json:
    """Return settings with values for variables, and without those that are empty then."""

    def value(found: re.Match[str]) -> str:
        return environment.get(found[1], "") if found[1] else "$"

    filled = {key: _VARIABLE.sub(value, part) if isinstance(part, str) else part for key, part in settings.items()}
    return {key: part for key, part in filled.items() if part != ""}


def receiver_to_compare(receiver: Json, stored: Json) -> Json:
    """Return a receiver, sent or stored, without the secrets, which Grafana never tells once they are `stored`."""
    settings = {key: part for key, part in receiver["settings"].items() if stored["settings"].get(key) != _HIDDEN}
    return {"settings": settings, **{key: receiver.get(key) for key in ("name", "type", "disableResolveMessage")}}
