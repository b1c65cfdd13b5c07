"""`generate.py check`: run every query on the database, and say what each answers."""

from contextlib import closing
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.checks import check as checks
from oddswatch.checks.hints import hints
from oddswatch.commands.console import print_result, print_warning
from oddswatch.commands.loading import load
from oddswatch.database import connection
from oddswatch.database.version import postgres_warning
from oddswatch.errors import ExitCode
from oddswatch.tree.tree import Tree


def check(config: Path) -> None:
    """Run every query and print the result; exit 1 when one fails."""
    catalogue, tree = load(config)
    with closing(connection.connect()) as session:
        print_warning(postgres_warning(session.server_version))
        for hint in hints(session, catalogue.settings):
            print_warning(hint)
    if not _show_answers(tree, catalogue):
        raise SystemExit(int(ExitCode.FOUND))


def _show_answers(tree: Tree, catalogue: Catalogue) -> bool:
    """Print a table with what each query of the tree answers; return whether none failed."""
    outcomes = checks.check(tree, catalogue.settings)
    table = Table("Query", "Rows", "ms", "Says now", box=None, pad_edge=False)
    for column in (1, 2):
        table.columns[column].justify = "right"
    for outcome in outcomes:
        place = escape(outcome.query.place)
        if outcome.error:
            table.add_row(place, "", "", f"[red]failed[/red]: {escape(outcome.error)}")
        else:
            table.add_row(place, str(outcome.rows), f"{outcome.milliseconds:.0f}", escape(outcome.value))
    Console(highlight=False, soft_wrap=True).print(table)
    failed = sum(bool(outcome.error) for outcome in outcomes)
    print_result(f"{len(outcomes)} queries under {' and '.join(checks.TIME_ZONES)}, {failed} failed")
    return not failed
