"""A Grafana for `generate.py run`: named, installed, downloaded before, or downloaded now."""

import os
import sys
from pathlib import Path

import typer

from oddswatch.commands.console import print_progress
from oddswatch.commands.progress_bar import progress_bar
from oddswatch.errors import UserError
from oddswatch.servers import grafana_download, grafana_home

_SIZE = f"{grafana_download.MEGABYTES} MB"
#: What else can be done, where there is no Grafana.
WAYS = f"""\
No Grafana here. What brings one:
  make run DOWNLOAD=yes    its official archive ({_SIZE}, licence {grafana_download.LICENCE}), into .demo/
  make run DOCKER=yes      the demo in containers, with Docker
or install it, https://grafana.com/grafana/download, and again: make run"""


def find_grafana(folder: Path) -> Path | None:
    """Return the home folder of a Grafana, which is downloaded into `folder` where a person agrees; None without one.

    They agree on a terminal, or by DOWNLOAD=yes in the environment. Raises `UserError` when GRAFANA_HOME names none.
    """
    downloads = folder / "downloads"
    home = grafana_home.find()
    if home is None and (chosen := os.environ.get("GRAFANA_HOME")):
        raise UserError(f"GRAFANA_HOME={chosen}: no bin/grafana in it; name Grafana's home folder, or unset it")
    home = home or grafana_download.found(downloads)
    url = grafana_download.address()
    if home or url is None or not _agreed(url, downloads):
        return home
    with progress_bar() as move:
        return grafana_download.download(url, downloads, move)


def _agreed(url: str, downloads: Path) -> bool:
    if os.environ.get("DOWNLOAD") == "yes":
        return True
    if not sys.stdin.isatty():
        return False
    print_progress(
        f"No Grafana here. Its official archive ({_SIZE}, unpacked about four times that, "
        f"licence {grafana_download.LICENCE})\n  {grafana_download.without_password(url)}\ncan be downloaded into "
        f"{downloads}, which make clean removes."
    )
    return typer.confirm("Download it?", err=True)
