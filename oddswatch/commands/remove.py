"""`generate.py remove`: take everything of ours out of Grafana."""

import os
from pathlib import Path

from oddswatch.commands.console import print_in_use, print_result
from oddswatch.errors import UserError
from oddswatch.grafana import one_way, ours
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.delete_everything import delete_everything, delete_what_was_pushed
from oddswatch.names import FOLDER


def remove(output: Path) -> None:
    """Take everything of ours out of the Grafana of GRAFANA_URL, then our files out of its tree.

    With GRAFANA_TOKEN that is what was pushed, and no file is touched.
    """
    if not os.environ.get("GRAFANA_TOKEN"):
        grafana = Grafana.from_environment()
        grafana.version()
        one_way.refuse_pushed(grafana)
        in_use, kinds = delete_everything(grafana, output), ours.KINDS
    elif os.environ.get("GRAFANA_USER") or os.environ.get("GRAFANA_PASSWORD"):
        raise UserError(
            "GRAFANA_TOKEN is set beside GRAFANA_USER or GRAFANA_PASSWORD: unset the token to take out what came from "
            "files, or the others to take out what was pushed"
        )
    else:
        grafana = Grafana.by_token()
        grafana.version()
        one_way.refuse_from_files(grafana)
        in_use, kinds = delete_what_was_pushed(grafana), ours.KINDS_PUSHED
    print_in_use(in_use)
    other = "other " if in_use else ""
    print_result(f"{grafana.url} has no {other}{kinds} of ours any more; the folder {FOLDER!r} is yours")
