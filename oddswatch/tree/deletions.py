"""Deletions of rules that a tree no longer has: Grafana keeps what merely disappears from a file.

Those that the sources know of stand in the tree already (`alerting.deletions`). The others are those of the tree
before, and those that Grafana itself still has; they stay in a file of the tree for Grafanas that will read it later.
"""

from collections.abc import Iterable

from oddswatch.names import UID_PREFIX
from oddswatch.tree.tree import Tree, with_file

_FILE = "alerting/oddswatch-gone.yml"


def with_deletions(tree: Tree, before: Tree, stored: Iterable[str] = ()) -> Tree:
    """Return the tree with deletions of the rules that it no longer has, but `before` had or deleted, or Grafana has.

    `stored` are uids of the rules that Grafana has. Nothing is added when there are none, so that the same sources
    give the same tree; a deletion that was written once stays.
    """
    known = {rule["uid"] for rule in [*before.rules(), *before.alerting("deleteRules")]}
    wanted = {rule["uid"] for rule in [*tree.rules(), *tree.alerting("deleteRules")]}
    gone = sorted(uid for uid in {*known, *stored} - wanted if uid.startswith(UID_PREFIX))
    return with_file(tree, _FILE, {"deleteRules": [{"orgId": 1, "uid": uid} for uid in gone]}) if gone else tree
