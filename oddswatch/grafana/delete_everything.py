"""Taking everything of ours out of a Grafana."""

import time
from pathlib import Path

from oddswatch.grafana.api import Grafana
from oddswatch.grafana.deletions import delete_what_is_gone, stored_rules
from oddswatch.grafana.read_back import PATIENCE
from oddswatch.grafana.reload import reload
from oddswatch.grafana.waiting import becomes_true
from oddswatch.names import DATASOURCE_NAME, UID_PREFIX
from oddswatch.tree import files
from oddswatch.tree.deletions import with_deletions
from oddswatch.tree.tree import Tree, with_file

_PROVIDER = "dashboards/oddswatch.yml"


def delete_everything(grafana: Grafana, output: Path) -> list[str]:
    """Delete all that was provisioned from the tree in `output`, then our files in it.

    Grafana deletes dashboards when their files go while it still knows the folder; everything else has to be named.
    Returns one line per thing that stays because somebody else uses it.
    """
    before, nothing = Tree.read(output), Tree({})
    provider = Tree({name: text for name, text in before.files.items() if name == _PROVIDER})
    gone = with_deletions(provider, before, stored_rules(grafana))
    source = {"orgId": 1, "name": DATASOURCE_NAME}
    files.write(with_file(gone, "datasources/oddswatch-gone.yml", {"deleteDatasources": [source]}), output)
    reload(grafana)
    in_use = delete_what_is_gone(grafana, nothing, lambda once: files.write(once, output))
    becomes_true(lambda: not _dashboards(grafana, before), time.monotonic() + PATIENCE)
    files.write(nothing, output)
    return [*(f"dashboard {title!r}: it stayed" for title in _dashboards(grafana, before)), *in_use]


def _dashboards(grafana: Grafana, before: Tree) -> list[str]:
    """Titles of our dashboards that Grafana still has."""
    ours = {model["uid"] for model in before.dashboards()}
    return [
        item["title"] for item in grafana.dashboards() if item["uid"] in ours and item["uid"].startswith(UID_PREFIX)
    ]
