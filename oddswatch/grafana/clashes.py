"""Things of somebody else's under our names: Grafana would not start, or would replace them without a word."""

from collections.abc import Iterator

from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.origin import API, FILES, Origin
from oddswatch.json_types import Json
from oddswatch.names import FOLDER, UID_PREFIX
from oddswatch.tree.tree import Tree


def refuse(grafana: Grafana, tree: Tree, origin: Origin = FILES) -> None:
    """Raise `UserError` that lists all clashes with their remedies; to be asked before anything is written.

    What is there already counts as ours where it came by `origin`.
    """
    found = [
        *_data_sources(grafana, tree),
        *_dashboards(grafana, tree, origin),
        *_contact_points(grafana, tree, origin),
        *_rules(grafana, tree, origin),
        *(_in_our_groups(grafana, tree) if origin is API else ()),
        *_by_name("mail template", tree.alerting("templates"), grafana.templates(), origin),
        *_by_name("mute timing", tree.alerting("muteTimes"), grafana.mute_timings(), origin),
    ]
    if found:
        raise UserError(
            f"Grafana at {grafana.url} has things of somebody else under our names; nothing was written:\n  "
            + "\n  ".join(found),
            ExitCode.NOT_ACCEPTED,
        )


def _data_sources(grafana: Grafana, tree: Tree) -> Iterator[str]:
    """Two data sources that share only the name, or only the uid, keep Grafana from starting."""
    ours = {source["name"]: source["uid"] for source in tree.data_sources()}
    for source in grafana.data_sources():
        name, uid = source["name"], source["uid"]
        if name in ours and uid != ours[name]:
            yield f"data source {name!r} has the uid {uid!r}; rename or delete it"
        elif uid in ours.values() and name not in ours:
            yield f"data source {name!r} has our uid {uid!r}; delete it or give it another uid"


def _dashboards(grafana: Grafana, tree: Tree, origin: Origin) -> Iterator[str]:
    ours = {model["uid"]: model["title"] for model in tree.dashboards()}
    for uid in ours:
        found = grafana.dashboard(uid)
        if found and not origin.made_dashboard(found):
            yield f"dashboard {found['dashboard']['title']!r} has our uid {uid!r}; save it as a copy and delete it"
    for title in ours.values():
        for item in grafana.dashboards(title):
            if item.get("folderTitle") == FOLDER and item["title"] == title and item["uid"] not in ours:
                yield f"dashboard {title!r} in the folder {FOLDER!r} has the uid {item['uid']!r}; rename or move it"


def _contact_points(grafana: Grafana, tree: Tree, origin: Origin) -> Iterator[str]:
    ours = {
        receiver["uid"]: point["name"] for point in tree.alerting("contactPoints") for receiver in point["receivers"]
    }
    for point in grafana.contact_points():
        if point["name"] in ours.values() and point["uid"] not in ours and not _has_been_ours(point, origin):
            yield f"contact point {point['name']!r} has a receiver that is not ours; rename it"
        elif point["uid"] in ours and not origin.made(point):
            yield f"contact point {point['name']!r} has our uid {point['uid']!r}; make a copy of it and delete it"


def _rules(grafana: Grafana, tree: Tree, origin: Origin) -> Iterator[str]:
    ours = {rule["uid"]: rule["title"] for rule in tree.rules()}
    folders: dict[str, str] = {}
    for rule in grafana.rules():
        if rule["uid"] in ours and not origin.made(rule):
            yield f"rule {rule['title']!r} has our uid {rule['uid']!r}; make a copy of it and delete it"
        elif rule["uid"] not in ours and rule["title"] in ours.values() and not _has_been_ours(rule, origin):
            uid = rule["folderUID"]
            if uid not in folders:
                folders[uid] = grafana.folder_title(uid)
            if folders[uid] == FOLDER:
                yield f"rule {rule['title']!r} in the folder {FOLDER!r} has the uid {rule['uid']!r}; rename or move it"


def _in_our_groups(grafana: Grafana, tree: Tree) -> Iterator[str]:
    """The API replaces a whole group, and takes a rule from wherever it is; files do neither."""
    folders = {folder["uid"] for folder in grafana.folders() if folder["title"] == FOLDER}
    ours = {rule["uid"] for rule in tree.rules()}
    groups = {group["name"] for group in tree.alerting("groups")}
    for rule in grafana.rules():
        title, uid, group, is_here = rule["title"], rule["uid"], rule["ruleGroup"], rule["folderUID"] in folders
        if is_here and group in groups and not _has_been_ours(rule, API):
            yield f"rule {title!r} is in our group {group!r}; move it to another"
        elif not is_here and uid in ours and API.made(rule):
            yield f"rule {title!r} has our uid {uid!r} in another folder; delete it"


def _has_been_ours(thing: Json, origin: Origin) -> bool:
    """Of this version or of an earlier one: what the tree no longer has will be deleted."""
    return thing["uid"].startswith(UID_PREFIX) and origin.made(thing)


def _by_name(kind: str, ours: list[Json], found: list[Json], origin: Origin) -> Iterator[str]:
    """Things that have nothing but a name: what a person has made under ours would be replaced."""
    names = {thing["name"] for thing in ours}
    for thing in found:
        if thing["name"] in names and not origin.made(thing):
            yield f"{kind} {thing['name']!r} is not ours; rename it"
