"""Things of somebody else's under our names: Grafana would not start, or would replace them without a word."""

from collections.abc import Iterator

from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana.api import Grafana
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
        *_by_name(grafana, tree, "templates", "templates", "mail template"),
        *_by_name(grafana, tree, "mute-timings", "muteTimes", "mute timing"),
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
    for source in grafana.get("/api/datasources") or []:
        name, uid = source["name"], source["uid"]
        if name in ours and uid != ours[name]:
            yield f"data source {name!r} has the uid {uid!r}; rename or delete it"
        elif uid in ours.values() and name not in ours:
            yield f"data source {name!r} has our uid {uid!r}; delete it or give it another uid"


def _dashboards(grafana: Grafana, tree: Tree) -> Iterator[str]:
    ours = {model["uid"]: model["title"] for model in tree.dashboards()}
    for uid in ours:
        found = grafana.get(f"/api/dashboards/uid/{uid}")
        if found and not found["meta"].get("provisioned"):
            yield f"dashboard {found['dashboard']['title']!r} has our uid {uid!r}; save it as a copy and delete it"
    for title in ours.values():
        for item in grafana.get("/api/search", type="dash-db", query=title, limit=5000) or []:
            if item.get("folderTitle") == FOLDER and item["title"] == title and item["uid"] not in ours:
                yield f"dashboard {title!r} in the folder {FOLDER!r} has the uid {item['uid']!r}; rename or move it"


def _contact_points(grafana: Grafana, tree: Tree) -> Iterator[str]:
    ours = {
        receiver["uid"]: point["name"] for point in tree.alerting("contactPoints") for receiver in point["receivers"]
    }
    for point in grafana.get("/api/v1/provisioning/contact-points") or []:
        if point["name"] in ours.values() and point["uid"] not in ours:
            yield f"contact point {point['name']!r} has a receiver that is not ours; rename it"
        elif point["uid"] in ours and not _is_provisioned(point):
            yield f"contact point {point['name']!r} has our uid {point['uid']!r}; make a copy of it and delete it"


def _rules(grafana: Grafana, tree: Tree) -> Iterator[str]:
    ours = {rule["uid"]: rule["title"] for rule in tree.rules()}
    folders: dict[str, str] = {}
    for rule in grafana.get("/api/v1/provisioning/alert-rules") or []:
        if rule["uid"] in ours and not _is_provisioned(rule):
            yield f"rule {rule['title']!r} has our uid {rule['uid']!r}; make a copy of it and delete it"
        elif rule["uid"] not in ours and rule["title"] in ours.values():
            uid = rule["folderUID"]
            if uid not in folders:
                folders[uid] = (grafana.get(f"/api/folders/{uid}") or {}).get("title", "")
            if folders[uid] == FOLDER:
                yield f"rule {rule['title']!r} in the folder {FOLDER!r} has the uid {rule['uid']!r}; rename or move it"


def _by_name(grafana: Grafana, tree: Tree, path: str, key: str, what: str) -> Iterator[str]:
    """Things that have nothing but a name: what a person has made under ours would be replaced."""
    ours = {thing["name"] for thing in tree.alerting(key)}
    for thing in grafana.get(f"/api/v1/provisioning/{path}") or []:
        if thing["name"] in ours and not _is_provisioned(thing):
            yield f"{what} {thing['name']!r} is not ours; rename it"


def _is_provisioned(thing: Json) -> bool:
    """Whether it came from a file; what a person makes has another provenance, or none."""
    return bool(thing.get("provenance") == "file")
