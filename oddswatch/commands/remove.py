"""`generate.py remove`: take everything of ours out of Grafana."""

from pathlib import Path

from oddswatch.commands.console import print_result
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.delete_everything import delete_everything
from oddswatch.names import FOLDER


def remove(output: Path) -> None:
    """Take everything of ours out of the Grafana of GRAFANA_URL, then our files out of its tree."""
    grafana = Grafana.from_environment()
    grafana.version()
    kept = delete_everything(grafana, output)
    for line in kept:
        print_result(f"left in Grafana: {line}")
    print_result(f"{grafana.url} has nothing {'else ' if kept else ''}of ours any more; the folder {FOLDER!r} is yours")
