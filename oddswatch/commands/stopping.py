"""Ending a command that runs until a person stops it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from oddswatch.commands.console import print_progress


@contextmanager
def until_stopped() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C or a polite `kill` sets, so that everything started can be stopped in order."""
    stopped = threading.Event()

    def stop(number: int, _: Any) -> None:
        stopped.set()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    except KeyboardInterrupt:
        print_progress("stopped")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
