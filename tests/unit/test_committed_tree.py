"""The committed tree is what its sources give. It runs before all other tests, most of which read one of the two."""

from oddswatch.commands.loading import load
from oddswatch.names import ROOT
from oddswatch.tree.compare import compare
from oddswatch.tree.deletions import with_deletions
from oddswatch.tree.tree import Tree


def test_provisioning_is_what_the_sources_give() -> None:
    committed = Tree.read(ROOT / "provisioning")
    _, tree = load(ROOT / "config.yml")
    expected = with_deletions(tree, committed)
    changes = compare(committed, expected).lines()
    assert committed.files == expected.files, "\n".join(["provisioning/ is out of date: python generate.py", *changes])
