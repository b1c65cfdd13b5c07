"""What Grafana has of ours and the tree no more.

Rules are deleted by the tree itself (`oddswatch.tree.deletions`). Contact points, mute timings, mail templates and a
policy tree can be in use by others, and then their deletion keeps Grafana from starting. They are deleted only after
Grafana was asked, by a file that exists for one reload.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from oddswatch.grafana import ours
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.origin import FILES, Origin
from oddswatch.grafana.usage import Usage
from oddswatch.json_types import Json
from oddswatch.names import UID_PREFIX
from oddswatch.tree import files
from oddswatch.tree.tree import Tree, with_file

_ONCE = "alerting/oddswatch-once.yml"


@dataclass(frozen=True)
class Candidate:
    """One thing that could be deleted: key and entry of the provisioning file, and who of others uses it."""

    key: str
    entry: Json
    kind: str
    name: str
    users: list[str]


def delete_what_is_gone(grafana: Grafana, tree: Tree, output: Path) -> dict[str, str]:
    """Delete what Grafana has of ours and `tree`, which stands in the folder `output`, has no more; rules excepted.

    Returns who uses them, by what stays because somebody else uses it.
    """
    deletions, in_use = _find(grafana, tree)
    if deletions:
        try:
            files.write(with_file(tree, _ONCE, deletions), output)
            grafana.reload("alerting")
        finally:
            files.write(tree, output)
    return in_use


def candidates(grafana: Grafana, tree: Tree, policies: Json, origin: Origin = FILES) -> list[Candidate]:
    """Return what Grafana has of ours by `origin` and `tree` has no more, rules excepted, and who of others uses it."""
    usage = Usage([rule for rule in grafana.rules() if not rule["uid"].startswith(UID_PREFIX)], policies)
    return [
        *_contact_points(ours.contact_points(grafana, origin), tree, usage),
        *_mute_timings(ours.mute_timings(grafana, origin), tree, usage),
        *_templates(ours.templates(grafana, origin), tree),
    ]


def _find(grafana: Grafana, tree: Tree) -> tuple[Json, dict[str, str]]:
    """Return what can be deleted, as a provisioning file says it, and what is in use, and by whom."""
    deletions: Json = {}
    in_use = {}
    policies = grafana.policies()
    if ours.is_our_policy_tree(policies) and not tree.alerting("policies"):
        deletions["resetPolicies"] = [1]
        policies = {}
    for candidate in candidates(grafana, tree, policies):
        if candidate.users:
            in_use[f"{candidate.kind} {candidate.name!r}"] = ", ".join(candidate.users)
        else:
            deletions.setdefault(candidate.key, []).append({"orgId": 1, **candidate.entry})
    return deletions, in_use


def _contact_points(found: list[Json], tree: Tree, usage: Usage) -> Iterator[Candidate]:
    names = {point["name"] for point in tree.alerting("contactPoints")}
    uids = {receiver["uid"] for point in tree.alerting("contactPoints") for receiver in point["receivers"]}
    for point in found:
        name, uid = point["name"], point["uid"]
        if uid not in uids:
            # Under a name that stays, only one of its receivers goes.
            users = [] if name in names else usage.of(name, "receiver")
            yield Candidate("deleteContactPoints", {"uid": uid}, "contact point", name, users)


def _mute_timings(found: list[Json], tree: Tree, usage: Usage) -> Iterator[Candidate]:
    wanted = {timing["name"] for timing in tree.alerting("muteTimes")}
    for timing in found:
        name = timing["name"]
        if name not in wanted:
            users = usage.of(name, "mute_time_intervals", "active_time_intervals")
            yield Candidate("deleteMuteTimes", {"name": name}, "mute timing", name, users)


def _templates(found: list[Json], tree: Tree) -> Iterator[Candidate]:
    wanted = {template["name"] for template in tree.alerting("templates")}
    for template in found:
        name = template["name"]
        if name not in wanted:
            yield Candidate("deleteTemplates", {"name": name}, "mail template", name, [])
