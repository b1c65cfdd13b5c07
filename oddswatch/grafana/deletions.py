"""What Grafana has of ours and the tree no more.

Rules are deleted by the tree itself (`oddswatch.tree.deletions`). Contact points, mute timings, mail templates and a
policy tree can be in use by others, and then their deletion keeps Grafana from starting. They are deleted only after
Grafana was asked, by a file that exists for one reload.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oddswatch.grafana.api import Grafana, is_from_file
from oddswatch.grafana.usage import Usage
from oddswatch.json_types import Json
from oddswatch.names import NAME_PREFIX, UID_PREFIX
from oddswatch.tree.tree import Tree, with_file

_ONCE = "alerting/oddswatch-once.yml"


@dataclass(frozen=True)
class _Candidate:
    """One thing that could be deleted: key and entry of the provisioning file, and who of others uses it."""

    key: str
    entry: Json
    name: str
    users: list[str]


def stored_rules(grafana: Grafana) -> list[str]:
    """Return the uids of all our rules that Grafana has from files; a person's own rules are never among them."""
    return [rule["uid"] for rule in grafana.rules() if rule["uid"].startswith(UID_PREFIX) and is_from_file(rule)]


def delete_what_is_gone(grafana: Grafana, tree: Tree, write: Callable[[Tree], None]) -> list[str]:
    """Delete what Grafana has of ours and the tree has no more, except rules.

    `write` replaces the tree on disk; at the end it is `tree` again. Returns one line per thing that stays because
    somebody else uses it.
    """
    deletions, in_use = _find(grafana, tree)
    if deletions:
        try:
            write(with_file(tree, _ONCE, deletions))
            grafana.reload("alerting")
        finally:
            write(tree)
    return in_use


def _find(grafana: Grafana, tree: Tree) -> tuple[Json, list[str]]:
    """Return what can be deleted, as a provisioning file says it, and what is in use, a line each."""
    deletions: Json = {}
    in_use = []
    policies = grafana.policies()
    if _is_ours(policies.get("receiver", ""), policies) and not tree.alerting("policies"):
        deletions["resetPolicies"] = [1]
        policies = {}
    usage = Usage([rule for rule in grafana.rules() if not rule["uid"].startswith(UID_PREFIX)], policies)
    for candidate in (
        *_contact_points(grafana, tree, usage),
        *_mute_timings(grafana, tree, usage),
        *_templates(grafana, tree),
    ):
        if candidate.users:
            in_use.append(f"{candidate.name}: {', '.join(candidate.users)} uses it")
        else:
            deletions.setdefault(candidate.key, []).append({"orgId": 1, **candidate.entry})
    return deletions, in_use


def _contact_points(grafana: Grafana, tree: Tree, usage: Usage) -> Iterator[_Candidate]:
    names = {point["name"] for point in tree.alerting("contactPoints")}
    uids = {receiver["uid"] for point in tree.alerting("contactPoints") for receiver in point["receivers"]}
    for point in grafana.contact_points():
        name, uid = point["name"], point["uid"]
        if uid.startswith(UID_PREFIX) and is_from_file(point) and uid not in uids:
            # Under a name that stays, only one of its receivers goes.
            users = [] if name in names else usage.of(name, "receiver")
            yield _Candidate("deleteContactPoints", {"uid": uid}, f"contact point {name!r}", users)


def _mute_timings(grafana: Grafana, tree: Tree, usage: Usage) -> Iterator[_Candidate]:
    wanted = {timing["name"] for timing in tree.alerting("muteTimes")}
    for timing in grafana.mute_timings():
        name = timing["name"]
        if _is_ours(name, timing) and name not in wanted:
            users = usage.of(name, "mute_time_intervals", "active_time_intervals")
            yield _Candidate("deleteMuteTimes", {"name": name}, f"mute timing {name!r}", users)


def _templates(grafana: Grafana, tree: Tree) -> Iterator[_Candidate]:
    wanted = {template["name"] for template in tree.alerting("templates")}
    for template in grafana.templates():
        name = template["name"]
        if _is_ours(name, template) and name not in wanted:
            yield _Candidate("deleteTemplates", {"name": name}, f"mail template {name!r}", [])


def _is_ours(name: str, thing: Json) -> bool:
    return name.startswith(f"{NAME_PREFIX} ") and is_from_file(thing)
