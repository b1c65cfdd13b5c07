"""`generate.py build`: write the tree, and make Grafana take it where GRAFANA_URL names one."""

from pathlib import Path

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.commands.changes import page_changes, show_plan
from oddswatch.commands.console import out, progress, warn
from oddswatch.commands.loading import load
from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana import clashes
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.deletions import delete_what_is_gone, stored_rules
from oddswatch.grafana.read_back import read_back
from oddswatch.grafana.reload import contact_points_first, reload
from oddswatch.grafana.version import grafana_warning
from oddswatch.tree import files, metrics_page
from oddswatch.tree.compare import compare
from oddswatch.tree.deletions import with_deletions
from oddswatch.tree.tree import Tree


def build(config: Path, output: Path) -> None:
    """Write the tree; reload Grafana where GRAFANA_URL names one."""
    write(*load(config), output)


def write(catalogue: Catalogue, tree: Tree, output: Path) -> None:
    """Write a tree that was made already; reload Grafana where GRAFANA_URL names one."""
    before = Tree.read(output)
    grafana = Grafana.from_environment()
    if grafana:
        warn(grafana_warning(grafana.require()))
        clashes.refuse(grafana, tree)
    tree = with_deletions(tree, before, stored_rules(grafana) if grafana else ())
    changes = compare(before, tree)
    if grafana:
        progress.print("asking Grafana to take it; the first time this waits a minute for its alert manager")
        contact_points_first(grafana, tree, lambda partly: files.write(partly, output))
    files.write(tree, output)
    show_plan(output, changes)
    if page_changes(catalogue, output):
        files.write_text(metrics_page.PAGE, metrics_page.render(catalogue))
    if grafana:
        _reload(grafana, tree, output)


def _reload(grafana: Grafana, tree: Tree, output: Path) -> None:
    reload(grafana)
    for line in delete_what_is_gone(grafana, tree, lambda once: files.write(once, output)):
        out.print(f"left in Grafana, because it is in use: {line}", markup=False)
    problems = read_back(grafana, tree)
    if problems:
        raise UserError(
            f"Grafana at {grafana.url} did not take everything (does it read {output}?):\n  " + "\n  ".join(problems),
            ExitCode.NOT_ACCEPTED,
        )
    out.print(
        f"{grafana.url} has {len(tree.dashboards())} dashboards and {len(tree.rules())} rules, and every rule evaluates"
    )
