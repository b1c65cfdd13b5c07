"""Taking everything of ours out of a Grafana."""

import time
from pathlib import Path

from oddswatch.grafana import leftovers, reload
from oddswatch.grafana.api import Grafana
from oddswatch.names import DATASOURCE_NAME, UID_PREFIX
from oddswatch.tree import files
from oddswatch.tree.tree import Tree, with_file

_PROVIDER = "dashboards/oddswatch.yml"


def remove(grafana: Grafana, output: Path) -> list[str]:
    """Delete all that was provisioned from the tree in `output`, then our files in it.

    Grafana deletes dashboards when their files go while it still knows the folder; everything else has to be named.
    Returns one line per thing that stays because somebody else uses it.
    """
    before, nothing = Tree.read(output), Tree({})
    provider = Tree({name: text for name, text in before.files.items() if name == _PROVIDER})
    gone = leftovers.carry(before, provider, leftovers.stored_rules(grafana))
    source = {"orgId": 1, "name": DATASOURCE_NAME}
    files.write(with_file(gone, "datasources/oddswatch-gone.yml", {"deleteDatasources": [source]}), output)
    reload.reload(grafana)
    kept = leftovers.remove(grafana, nothing, lambda once: files.write(once, output))
    deadline = time.monotonic() + reload.PATIENCE
    while _dashboards(grafana, before) and time.monotonic() < deadline:
        time.sleep(0.5)
    files.write(nothing, output)
    return [*(f"dashboard {title!r}: it stayed" for title in _dashboards(grafana, before)), *kept]


def _dashboards(grafana: Grafana, before: Tree) -> list[str]:
    """Titles of our dashboards that Grafana still has."""
    ours = {model["uid"] for model in before.dashboards()}
    found = grafana.get("/api/search", type="dash-db", limit=5000) or []
    return [item["title"] for item in found if item["uid"] in ours and item["uid"].startswith(UID_PREFIX)]
