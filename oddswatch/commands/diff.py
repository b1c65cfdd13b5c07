"""`generate.py diff`: what a build would change."""

from pathlib import Path

from oddswatch.commands.changes import show_changes
from oddswatch.commands.loading import load
from oddswatch.errors import ExitCode
from oddswatch.tree.deletions import with_deletions
from oddswatch.tree.tree import Tree


def diff(config: Path, output: Path) -> None:
    """Print the plan; exit 1 when it is not empty."""
    catalogue, tree = load(config)
    before = Tree.read(output)
    if show_changes(catalogue, before, with_deletions(tree, before), output):
        raise SystemExit(int(ExitCode.FOUND))
