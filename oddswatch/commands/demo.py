"""`generate.py demo`: a database with a market and its live feed."""

import os
from pathlib import Path

from oddswatch.commands.console import print_progress, print_result
from oddswatch.commands.progress_bar import progress_bar
from oddswatch.commands.stopping import until_stopped
from oddswatch.demo import session as demo_session


def demo(folder: Path, prices: Path | None, heartbeat: Path | None) -> None:
    """Run the demo database and its feed until Ctrl-C; that of the PG* variables, where PGHOST is set."""
    with until_stopped() as stopped:
        if os.environ.get("PGHOST"):
            with progress_bar() as move, demo_session.given(prices, move, heartbeat) as database:
                print_result(f"feeding the demo into the database {database!r}; Ctrl-C stops it")
                stopped.wait()
        else:
            with progress_bar() as move, demo_session.embedded(folder, prices, move, heartbeat) as environment:
                for variable, value in environment.items():
                    print_result(f"export {variable}={value}")
                print_progress("the demo database runs; Ctrl-C stops it")
                stopped.wait()
