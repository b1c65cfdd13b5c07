"""`DOCKER=yes generate.py run`: the demo in containers."""

import os
import time
from pathlib import Path

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.commands.build import write
from oddswatch.commands.console import print_progress, print_result
from oddswatch.commands.pages import print_pages
from oddswatch.errors import ExitCode, UserError
from oddswatch.servers import compose
from oddswatch.servers.grafana import START_SECONDS, is_healthy
from oddswatch.tree.tree import Tree


def run_docker(catalogue: Catalogue, tree: Tree, output: Path, folder: Path) -> None:
    """Write the tree and bring the demo up; it goes on in the background.

    Raises `UserError` where a server is named that the demo would not use, and when it does not come up.
    """
    for name in ("PGHOST", "GRAFANA_URL"):
        if os.environ.get(name):
            raise UserError(
                f"{name} is set, and DOCKER=yes brings a database and a Grafana of its own: unset it, or see "
                "docker-compose.yml for Grafana in a container on your database"
            )
    demo = compose.ComposeDemo(folder, output)
    write(catalogue, tree, output)
    print_progress("bringing the demo up in containers; the first time Docker fetches their images")
    demo.start()
    deadline = time.monotonic() + START_SECONDS
    while not is_healthy(demo.url):
        if time.monotonic() > deadline:
            raise UserError(
                f"Grafana does not answer on {demo.url}; what it says: {demo.saying}",
                ExitCode.UNREACHABLE,
            )
        time.sleep(1)
    print_pages(tree, demo.url, compose.USER, demo.password)
    print_result(f"mails arrive at {demo.mail_url}; the prices fill up within a minute")
    print_result(f"it goes on in the background; this ends and forgets it: {demo.stopping}")
