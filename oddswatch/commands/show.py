"""`generate.py show`: Home in a terminal."""

import io
import sys
from collections.abc import Iterable
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dashboards.style.colours import BLUE, GREEN, ORANGE, RED, YELLOW
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.checks import show as shows
from oddswatch.checks.display import Shown
from oddswatch.commands.loading import load
from oddswatch.errors import ExitCode
from oddswatch.tree.tree import Tree

#: The colours of the house as every terminal has them; what has another one, or none, is as the text around it.
_COLOURS = {GREEN: "green", YELLOW: "yellow", ORANGE: "yellow", RED: "red", BLUE: "bright_blue"}
#: Letters between two columns, and before all of a row's.
_GAP = 2


def show(config: Path) -> None:
    """Print what Home says now; exit 1 when one of its queries fails."""
    if not show_home(*load(config)):
        raise SystemExit(int(ExitCode.FOUND))


def show_home(catalogue: Catalogue, tree: Tree) -> bool:
    """Print what the Home of this tree says now, as wide as the terminal; return whether no query failed."""
    console = Console(highlight=False)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The names of teams are more than what an old terminal at the other end of ssh can write.
        sys.stdout.reconfigure(errors="replace")
    healthy = True
    for row in shows.show(tree, catalogue.settings):
        console.print(Text(row.question, style="bold"))
        console.print(_numbers(answer for answer in row.answers if not answer.lines))
        for answer in row.answers:
            if answer.lines:
                console.print(_lines(answer, console.width))
        healthy = healthy and not any(answer.error for answer in row.answers)
    return healthy


def _numbers(answers: Iterable[shows.Answer]) -> Table:
    """One line for each number: its name, and what it says."""
    table = Table.grid(padding=(0, _GAP))
    table.add_column(no_wrap=True, min_width=24)
    table.add_column(overflow="fold")
    for answer in answers:
        said = Text(f"failed: {answer.error}", style="red") if answer.error else _coloured(answer.value or Shown(""))
        table.add_row(Text(f"  {answer.title}"), said)
    return table


def _lines(answer: shows.Answer, width: int) -> Padding:
    """One line for each of a table's, in `width` letters: without its last column where they do not fit, names cut."""
    columns = list(zip(map(Shown, answer.columns), *answer.lines, strict=True))
    if sum(max(cell_len(cell.text) for cell in column) + _GAP for column in columns) > width:
        columns.pop()
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, _GAP, 0, 0))
    for title, *cells in columns:
        is_text = any(cell.is_text for cell in cells)
        table.add_column(_coloured(title, no_wrap=True), no_wrap=not is_text, justify="left" if is_text else "right")
    for line in zip(*(cells for _, *cells in columns), strict=True):
        table.add_row(*(_coloured(cell, no_wrap=True) for cell in line))
    return Padding(table, (0, 0, 0, _GAP), expand=False)


def _coloured(shown: Shown, *, no_wrap: bool = False) -> Text:
    return Text(shown.text, _COLOURS.get(shown.colour, ""), no_wrap=no_wrap, overflow="ellipsis" if no_wrap else None)
