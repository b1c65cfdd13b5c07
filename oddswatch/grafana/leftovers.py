"""What earlier versions left in Grafana, and what the tree no longer has.

Grafana keeps what merely disappears from a file, so that deletions have to be written out. Rules that the sources know
to be gone stand in the tree's own deletions (`alerting/retired.py`). The others are found here: those of the tree
before, and those that Grafana itself still has; they stay in a file of the tree for Grafanas that will read it later.

Contact points, mute timings, mail templates and a policy tree can be in use by others, and then their deletion keeps
Grafana from starting. They are deleted only after Grafana was asked, by a file that exists for one reload.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from oddswatch.grafana.api import Grafana
from oddswatch.json_types import Json
from oddswatch.names import NAME_PREFIX, UID_PREFIX
from oddswatch.tree.tree import Tree, with_file

_GONE = "alerting/oddswatch-gone.yml"
_ONCE = "alerting/oddswatch-once.yml"
_API = "/api/v1/provisioning"


def stored_rules(grafana: Grafana) -> list[str]:
    """Uids of all our rules that Grafana has from files; a person's own rules are never among them."""
    return [
        rule["uid"]
        for rule in grafana.get(f"{_API}/alert-rules") or []
        if rule["uid"].startswith(UID_PREFIX) and rule.get("provenance") == "file"
    ]


def carry(before: Tree, tree: Tree, stored: Iterable[str] = ()) -> Tree:
    """Return the tree with deletions of the rules that it no longer has, but `before` had or deleted, or Grafana has.

    Nothing is added when there are none, so that the same sources give the same tree; carried once, a deletion stays.
    """
    known = {rule["uid"] for rule in [*before.rules(), *before.alerting("deleteRules")]}
    wanted = {rule["uid"] for rule in [*tree.rules(), *tree.alerting("deleteRules")]}
    gone = sorted(uid for uid in {*known, *stored} - wanted if uid.startswith(UID_PREFIX))
    return with_file(tree, _GONE, {"deleteRules": [{"orgId": 1, "uid": uid} for uid in gone]}) if gone else tree


def remove(grafana: Grafana, tree: Tree, write: Callable[[Tree], None]) -> list[str]:
    """Delete what Grafana has of ours and the tree has no more, except rules, which `carry` deletes.

    `write` replaces the tree on disk; at the end it is `tree` again. Returns one line per thing that stays because
    somebody else uses it.
    """
    deletions, kept = _plan(grafana, tree)
    if deletions:
        try:
            write(with_file(tree, _ONCE, deletions))
            grafana.reload("alerting")
        finally:
            write(tree)
    return kept


def _plan(grafana: Grafana, tree: Tree) -> tuple[Json, list[str]]:
    """What can be deleted, in the words of a provisioning file, and what has to stay."""
    deletions: Json = {}
    kept = []
    policies = grafana.get(f"{_API}/policies") or {}
    if _is_ours(policies.get("receiver", ""), policies) and not tree.alerting("policies"):
        deletions["resetPolicies"] = [1]
        policies = {}
    rules = [rule for rule in grafana.get(f"{_API}/alert-rules") or [] if not rule["uid"].startswith(UID_PREFIX)]
    points = grafana.get(f"{_API}/contact-points") or []

    names = {point["name"] for point in tree.alerting("contactPoints")}
    uids = {receiver["uid"] for point in tree.alerting("contactPoints") for receiver in point["receivers"]}
    for point in points:
        if not point["uid"].startswith(UID_PREFIX) or point.get("provenance") != "file" or point["uid"] in uids:
            continue
        # Under a name that stays, only one of its receivers goes.
        users = [] if point["name"] in names else list(_users(rules, policies, "receiver", point["name"]))
        if users:
            kept.append(f"contact point {point['name']!r}: {', '.join(users)} uses it")
        else:
            deletions.setdefault("deleteContactPoints", []).append({"orgId": 1, "uid": point["uid"]})

    names = {timing["name"] for timing in tree.alerting("muteTimes")}
    for timing in grafana.get(f"{_API}/mute-timings") or []:
        if not _is_ours(timing["name"], timing) or timing["name"] in names:
            continue
        users = list(_users(rules, policies, "mute_time_intervals", timing["name"]))
        users += list(_users(rules, policies, "active_time_intervals", timing["name"]))
        if users:
            kept.append(f"mute timing {timing['name']!r}: {', '.join(users)} uses it")
        else:
            deletions.setdefault("deleteMuteTimes", []).append({"orgId": 1, "name": timing["name"]})

    names = {template["name"] for template in tree.alerting("templates")}
    for template in grafana.get(f"{_API}/templates") or []:
        if _is_ours(template["name"], template) and template["name"] not in names:
            deletions.setdefault("deleteTemplates", []).append({"orgId": 1, "name": template["name"]})
    return deletions, kept


def _is_ours(name: str, thing: Json) -> bool:
    return name.startswith(f"{NAME_PREFIX} ") and thing.get("provenance") == "file"


def _users(rules: list[Json], policies: Json, key: str, name: str) -> Iterator[str]:
    """Who of others names `name` under `key`: their rules, and the policy tree."""
    for rule in rules:
        if name in _listed((rule.get("notification_settings") or {}).get(key)):
            yield f"rule {rule['title']!r}"
    if any(name in _listed(route.get(key)) for route in _routes(policies)):
        yield "the policy tree"


def _routes(route: Json) -> Iterator[Json]:
    yield route
    for below in route.get("routes") or []:
        yield from _routes(below)


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
