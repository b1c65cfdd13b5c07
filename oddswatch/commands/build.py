"""`generate.py build`: write the tree, and make Grafana take it where GRAFANA_URL names one."""

import os
from pathlib import Path

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.commands.changes import make_changes
from oddswatch.commands.loading import load
from oddswatch.tree.deletions import with_deletions
from oddswatch.tree.tree import Tree


def build(config: Path, output: Path) -> None:
    """Write the tree; reload Grafana where GRAFANA_URL names one."""
    write(*load(config), output)


def write(catalogue: Catalogue, tree: Tree, output: Path) -> None:
    """Write a tree that was made already; reload Grafana where GRAFANA_URL names one."""
    if os.environ.get("GRAFANA_URL"):
        # It brings the HTTP client, which takes longer to import than a tree to write.
        from oddswatch.commands.build_and_reload import write_and_reload  # noqa: PLC0415

        write_and_reload(catalogue, tree, output)
    else:
        before = Tree.read(output)
        make_changes(catalogue, before, with_deletions(tree, before), output)
