"""Two trees compared, thing by thing as a person would name them."""

from collections.abc import Mapping
from typing import Any

from oddswatch.json_types import Json
from oddswatch.tree.plan import Action, Change, Plan
from oddswatch.tree.tree import Tree

#: What a person would name, by kind and name.
Things = dict[tuple[str, str], Any]


def compare(before: Tree, after: Tree) -> Plan:
    """Return what changes from one tree to the other: dashboards, panels, rules, and whatever else they hold."""
    return compare_things(_things(before), _things(after))


def compare_things(old: Things, new: Things) -> Plan:
    """Return what changes from some things to others."""
    changes = []
    for kind, name in [*new, *(key for key in old if key not in new)]:
        was, now = old.get((kind, name)), new.get((kind, name))
        if was == now:
            continue
        action: Action = "added" if was is None else "removed" if now is None else "changed"
        details = _differences(was, now) if action == "changed" else ()
        changes.append(Change(action, kind, name, details))
    return Plan(tuple(changes), sum(key in old and old[key] == new[key] for key in new))


def of_dashboard(model: Json) -> Things:
    """Return a dashboard and its panels."""
    title = model["title"]
    frame = {key: value for key, value in model.items() if key != "panels"}
    panels = {("panel", f"{title} / {panel['title']}"): panel for panel in _flat(model["panels"])}
    return {("dashboard", title): frame, **panels}


def of_group(group: Json) -> Things:
    """Return the rules of a group, and the group."""
    rules = {("rule", rule["title"]): rule for rule in group["rules"]}
    return {**rules, ("rule group", group["name"]): {**group, "rules": [rule["uid"] for rule in group["rules"]]}}


def _things(tree: Tree) -> Things:
    things: Things = {}
    for model in tree.dashboards():
        things |= of_dashboard(model)
    for group in tree.alerting("groups"):
        things |= of_group(group)
    for key, kind, name in (
        ("contactPoints", "contact point", "name"),
        ("templates", "mail template", "name"),
        ("muteTimes", "mute timing", "name"),
        ("policies", "policy tree", "receiver"),
        ("deleteRules", "deletion", "uid"),
    ):
        for thing in tree.alerting(key):
            things[kind, thing[name]] = thing
    for name, text in tree.files.items():
        if name.startswith(("datasources/", "dashboards/", "plugins/")) and name.endswith(".yml"):
            things["file", name] = {"text": text}
    return things


def _flat(panels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [inner for panel in panels for inner in (panel, *panel.get("panels", []))]


def _differences(was: Any, now: Any, path: str = "") -> tuple[str, ...]:
    """Short lines, one per value that differs; long texts are named, not shown."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        keys = sorted({*was, *now})
        return tuple(
            line for key in keys for line in _differences(was.get(key), now.get(key), f"{path}.{key}" if path else key)
        )
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        return tuple(
            line for i, (a, b) in enumerate(zip(was, now, strict=True)) for line in _differences(a, b, f"{path}[{i}]")
        )
    if was == now:
        return ()
    short = len(str(was)) <= 60 and len(str(now)) <= 60
    return (f"{path}: {was!r} -> {now!r}" if short else f"{path} changed",)
