"""Making a running Grafana take the tree."""

import time
from pathlib import Path

from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.waiting import becomes_true
from oddswatch.tree import files
from oddswatch.tree.tree import RULES_FILE, Tree, without

#: Seconds in which Grafana's alert manager takes a new configuration: it looks once a minute.
POLL = 90


def reload(grafana: Grafana) -> None:
    """Make Grafana read all our files, in the order in which it does at its start."""
    for kind in ("datasources", "alerting", "dashboards"):
        grafana.reload(kind)


def contact_points_first(grafana: Grafana, before: Tree, tree: Tree, output: Path) -> None:
    """Make a Grafana that does not know our contact points yet take everything but the rules, and wait until it does.

    Rules act at once, contact points with the alert manager's next look at its configuration: in between, an alert
    would be mailed to Grafana's built-in address, which is a stranger's. Raises `UserError` when the contact points do
    not arrive (the folder `output` is then as it was `before`), or when the alert manager does not take them.
    """
    names = {point["name"] for point in tree.alerting("contactPoints")}
    if names <= grafana.active_receivers():
        return
    files.write(without(tree, RULES_FILE), output)
    reload(grafana)
    if not names <= {point["name"] for point in grafana.contact_points()}:
        files.write(before, output)
        raise UserError(
            f"Grafana at {grafana.url} did not take the contact points: does it read {output}? That folder is as it "
            "was; give the folder that it reads with --output, or unset GRAFANA_URL to write without asking it",
            ExitCode.NOT_ACCEPTED,
        )
    if not becomes_true(lambda: names <= grafana.active_receivers(), time.monotonic() + POLL):
        raise UserError(
            f"Grafana at {grafana.url} has the contact points, but its alert manager did not take them in {POLL} s; "
            f"{output} holds everything but the rules, whose mails would go to Grafana's built-in address. Its log may "
            "say why; then build again",
            ExitCode.NOT_ACCEPTED,
        )
