"""Bringing the tree into a Grafana through its HTTP API: what would change, each with the call that makes it.

The plan is made before anything is written, from what Grafana has and what the tree has; `diff --push` shows it, `push`
makes it, and both therefore say the same.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial

from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana import api_form, ours, reload, waiting
from oddswatch.grafana.api import Grafana, RefusedError
from oddswatch.grafana.deletions import candidates
from oddswatch.grafana.origin import API
from oddswatch.json_types import Json
from oddswatch.names import FOLDER
from oddswatch.tree.compare import compare_things, of_dashboard, of_group
from oddswatch.tree.plan import Action, Change, Plan
from oddswatch.tree.tree import Tree


@dataclass(frozen=True)
class Step:
    """What a person reads of a change, and the call that makes it."""

    plan: Plan
    make: Callable[[], object]


@dataclass(frozen=True)
class Push:
    """All steps in the order in which Grafana can take them, and who uses what therefore stays."""

    steps: tuple[Step, ...]
    in_use: dict[str, str]

    @property
    def plan(self) -> Plan:
        """What changes, as people read it."""
        plans = [step.plan for step in self.steps]
        return Plan(tuple(change for plan in plans for change in plan.changes), sum(plan.unchanged for plan in plans))

    def make(self) -> None:
        """Make the changes; raises `UserError` that says what was written before one failed."""
        made: list[Change] = []
        for step in self.steps:
            if step.plan.changes:
                try:
                    step.make()
                except UserError as error:
                    raise UserError(f"{error.message}\n{_so_far(made)}", error.exit_code) from None
                made += step.plan.changes


def _so_far(made: list[Change]) -> str:
    if not made:
        return "nothing was written"
    things = [change.text for change in made if change.kind != "panel"]
    return "\n  ".join(["run it again, which completes it; written were until then:", *things])


class _Folder:
    """The folder of ours, known by its title as Grafana does with files; `uid` is empty while there is none."""

    def __init__(self, grafana: Grafana) -> None:
        self._grafana = grafana
        self.uid = next((folder["uid"] for folder in grafana.folders() if folder["title"] == FOLDER), "")

    def make(self) -> None:
        self.uid = self._grafana.make_folder(FOLDER)


def plan(grafana: Grafana, tree: Tree, environment: Mapping[str, str]) -> Push:
    """Return what makes Grafana have what the tree has; an empty tree takes away all that was pushed.

    `environment` has the variables that the contact points name. Raises `UserError` where one of them is missing.
    Neither a policy tree nor a data source is ever written.
    """
    folder = _Folder(grafana)
    receivers = list(_receivers(grafana, tree, environment))
    gone, in_use = _gone(grafana, tree)
    steps = (
        *_folder(folder, tree),
        *_templates(grafana, tree),
        *_mute_timings(grafana, tree),
        *receivers,
        # Before the rules, whose mails lead to them.
        *_dashboards(grafana, tree, folder),
        *_retired_groups(grafana, tree, folder),
        *_groups(grafana, tree, folder, new_receivers=any(step.plan.changes for step in receivers)),
        *gone,
    )
    return Push(steps, in_use)


def _step(kind: str, name: str, was: Json | None, now: Json, make: Callable[[], object]) -> Step:
    """The step from what Grafana has, or nothing, to what it is to have; it names parts, not their values."""
    if was == now:
        return Step(Plan((), 1), make)
    action: Action = "changed" if was else "added"
    details = tuple(f"{key} changed" for key in now if was and was.get(key) != now[key])
    return Step(Plan((Change(action, kind, name, details),), 0), make)


def _removal(kind: str, name: str, make: Callable[[], object]) -> Step:
    return Step(Plan((Change("removed", kind, name),), 0), make)


def _folder(folder: _Folder, tree: Tree) -> Iterator[Step]:
    if tree.files:
        now = {"title": FOLDER}
        yield _step("folder", FOLDER, now if folder.uid else None, now, folder.make)


def _templates(grafana: Grafana, tree: Tree) -> Iterator[Step]:
    stored = {template["name"]: {"text": template["template"]} for template in ours.templates(grafana, API)}
    for template in tree.alerting("templates"):
        # Grafana takes off the white space around it.
        name, now = template["name"], {"text": template["template"].strip()}
        yield _step("mail template", name, stored.get(name), now, partial(grafana.save_template, name, now["text"]))


def _mute_timings(grafana: Grafana, tree: Tree) -> Iterator[Step]:
    keys = ("name", "time_intervals")
    stored = {timing["name"]: {key: timing[key] for key in keys} for timing in ours.mute_timings(grafana, API)}
    for timing in tree.alerting("muteTimes"):
        now = {key: timing[key] for key in keys}
        was = stored.get(now["name"])
        yield _step("mute timing", now["name"], was, now, partial(grafana.save_mute_timing, now, new=was is None))


def _receivers(grafana: Grafana, tree: Tree, environment: Mapping[str, str]) -> Iterator[Step]:
    stored = {receiver["uid"]: receiver for receiver in ours.contact_points(grafana, API)}
    for receiver in api_form.receivers_to_send(tree.alerting("contactPoints"), environment):
        has = stored.get(receiver["uid"])
        was = api_form.receiver_to_compare(has, has) if has else None
        now = api_form.receiver_to_compare(receiver, has or receiver)
        save = partial(grafana.save_contact_point, receiver, new=has is None)
        yield _step("contact point", f"{receiver['name']} ({receiver['type']})", was, now, save)


def _dashboards(grafana: Grafana, tree: Tree, folder: _Folder) -> Iterator[Step]:
    stored = ours.dashboards(grafana, API)
    wanted = {model["uid"]: model for model in tree.dashboards()}
    for uid, model in stored.items():
        if uid not in wanted:
            yield _removal("dashboard", model["title"], partial(grafana.delete_dashboard, uid))
    for uid, model in wanted.items():
        was = of_dashboard(api_form.dashboard_to_compare(stored[uid])) if uid in stored else {}
        now = of_dashboard(api_form.dashboard_to_compare(model))
        yield Step(compare_things(was, now), partial(_save_dashboard, grafana, model, folder))


def _save_dashboard(grafana: Grafana, model: Json, folder: _Folder) -> None:
    grafana.save_dashboard(model, folder.uid)


def _retired_groups(grafana: Grafana, tree: Tree, folder: _Folder) -> Iterator[Step]:
    """Rules of groups that the tree has no more; those of other groups go when their group is replaced."""
    groups = {group["name"] for group in tree.alerting("groups")}
    for rule in ours.rules(grafana, API):
        if rule["folderUID"] == folder.uid and rule["ruleGroup"] not in groups:
            yield _removal("rule", rule["title"], partial(grafana.delete_rule, rule["uid"]))


def _groups(grafana: Grafana, tree: Tree, folder: _Folder, *, new_receivers: bool) -> Iterator[Step]:
    names = {point["name"] for point in tree.alerting("contactPoints")}
    wait = cache(partial(_wait_until_known, grafana, names, new_receivers=new_receivers))
    for group in tree.alerting("groups"):
        stored = grafana.rule_group(folder.uid, group["name"]) if folder.uid else None
        keys = {rule["uid"]: api_form.rule_to_send(rule, "", "").keys() for rule in group["rules"]}
        was = of_group(_group_to_compare(stored, folder, keys)) if stored else {}
        now = of_group(_group_to_compare(_group_to_send(group, folder), folder, keys))
        yield Step(compare_things(was, now), partial(_save_group, grafana, group, folder, wait))


def _group_to_send(group: Json, folder: _Folder) -> Json:
    return {
        "title": group["name"],
        "folderUid": folder.uid,
        "interval": api_form.seconds(group["interval"]),
        "rules": [api_form.rule_to_send(rule, group["name"], folder.uid) for rule in group["rules"]],
    }


def _group_to_compare(group: Json, folder: _Folder, keys: Mapping[str, Iterable[str]]) -> Json:
    rules = [api_form.rule_to_compare(rule, keys.get(rule["uid"], ("uid", "title"))) for rule in group["rules"]]
    return {"name": group["title"], "interval": group["interval"], "rules": rules}


def _save_group(grafana: Grafana, group: Json, folder: _Folder, wait: Callable[[], None]) -> None:
    wait()
    grafana.save_rule_group(_group_to_send(group, folder))


def _wait_until_known(grafana: Grafana, names: set[str], *, new_receivers: bool) -> None:
    """Wait until the alert manager knows the contact points; before, mails go to Grafana's built-in address.

    Where the token may not ask (from Grafana 13 on), wait as long as it takes at most after new ones.
    """
    deadline = time.monotonic() + reload.POLL
    try:
        known = waiting.becomes_true(lambda: names <= grafana.active_receivers(), deadline)
    except RefusedError:
        known = True
        if new_receivers:
            waiting.becomes_true(lambda: False, deadline)
    if not known:
        raise UserError(
            f"Grafana at {grafana.url} has the contact points, but its alert manager did not take them in "
            f"{reload.POLL} s, so it got no rules, whose mails would go to its built-in address; its log may say why",
            ExitCode.NOT_ACCEPTED,
        )


def _gone(grafana: Grafana, tree: Tree) -> tuple[list[Step], dict[str, str]]:
    """What the rules used and the tree has no more, and who of others uses what therefore stays."""
    delete: dict[str, Callable[[Json], None]] = {
        "deleteContactPoints": lambda entry: grafana.delete_contact_point(entry["uid"]),
        "deleteMuteTimes": lambda entry: grafana.delete_mute_timing(entry["name"]),
        "deleteTemplates": lambda entry: grafana.delete_template(entry["name"]),
    }
    found = candidates(grafana, tree, grafana.policies(), API)
    steps = [_removal(one.kind, one.name, partial(delete[one.key], one.entry)) for one in found if not one.users]
    return steps, {f"{one.kind} {one.name!r}": ", ".join(one.users) for one in found if one.users}
