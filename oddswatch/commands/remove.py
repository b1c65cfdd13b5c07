"""`generate.py remove`: take everything of ours out of Grafana."""

from pathlib import Path

from oddswatch.commands.console import out
from oddswatch.errors import UserError
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.delete_everything import delete_everything
from oddswatch.names import FOLDER


def remove(output: Path) -> None:
    """Take everything of ours out of the Grafana of GRAFANA_URL, then our files out of its tree."""
    grafana = Grafana.from_environment()
    if grafana is None:
        raise UserError("GRAFANA_URL is not set: the Grafana out of which everything of ours is to go")
    grafana.require()
    kept = delete_everything(grafana, output)
    for line in kept:
        out.print(f"left in Grafana: {line}", markup=False)
    out.print(f"{grafana.url} has nothing {'else ' if kept else ''}of ours any more; the folder {FOLDER!r} is yours")
