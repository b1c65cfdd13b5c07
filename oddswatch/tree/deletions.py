"""Deletions of rules that a tree no longer has: Grafana keeps what merely disappears from a file.

Those that the sources know of stand in the tree already (`alerting.deletions`). To them come those of the tree before,
and those that Grafana itself still has; they stay in the tree for Grafanas that will read it later.
"""

from collections.abc import Iterable

from oddswatch.names import UID_PREFIX
from oddswatch.tree.tree import DELETIONS_FILE, Tree, with_file


def with_deletions(tree: Tree, before: Tree, stored: Iterable[str] = ()) -> Tree:
    """Return the tree with deletions of the rules that it no longer has, but `before` had or deleted, or Grafana has.

    `stored` are uids of the rules that Grafana has. Without any of these the tree is returned as it is, so that the
    same sources give the same bytes; a deletion that was written once stays until the rule comes back.
    """
    known = [*before.rules(), *before.alerting("deleteRules"), *tree.alerting("deleteRules")]
    wanted = {rule["uid"] for rule in tree.rules()}
    gone = {*(rule["uid"] for rule in known), *stored} - wanted
    deletions = [{"orgId": 1, "uid": uid} for uid in sorted(gone) if uid.startswith(UID_PREFIX)]
    return with_file(tree, DELETIONS_FILE, {"deleteRules": deletions}) if deletions else tree
