"""Waiting for what happens in another process."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def wait_for(ask: Callable[[], Answer | None], timeout: float, what: Callable[[], str], pause: float = 0.2) -> Answer:
    """Ask until the answer is neither None nor False, and return it.

    Args:
        ask: looked at every `pause` seconds.
        timeout: seconds until an AssertionError.
        what: says what was awaited and what was there instead; asked only at the end.
    """
    deadline = time.monotonic() + timeout
    while True:
        answer = ask()
        if answer is not None and answer is not False:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:.0f} s: {what()}")
        time.sleep(pause)


def holds_for(ask: Callable[[], bool], seconds: float, what: Callable[[], str], pause: float = 0.2) -> None:
    """Fail as soon as something is not so within a time in which it could cease to be; for what must not happen.

    Args:
        ask: looked at every `pause` seconds.
        seconds: how long; the caller says why that is enough.
        what: says what is there instead; asked only when it fails.
    """
    deadline = time.monotonic() + seconds
    while True:
        assert ask(), f"{time.monotonic() - deadline + seconds:.0f} s long only: {what()}"
        if time.monotonic() > deadline:
            return
        time.sleep(pause)
