"""`generate.py diff`: what a build would change."""

from pathlib import Path

from oddswatch.commands.changes import page_changes, show_plan
from oddswatch.commands.loading import load
from oddswatch.errors import ExitCode
from oddswatch.tree.compare import compare
from oddswatch.tree.deletions import with_deletions
from oddswatch.tree.tree import Tree


def diff(config: Path, output: Path) -> None:
    """Print the plan; exit 1 when it is not empty."""
    catalogue, tree = load(config)
    before = Tree.read(output)
    tree = with_deletions(tree, before)
    show_plan(output, compare(before, tree))
    if page_changes(catalogue, output) or before.files != tree.files:
        raise SystemExit(int(ExitCode.FOUND))
