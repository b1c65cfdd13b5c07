"""Making a running Grafana take the tree, and asking it afterwards whether it did."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

from oddswatch.errors import UserError
from oddswatch.grafana.api import Grafana
from oddswatch.json_types import Json
from oddswatch.names import FOLDER, UID_PREFIX
from oddswatch.tree.tree import RULES_FILE, Tree, without

#: Seconds in which Grafana's alert manager takes a new configuration: it looks once a minute.
POLL = 90
#: Seconds that the dashboards get to arrive: Grafana writes them after it has answered.
PATIENCE = 20
_AT_ONCE = 4
#: What Grafana stores as it stands; it writes durations in its own way.
_COMPARED = ("title", "condition", "noDataState", "execErrState", "annotations", "labels")


def reload(grafana: Grafana) -> None:
    """Make Grafana read all our files, in the order in which it does at its start."""
    for kind in ("datasources", "alerting", "dashboards"):
        grafana.reload(kind)


def introduce(grafana: Grafana, tree: Tree, write: Callable[[Tree], None]) -> bool:
    """Make a Grafana that does not know our contact points yet take everything but the rules, and wait until it does.

    Rules act at once, contact points with the alert manager's next look at its configuration: in between, an alert
    would be mailed to Grafana's built-in address, which is a stranger's. `write` replaces the tree on disk. Returns
    whether the contact points are known now; False when they did not arrive, which `read_back` explains.
    """
    names = {point["name"] for point in tree.alerting("contactPoints")}
    if names <= _known_receivers(grafana):
        return True
    write(without(tree, RULES_FILE))
    reload(grafana)
    if not names <= {point["name"] for point in grafana.get("/api/v1/provisioning/contact-points") or []}:
        return False
    return _wait(lambda: names <= _known_receivers(grafana), time.monotonic() + POLL)


def _known_receivers(grafana: Grafana) -> set[str]:
    """Names of the contact points that the running alert manager sends to."""
    status = grafana.get("/api/alertmanager/grafana/api/v2/status") or {}
    return {receiver["name"] for receiver in (status.get("config") or {}).get("receivers") or []}


def read_back(grafana: Grafana, tree: Tree) -> list[str]:
    """Ask Grafana whether it has what the tree has, no more of ours, and whether each rule evaluates.

    Returns one line per thing that is missing, left over or failing; an empty list means that all arrived.
    """
    return [*_data_sources(grafana, tree), *_dashboards(grafana, tree), *_rules(grafana, tree)]


def _data_sources(grafana: Grafana, tree: Tree) -> Iterator[str]:
    for source in tree.data_sources():
        if not grafana.get(f"/api/datasources/uid/{source['uid']}"):
            yield f"data source {source['name']!r} did not arrive"


def _dashboards(grafana: Grafana, tree: Tree) -> Iterator[str]:
    wanted = {model["uid"]: model for model in tree.dashboards()}
    deadline = time.monotonic() + PATIENCE
    for uid, model in wanted.items():
        if not _wait(partial(_has_dashboard, grafana, uid, model), deadline):
            yield f"dashboard {model['title']!r} did not arrive as built; see Grafana's log"
    for item in grafana.get("/api/search", type="dash-db", limit=5000) or []:
        if item["uid"].startswith(UID_PREFIX) and item["uid"] not in wanted and item.get("folderTitle") == FOLDER:
            yield f"dashboard {item['title']!r} ({item['uid']}) is still there, although the tree has it no more"


def _has_dashboard(grafana: Grafana, uid: str, model: Json) -> bool:
    found = grafana.get(f"/api/dashboards/uid/{uid}")
    # Id and version are Grafana's own.
    return bool(found) and {**found["dashboard"], "id": None, "version": None} == {**model, "id": None, "version": None}


def _rules(grafana: Grafana, tree: Tree) -> Iterator[str]:
    wanted = {rule["uid"]: rule for rule in tree.rules()}
    stored = {rule["uid"]: rule for rule in grafana.get("/api/v1/provisioning/alert-rules") or []}
    for uid, rule in wanted.items():
        if uid not in stored or not _is_as_built(stored[uid], rule):
            yield f"rule {rule['title']!r} did not arrive as built"
    for uid, rule in stored.items():
        if uid.startswith(UID_PREFIX) and uid not in wanted:
            yield f"rule {rule['title']!r} ({uid}) is still there, although the tree has it no more"
    arrived = [stored[uid] for uid in wanted if uid in stored]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for rule, error in zip(arrived, pool.map(lambda rule: _evaluate(grafana, rule), arrived), strict=True):
            if error:
                yield f"rule {rule['title']!r} does not evaluate: {error}"


def _is_as_built(stored: Json, rule: Json) -> bool:
    """Whether the stored rule says what ours says; Grafana adds defaults of its own."""
    models = {item["refId"]: item["model"] for item in stored["data"]}
    return all(stored.get(key) == rule[key] for key in _COMPARED) and all(
        models.get(item["refId"], {}).get(key) == value for item in rule["data"] for key, value in item["model"].items()
    )


def _evaluate(grafana: Grafana, rule: Json) -> str:
    """Run the rule's whole pipeline once; return its error, or an empty text.

    The rule's own health would come later, be that of the version before, and with `KeepLast` hide the error.
    """
    try:
        answer = grafana.post("/api/v1/eval", {"data": rule["data"], "now": datetime.now(UTC).isoformat()})
    except UserError as error:
        return error.message
    results: Json = answer["results"]
    errors = [result["error"] for result in results.values() if result.get("error")]
    # One failing query makes all fail that use it; the cause is the one to name.
    errors.sort(key=lambda error: "dependencyError" in error)
    if errors:
        return str(errors[0])
    frames = results[rule["condition"]].get("frames") or []
    fields = [field for frame in frames for field in frame["schema"].get("fields") or []]
    labels = [json.dumps(field.get("labels"), sort_keys=True) for field in fields]
    if len(labels) != len(set(labels)):
        return "several of its rows have the same labels"
    return ""


def _wait(condition: Callable[[], bool], deadline: float) -> bool:
    """Whether `condition` is true now or becomes so before `deadline`, a moment of the monotonic clock."""
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True
