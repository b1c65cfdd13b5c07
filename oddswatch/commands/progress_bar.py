"""A progress bar on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from oddswatch.demo import seed


@contextmanager
def progress_bar() -> Iterator[seed.Progress]:
    """Show a bar until the end of the context; yields the function that moves it."""
    bar = Progress(TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=1.0)

    def move(share: float, what: str) -> None:
        bar.start()
        bar.update(task, completed=share, description=what)
        if share >= 1:
            bar.stop()

    try:
        yield move
    finally:
        if bar.live.is_started:
            bar.stop()
