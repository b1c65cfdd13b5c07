"""`generate.py remove`: take everything of ours out of Grafana."""

from pathlib import Path

from oddswatch.commands.console import print_in_use, print_result
from oddswatch.grafana import ours
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.delete_everything import delete_everything
from oddswatch.names import FOLDER


def remove(output: Path) -> None:
    """Take everything of ours out of the Grafana of GRAFANA_URL, then our files out of its tree."""
    grafana = Grafana.from_environment()
    grafana.version()
    in_use = delete_everything(grafana, output)
    print_in_use(in_use)
    other = "other " if in_use else ""
    print_result(f"{grafana.url} has no {other}{ours.KINDS} of ours any more; the folder {FOLDER!r} is yours")
