"""A build that a running Grafana takes at once."""

from pathlib import Path

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.commands.changes import make_changes
from oddswatch.commands.console import print_in_use, print_progress, print_result, print_warning
from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana import clashes, one_way, ours
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.deletions import delete_what_is_gone
from oddswatch.grafana.read_back import read_back
from oddswatch.grafana.reload import contact_points_first, reload
from oddswatch.grafana.version import grafana_warning
from oddswatch.tree.deletions import with_deletions
from oddswatch.tree.tree import Tree


def write_and_reload(catalogue: Catalogue, tree: Tree, output: Path) -> None:
    """Write a tree that was made already, make the Grafana of GRAFANA_URL take it, and read back what arrived."""
    before = Tree.read(output)
    grafana = Grafana.from_environment()
    print_warning(grafana_warning(grafana.version()))
    one_way.refuse_pushed(grafana)
    clashes.refuse(grafana, tree)
    tree = with_deletions(tree, before, [rule["uid"] for rule in ours.rules(grafana)])
    print_progress("asking Grafana to take it; the first time this waits a minute for its alert manager")
    contact_points_first(grafana, before, tree, output)
    make_changes(catalogue, before, tree, output)
    reload(grafana)
    print_in_use(delete_what_is_gone(grafana, tree, output))
    problems = read_back(grafana, tree)
    if problems:
        raise UserError(
            f"Grafana at {grafana.url} did not take everything (does it read {output}?):\n  " + "\n  ".join(problems),
            ExitCode.NOT_ACCEPTED,
        )
    print_result(
        f"{grafana.url} has {len(tree.dashboards())} dashboards and {len(tree.rules())} rules, and every rule evaluates"
    )
