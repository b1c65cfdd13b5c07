"""`generate.py run`: the dashboards and their answers at once, on the demo where no database is configured."""

import os
from contextlib import ExitStack
from pathlib import Path

from oddswatch.commands.build import write
from oddswatch.commands.check import show_answers
from oddswatch.commands.console import print_progress, print_result
from oddswatch.commands.demo import embedded_demo
from oddswatch.commands.loading import load
from oddswatch.commands.stopping import until_stopped
from oddswatch.database import connection
from oddswatch.errors import ExitCode
from oddswatch.servers import grafana_home
from oddswatch.servers.grafana import GrafanaServer
from oddswatch.servers.ports import is_free


def run(config: Path, output: Path, folder: Path) -> None:
    """Build, show what every metric says now, and start a Grafana on it; everything stops with Ctrl-C."""
    catalogue, tree = load(config)
    with until_stopped() as stopped, ExitStack() as running:
        if os.environ.get("PGHOST"):
            connection.require()
        else:
            print_progress("no PGHOST is set: starting the embedded PostgreSQL with the demo")
            running.enter_context(embedded_demo(folder))
        write(catalogue, tree, output)
        healthy = show_answers(tree, catalogue)
        if os.environ.get("GRAFANA_URL"):
            return
        home = grafana_home.find()
        if home is None:
            print_result(
                "No Grafana here. Install it (https://grafana.com/grafana/download, then again: make run), "
                "or with Docker: docker compose --profile demo up"
            )
            if not healthy:
                raise SystemExit(int(ExitCode.FOUND))
            return
        print_progress("starting Grafana")
        grafana = GrafanaServer(
            home, folder / "grafana", output, port=_port(), environment={"ALERT_EMAILS": _receivers()}
        )
        running.enter_context(grafana)
        print_result(f"Grafana: {grafana.url}/d/oddswatch-home")
        print_result(f"log in as {grafana.user} with the password {grafana.password}")
        print_progress("Ctrl-C stops everything this command started")
        stopped.wait()


def _port() -> int | None:
    """Grafana's usual port where it is free, so that a bookmark works the next time."""
    return 3000 if is_free(3000) else None


def _receivers() -> str:
    return os.environ.get("ALERT_EMAILS", "nobody@example.invalid")
