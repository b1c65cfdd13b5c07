"""Waiting for what Grafana does after it has answered."""

import time
from collections.abc import Callable

#: Seconds that dashboards get to arrive or to go.
PATIENCE = 20


def becomes_true(condition: Callable[[], bool], deadline: float) -> bool:
    """Return whether `condition` is true now or becomes so before `deadline`, a moment of the monotonic clock."""
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True
