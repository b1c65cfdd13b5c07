"""From the configuration to the tree: what several commands begin with."""

from pathlib import Path

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.settings import reading as config_file
from oddswatch.tree.compose import compose
from oddswatch.tree.tree import Tree
from oddswatch.tree.validate import validate


def load(config: Path) -> tuple[Catalogue, Tree]:
    """Make the tree of a configuration in memory, validated."""
    catalogue = Catalogue(config_file.load(config))
    tree = compose(catalogue)
    validate(tree)
    return catalogue, tree
