"""`generate.py push`: bring everything into a running Grafana through its HTTP API."""

import os
from contextlib import closing
from pathlib import Path

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.commands.console import print_in_use, print_progress, print_result, print_warning
from oddswatch.commands.loading import load
from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana import clashes, data_source, one_way
from oddswatch.grafana import push as pushes
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.origin import API
from oddswatch.grafana.read_back import missing
from oddswatch.grafana.version import grafana_warning
from oddswatch.tree.data_source import reading_from
from oddswatch.tree.tree import Tree


def push(config: Path) -> None:
    """Push the tree of a configuration into the Grafana of GRAFANA_URL, and read back what arrived."""
    catalogue, tree = load(config)
    with closing(Grafana.by_token()) as grafana:
        tree, planned = _plan(catalogue, tree, grafana)
        print_progress("asking Grafana to take it; the first time this waits a minute for its alert manager")
        planned.make()
        _show(grafana, planned)
        # What stayed, or was taken in another way than it was sent, would be sent again each time.
        again = pushes.plan(grafana, tree, os.environ).plan
        problems = [*(again.lines() if again.changes else ()), *missing(grafana, tree)]
    if problems:
        raise UserError(
            f"Grafana at {grafana.url} did not take everything:\n  " + "\n  ".join(problems), ExitCode.NOT_ACCEPTED
        )
    print_result(
        f"{grafana.url} has {len(tree.dashboards())} dashboards and {len(tree.rules())} rules, and every rule evaluates"
    )


def show_push(config: Path) -> None:
    """Print what `push` would change; exit 1 when that is anything."""
    catalogue, tree = load(config)
    with closing(Grafana.by_token()) as grafana:
        _, planned = _plan(catalogue, tree, grafana)
        _show(grafana, planned)
    if planned.plan.changes:
        raise SystemExit(int(ExitCode.FOUND))


def _plan(catalogue: Catalogue, tree: Tree, grafana: Grafana) -> tuple[Tree, pushes.Push]:
    """Return the tree as it is pushed, and what changes; whatever stands against it is an error."""
    print_warning(grafana_warning(grafana.version()))
    if tree.alerting("policies"):
        print_warning("mail.policy_tree is for files; a push leaves the notification policies as they are")
    one_way.refuse_from_files(grafana)
    uid = catalogue.settings.grafana.datasource_uid
    data_source.require(grafana, uid)
    tree = reading_from(tree, uid)
    clashes.refuse(grafana, tree, API)
    return tree, pushes.plan(grafana, tree, os.environ)


def _show(grafana: Grafana, planned: pushes.Push) -> None:
    print_result(grafana.url)
    for line in planned.plan.lines():
        print_result(line)
    print_in_use(planned.in_use)
