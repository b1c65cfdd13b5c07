"""`generate.py run`: Home at once, in the terminal and in a Grafana, on the demo where no database is configured."""

import os
from contextlib import ExitStack
from pathlib import Path

from alerting import channels
from oddswatch.commands.build import write
from oddswatch.commands.console import print_progress, print_result
from oddswatch.commands.find_grafana import WAYS, find_grafana
from oddswatch.commands.loading import load
from oddswatch.commands.pages import print_pages
from oddswatch.commands.progress_bar import progress_bar
from oddswatch.commands.run_docker import run_docker
from oddswatch.commands.show import show_home
from oddswatch.commands.stopping import until_stopped
from oddswatch.database import connection
from oddswatch.demo import session as demo_session
from oddswatch.errors import ExitCode, UserError
from oddswatch.servers.grafana import GrafanaServer
from oddswatch.servers.ports import is_free


def run(config: Path, output: Path, folder: Path) -> None:
    """Build, show what Home says now, and start a Grafana on it; everything stops with Ctrl-C."""
    catalogue, tree = load(config)
    with until_stopped() as stopped, ExitStack() as running:
        if os.environ.get("DOCKER") == "yes":
            run_docker(catalogue, tree, output, folder)
            return
        own_database, own_grafana = os.environ.get("PGHOST"), os.environ.get("GRAFANA_URL")
        if own_database:
            connection.require()
        # Asked before anything else takes its time.
        home = None if own_grafana else find_grafana(folder)
        if home and (missing := channels.missing_secrets(catalogue.settings.channels, os.environ)):
            raise UserError("\n".join(missing), ExitCode.BAD_INPUT)
        if not own_database:
            print_progress("no PGHOST is set: starting the embedded PostgreSQL with the demo")
            move = running.enter_context(progress_bar())
            running.enter_context(demo_session.embedded(folder, None, move))
        write(catalogue, tree, output)
        healthy = show_home(catalogue, tree)
        if home is None:
            if not own_grafana:
                print_result(WAYS)
            if not healthy:
                raise SystemExit(int(ExitCode.FOUND))
            return
        print_progress("starting Grafana")
        grafana = GrafanaServer(
            home, folder / "grafana", output, port=_port(), environment={"ALERT_EMAILS": _receivers()}
        )
        running.enter_context(grafana)
        print_pages(tree, grafana.url, grafana.user, grafana.password)
        print_progress("Ctrl-C stops everything this command started")
        stopped.wait()


def _port() -> int | None:
    """Grafana's usual port where it is free, so that a bookmark works the next time."""
    return 3000 if is_free(3000) else None


def _receivers() -> str:
    return os.environ.get("ALERT_EMAILS", "nobody@example.invalid")
