"""Making a running Grafana take the tree, and asking it afterwards whether it did."""

import time
from typing import Any

from dashboards.style import DATASOURCE, FOLDER
from oddswatch import NAME_PREFIX, UID_PREFIX
from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana_api import Grafana
from oddswatch.tree import Tree

#: Seconds that a rule gets for its first evaluation after a reload.
PATIENCE = 45


def clashes(grafana: Grafana, tree: Tree) -> None:
    """Raise `UserError` for names of somebody else's that would keep Grafana from starting; before anything is written."""
    found = []
    source = grafana.get(f"/api/datasources/name/{NAME_PREFIX} PostgreSQL")
    if source and source["uid"] != DATASOURCE["uid"]:
        found.append(
            f"data source {source['name']!r} exists with the uid {source['uid']!r}: with ours Grafana would not start"
        )
    ours = {model["uid"]: model["title"] for model in tree.dashboards()}
    for item in grafana.get("/api/search", type="dash-db", limit=5000) or []:
        if item.get("folderTitle") == FOLDER and item["title"] in ours.values() and item["uid"] not in ours:
            found.append(f"dashboard {item['title']!r} exists in the folder {FOLDER!r} with the uid {item['uid']!r}")
    points = {receiver["uid"] for point in tree.alerting("contactPoints") for receiver in point["receivers"]}
    names = {point["name"] for point in tree.alerting("contactPoints")}
    for point in grafana.get("/api/v1/provisioning/contact-points") or []:
        if point["name"] in names and point["uid"] not in points:
            found.append(f"contact point {point['name']!r} exists and is not ours")
    titles = {rule["title"]: rule["uid"] for rule in tree.rules()}
    for rule in grafana.get("/api/v1/provisioning/alert-rules") or []:
        if _folder_is_ours(grafana, rule) and rule["uid"] != titles.get(rule["title"], rule["uid"]):
            found.append(f"rule {rule['title']!r} exists in the folder {FOLDER!r} with the uid {rule['uid']!r}")
    if found:
        raise UserError(
            "Grafana has things of somebody else under our names; rename them there, then build again:\n  "
            + "\n  ".join(found),
            ExitCode.NOT_ACCEPTED,
        )


def reload(grafana: Grafana) -> None:
    """Make Grafana read all our files, in the order in which it does at its start."""
    for kind in ("datasources", "alerting", "dashboards"):
        grafana.reload(kind)


def read_back(grafana: Grafana, tree: Tree) -> list[str]:
    """Ask Grafana whether it has every dashboard and rule, and whether each rule evaluates.

    Returns one line per thing that is missing or fails; an empty list means that all arrived.
    """
    problems = []
    if not grafana.get(f"/api/datasources/uid/{DATASOURCE['uid']}"):
        problems.append(f"data source {DATASOURCE['uid']} did not arrive")
    for model in tree.dashboards():
        if not _wait(lambda uid=model["uid"], model=model: _same_dashboard(grafana, uid, model)):
            problems.append(f"dashboard {model['title']!r} did not arrive as built; see Grafana's log")
    wanted = {rule["uid"]: rule for rule in tree.rules()}
    stored = {rule["uid"]: rule for rule in grafana.get("/api/v1/provisioning/alert-rules") or []}
    for uid, rule in wanted.items():
        if uid not in stored or stored[uid]["title"] != rule["title"]:
            problems.append(f"rule {rule['title']!r} did not arrive")
    for uid in stored:
        if uid.startswith(UID_PREFIX) and uid not in wanted:
            problems.append(f"rule {stored[uid]['title']!r} ({uid}) is still there, although the tree has it no more")
    _wait(lambda: set(wanted) <= set(_health(grafana)), PATIENCE)
    health = _health(grafana)
    for uid, rule in wanted.items():
        if uid in health and health[uid]:
            problems.append(f"rule {rule['title']!r} does not evaluate: {health[uid]}")
        elif uid in stored and uid not in health:
            problems.append(f"rule {rule['title']!r} was not evaluated within {PATIENCE} s")
    return problems


def _same_dashboard(grafana: Grafana, uid: str, model: dict[str, Any]) -> bool:
    found = grafana.get(f"/api/dashboards/uid/{uid}")
    if not found:
        return False
    stored = found["dashboard"]
    return bool(stored["title"] == model["title"] and stored.get("panels") == model["panels"])


def _health(grafana: Grafana) -> dict[str, str]:
    """Error (or an empty text) of every rule that has been evaluated, by uid.

    `KeepLast` hides an error from a rule's health; the state of its instances names it.
    """
    result = {}
    answer = grafana.get("/api/prometheus/grafana/api/v1/rules") or {}
    for group in answer.get("data", {}).get("groups", []):
        for rule in group["rules"]:
            if rule.get("lastEvaluation", "0001").startswith("0001"):
                continue
            hidden = [a["state"] for a in rule.get("alerts") or [] if "(Error" in a["state"]]
            error = rule.get("lastError") or (hidden[0] if hidden else "")
            result[rule["uid"]] = error or ("unknown error" if rule["health"] == "error" else "")
    return result


def _folder_is_ours(grafana: Grafana, rule: dict[str, Any]) -> bool:
    folder = grafana.get(f"/api/folders/{rule['folderUID']}")
    return bool(folder and folder["title"] == FOLDER)


def _wait(condition: Any, patience: float = 15) -> bool:
    """Whether `condition` becomes true within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True
