"""Saying what a build changes, or would change."""

from pathlib import Path

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.commands.console import out
from oddswatch.tree import metrics_page
from oddswatch.tree.plan import Plan


def show_plan(output: Path, plan: Plan) -> None:
    """Print the plan of the tree in `output`."""
    out.print(f"{output}", markup=False)
    for line in plan.lines():
        out.print(line, markup=False)


def page_changes(catalogue: Catalogue, output: Path) -> bool:
    """Say and tell whether the page about the metrics, which belongs to the committed tree, is to change."""
    changes = metrics_page.belongs_to(output) and not metrics_page.is_current(catalogue)
    if changes:
        out.print(f"{metrics_page.PAGE} changes", markup=False)
    return changes
