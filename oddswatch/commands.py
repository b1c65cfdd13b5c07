"""What each command of the command line does, step by step, and what it prints."""

import os
from pathlib import Path

from rich.console import Console
from rich.table import Table

from oddswatch import check as checking
from oddswatch import connection, files, settings
from oddswatch import plan as planning
from oddswatch import preview as previewing
from oddswatch import reload as reloading
from oddswatch.catalogue import Catalogue
from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana_api import Grafana
from oddswatch.tree import Tree, compose
from oddswatch.validate import validate

#: Results on standard output, progress on standard error.
out = Console(highlight=False, soft_wrap=True)
progress = Console(stderr=True, highlight=False)


def load(config: Path) -> tuple[Catalogue, Tree]:
    """Make the tree of a configuration in memory, validated."""
    catalogue = Catalogue(settings.load(config))
    tree = compose(catalogue)
    validate(tree)
    return catalogue, tree


def build(config: Path, output: Path) -> None:
    """Write the tree; reload Grafana where GRAFANA_URL names one."""
    _, tree = load(config)
    grafana = Grafana.from_environment()
    if grafana:
        reloading.clashes(grafana, tree)
    plan = planning.compare(Tree.read(output), tree)
    files.write(tree, output)
    _print_plan(output, plan)
    if grafana:
        _reload(grafana, tree)


def _reload(grafana: Grafana, tree: Tree) -> None:
    reloading.reload(grafana)
    problems = reloading.read_back(grafana, tree)
    if problems:
        raise UserError(
            f"Grafana at {grafana.url} did not take everything:\n  " + "\n  ".join(problems), ExitCode.NOT_ACCEPTED
        )
    out.print(
        f"{grafana.url} has {len(tree.dashboards())} dashboards and {len(tree.rules())} rules, and every rule evaluates"
    )


def diff(config: Path, output: Path) -> None:
    """Print the plan; exit 1 when it is not empty."""
    _, tree = load(config)
    before = Tree.read(output)
    plan = planning.compare(before, tree)
    _print_plan(output, plan)
    if before.files != tree.files:
        raise SystemExit(int(ExitCode.FOUND))


def _print_plan(output: Path, plan: planning.Plan) -> None:
    out.print(f"{output}", markup=False)
    for line in plan.lines():
        out.print(line, markup=False)


def check(config: Path) -> None:
    """Run every query and print the result; exit 1 when one fails."""
    catalogue, tree = load(config)
    if not _show_check(tree, catalogue):
        raise SystemExit(int(ExitCode.FOUND))


def _show_check(tree: Tree, catalogue: Catalogue) -> bool:
    outcomes = checking.check(tree, catalogue.settings)
    table = Table("Query", "Rows", "ms", "Says now", box=None, pad_edge=False)
    for column in (1, 2):
        table.columns[column].justify = "right"
    for outcome in outcomes:
        if outcome.error:
            table.add_row(outcome.query.place, "", "", f"[red]failed[/red]: {_escaped(outcome.error)}")
        else:
            table.add_row(
                outcome.query.place, str(outcome.rows), f"{outcome.milliseconds:.0f}", _escaped(outcome.value)
            )
    out.print(table)
    failed = sum(bool(outcome.error) for outcome in outcomes)
    out.print(f"{len(outcomes)} queries under {' and '.join(checking.TIME_ZONES)}, {failed} failed")
    return not failed


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")


def preview(config: Path) -> None:
    """Print the alerts that would fire now."""
    catalogue, _ = load(config)
    alerts = previewing.preview(catalogue)
    for alert in alerts:
        out.rule(f"{alert.rule.title} ({alert.rule.settings.severity})", align="left")
        out.print(f"Subject: {alert.subject}", markup=False)
        out.print(alert.body, markup=False)
        out.print()
    out.print(f"{len(alerts)} alerts would fire now" if len(alerts) != 1 else "1 alert would fire now")
