"""Asking a Grafana whether it has taken the tree."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from oddswatch.errors import UserError
from oddswatch.grafana import waiting
from oddswatch.grafana.api import Grafana
from oddswatch.json_types import Json
from oddswatch.names import FOLDER, UID_PREFIX
from oddswatch.tree.tree import Tree

_AT_ONCE = 4
#: What Grafana stores as it stands; it writes durations in its own way.
_COMPARED = ("title", "condition", "noDataState", "execErrState", "annotations", "labels")


def read_back(grafana: Grafana, tree: Tree) -> list[str]:
    """Ask Grafana whether it has what the tree has, no more of ours, and whether each rule evaluates.

    Returns one line per thing that is missing, left over or failing; an empty list means that all arrived.
    """
    return [*missing(grafana, tree), *_left_over(grafana, tree)]


def missing(grafana: Grafana, tree: Tree) -> list[str]:
    """Return one line per thing of the tree that Grafana does not have, and per rule that does not evaluate."""
    return [*_data_sources(grafana, tree), *_dashboards(grafana, tree), *_rules(grafana, tree)]


def _left_over(grafana: Grafana, tree: Tree) -> Iterator[str]:
    wanted = {model["uid"] for model in tree.dashboards()}
    for item in grafana.dashboards():
        if item["uid"].startswith(UID_PREFIX) and item["uid"] not in wanted and item.get("folderTitle") == FOLDER:
            yield f"dashboard {item['title']!r} ({item['uid']}) is still there, although the tree has it no more"
    wanted = {rule["uid"] for rule in tree.rules()}
    for rule in grafana.rules():
        if rule["uid"].startswith(UID_PREFIX) and rule["uid"] not in wanted:
            yield f"rule {rule['title']!r} ({rule['uid']}) is still there, although the tree has it no more"


def _data_sources(grafana: Grafana, tree: Tree) -> Iterator[str]:
    stored = {source["uid"] for source in grafana.data_sources()}
    for source in tree.data_sources():
        if source["uid"] not in stored:
            yield f"data source {source['name']!r} did not arrive"


def _dashboards(grafana: Grafana, tree: Tree) -> Iterator[str]:
    wanted = {model["uid"]: model for model in tree.dashboards()}
    deadline = time.monotonic() + waiting.PATIENCE
    for uid, model in wanted.items():
        if not waiting.becomes_true(partial(_has_dashboard, grafana, uid, model), deadline):
            yield f"dashboard {model['title']!r} did not arrive as built; see Grafana's log"


def _has_dashboard(grafana: Grafana, uid: str, model: Json) -> bool:
    found = grafana.dashboard(uid)
    numbers_of_grafana = {"id": None, "version": None}
    return found is not None and {**found["dashboard"], **numbers_of_grafana} == {**model, **numbers_of_grafana}


def _rules(grafana: Grafana, tree: Tree) -> Iterator[str]:
    wanted = {rule["uid"]: rule for rule in tree.rules()}
    stored = {rule["uid"]: rule for rule in grafana.rules()}
    for uid, rule in wanted.items():
        if uid not in stored or not _is_as_built(stored[uid], rule):
            yield f"rule {rule['title']!r} did not arrive as built"
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
        results = grafana.evaluate(rule)
    except UserError as error:
        return error.message
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
