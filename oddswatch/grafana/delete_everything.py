"""Taking everything of ours out of a Grafana."""

import time
from pathlib import Path

from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana import ours, waiting
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.deletions import delete_what_is_gone
from oddswatch.grafana.push import plan
from oddswatch.grafana.reload import reload
from oddswatch.names import DATASOURCE_NAME
from oddswatch.tree import files
from oddswatch.tree.deletions import with_deletions
from oddswatch.tree.tree import PROVIDER_FILE, Tree, with_file


def delete_everything(grafana: Grafana, output: Path) -> dict[str, str]:
    """Delete all of ours from a Grafana that reads the tree in `output`, then our files there.

    Returns who uses them, by what stays because somebody else uses it. Raises `UserError` that names whatever else
    stayed; where nothing went, that Grafana reads another folder, and the tree in `output` is as it was.
    """
    before, nothing = Tree.read(output), Tree({})
    had = ours.everything(grafana)
    files.write(_with_all_deletions(grafana, before), output)
    reload(grafana)
    in_use = delete_what_is_gone(grafana, nothing, output)
    # Grafana deletes dashboards after it has answered, and only while it still knows their folder.
    waiting.becomes_true(lambda: in_use.keys() >= set(ours.everything(grafana)), time.monotonic() + waiting.PATIENCE)
    has = ours.everything(grafana)
    stayed = [thing for thing in has if thing not in in_use]
    if stayed and has == had:
        files.write(before, output)
        raise _refusal(
            f"Grafana at {grafana.url} kept all of ours: does it read {output}? That folder is as it was; give the "
            "folder that it reads with --output",
            stayed,
        )
    files.write(nothing, output)
    if stayed:
        raise _refusal(
            f"Grafana at {grafana.url} still has something of ours; its log may say why. Delete there by hand", stayed
        )
    return in_use


def delete_what_was_pushed(grafana: Grafana) -> dict[str, str]:
    """Delete everything that `push` brought into a Grafana.

    Returns who uses them, by what stays because somebody else uses it. Raises `UserError` that names whatever else
    stayed.
    """
    push = plan(grafana, Tree({}), {})
    push.make()
    if stayed := [thing for thing in ours.everything_pushed(grafana) if thing not in push.in_use]:
        raise _refusal(f"Grafana at {grafana.url} still has something of ours. Delete there by hand", stayed)
    return push.in_use


def _with_all_deletions(grafana: Grafana, before: Tree) -> Tree:
    """The folder of the dashboards without any, and deletions of the rules and of the data source."""
    provider = Tree({name: text for name, text in before.files.items() if name == PROVIDER_FILE})
    without_rules = with_deletions(provider, before, [rule["uid"] for rule in ours.rules(grafana)])
    source = {"orgId": 1, "name": DATASOURCE_NAME}
    return with_file(without_rules, "datasources/oddswatch-deletions.yml", {"deleteDatasources": [source]})


def _refusal(message: str, stayed: list[str]) -> UserError:
    return UserError("\n  ".join([f"{message}:", *stayed]), ExitCode.NOT_ACCEPTED)
