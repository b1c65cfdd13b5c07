"""A tree on a data source that somebody else has made."""

import json
from typing import Any

from oddswatch.names import DATASOURCE
from oddswatch.tree.tree import RULES_FILE, Tree
from oddswatch.tree.yaml_text import provisioning_file


def reading_from(tree: Tree, uid: str) -> Tree:
    """Return what a tree brings beside its own data source: all queries ask the one with this uid."""
    files = {}
    for name, text in tree.files.items():
        if name.endswith(".json"):
            files[name] = json.dumps(_asking(json.loads(text), uid))
        elif name == RULES_FILE:
            files[name] = provisioning_file({"groups": _asking(tree.alerting("groups"), uid)})
        elif name.startswith("alerting/"):
            files[name] = text
    return Tree(files)


def _asking(part: Any, uid: str) -> Any:
    if isinstance(part, list):
        return [_asking(one, uid) for one in part]
    if not isinstance(part, dict):
        return part
    if part == DATASOURCE:
        return {**DATASOURCE, "uid": uid}
    asked = {key: _asking(value, uid) for key, value in part.items()}
    return {**asked, "datasourceUid": uid} if part.get("datasourceUid") == DATASOURCE["uid"] else asked
