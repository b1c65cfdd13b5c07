"""Things of somebody else's under our names: Grafana would not start, or would replace them without a word."""

from collections.abc import Iterator

from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana.api import Grafana, is_from_file
from oddswatch.json_types import Json
from oddswatch.names import FOLDER
from oddswatch.tree.tree import Tree


def refuse(grafana: Grafana, tree: Tree) -> None:
    """Raise `UserError` that lists all clashes with their remedies; to be asked before anything is written."""
    found = [
        *_data_sources(grafana, tree),
        *_dashboards(grafana, tree),
        *_contact_points(grafana, tree),
        *_rules(grafana, tree),
        *_by_name("mail template", tree.alerting("templates"), grafana.templates()),
        *_by_name("mute timing", tree.alerting("muteTimes"), grafana.mute_timings()),
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


def _dashboards(grafana: Grafana, tree: Tree) -> Iterator[str]:
    ours = {model["uid"]: model["title"] for model in tree.dashboards()}
    for uid in ours:
        found = grafana.dashboard(uid)
        if found and not found["meta"].get("provisioned"):
            yield f"dashboard {found['dashboard']['title']!r} has our uid {uid!r}; save it as a copy and delete it"
    for title in ours.values():
        for item in grafana.dashboards(title):
            if item.get("folderTitle") == FOLDER and item["title"] == title and item["uid"] not in ours:
                yield f"dashboard {title!r} in the folder {FOLDER!r} has the uid {item['uid']!r}; rename or move it"


def _contact_points(grafana: Grafana, tree: Tree) -> Iterator[str]:
    ours = {
        receiver["uid"]: point["name"] for point in tree.alerting("contactPoints") for receiver in point["receivers"]
    }
    for point in grafana.contact_points():
        if point["name"] in ours.values() and point["uid"] not in ours:
            yield f"contact point {point['name']!r} has a receiver that is not ours; rename it"
        elif point["uid"] in ours and not is_from_file(point):
            yield f"contact point {point['name']!r} has our uid {point['uid']!r}; make a copy of it and delete it"


def _rules(grafana: Grafana, tree: Tree) -> Iterator[str]:
    ours = {rule["uid"]: rule["title"] for rule in tree.rules()}
    folders: dict[str, str] = {}
    for rule in grafana.rules():
        if rule["uid"] in ours and not is_from_file(rule):
            yield f"rule {rule['title']!r} has our uid {rule['uid']!r}; make a copy of it and delete it"
        elif rule["uid"] not in ours and rule["title"] in ours.values():
            uid = rule["folderUID"]
            if uid not in folders:
                folders[uid] = grafana.folder_title(uid)
            if folders[uid] == FOLDER:
                yield f"rule {rule['title']!r} in the folder {FOLDER!r} has the uid {rule['uid']!r}; rename or move it"


def _by_name(kind: str, ours: list[Json], found: list[Json]) -> Iterator[str]:
    """Things that have nothing but a name: what a person has made under ours would be replaced."""
    names = {thing["name"] for thing in ours}
    for thing in found:
        if thing["name"] in names and not is_from_file(thing):
            yield f"{kind} {thing['name']!r} is not ours; rename it"
