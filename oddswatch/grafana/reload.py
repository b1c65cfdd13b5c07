"""Making a running Grafana take the tree."""

import time
from collections.abc import Callable

from oddswatch.grafana.api import Grafana
from oddswatch.grafana.waiting import becomes_true
from oddswatch.tree.tree import RULES_FILE, Tree, without

#: Seconds in which Grafana's alert manager takes a new configuration: it looks once a minute.
POLL = 90


def reload(grafana: Grafana) -> None:
    """Make Grafana read all our files, in the order in which it does at its start."""
    for kind in ("datasources", "alerting", "dashboards"):
        grafana.reload(kind)


def contact_points_first(grafana: Grafana, tree: Tree, write: Callable[[Tree], None]) -> bool:
    """Make a Grafana that does not know our contact points yet take everything but the rules, and wait until it does.

    Rules act at once, contact points with the alert manager's next look at its configuration: in between, an alert
    would be mailed to Grafana's built-in address, which is a stranger's. `write` replaces the tree on disk. Returns
    whether the contact points are known now; False when they did not arrive, which `read_back` explains.
    """
    names = {point["name"] for point in tree.alerting("contactPoints")}
    if names <= grafana.active_receivers():
        return True
    write(without(tree, RULES_FILE))
    reload(grafana)
    if not names <= {point["name"] for point in grafana.contact_points()}:
        return False
    return becomes_true(lambda: names <= grafana.active_receivers(), time.monotonic() + POLL)
