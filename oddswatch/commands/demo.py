"""`generate.py demo`: a database with a market and its live feed."""

import os
from pathlib import Path

from oddswatch.commands.console import print_progress, print_result
from oddswatch.commands.progress_bar import progress_bar
from oddswatch.commands.stopping import until_stopped
from oddswatch.database import connection
from oddswatch.demo import session as demo_session


def demo(folder: Path, prices: Path | None) -> None:
    """Run the demo database and its feed until Ctrl-C; that of the PG* variables, where they name one."""
    with until_stopped() as stopped, progress_bar() as move:
        if os.environ.get("PGHOST"):
            connection.require()
            with demo_session.given(move) as session:
                print_result(f"feeding the demo into the database {session.info.dbname!r}; Ctrl-C stops it")
                stopped.wait()
        else:
            with demo_session.embedded(folder, prices, move) as server:
                for variable, value in server.environment().items():
                    print_result(f"export {variable}={value}")
                print_progress("the demo database runs; Ctrl-C stops it")
                stopped.wait()
