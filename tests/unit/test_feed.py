"""How the feed waits for a database that is away, and how a container's health check sees that."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection

from oddswatch.demo import collector, feed, heartbeat
from oddswatch.errors import UserError


def test_the_waits_between_tries_grow_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0)
            if len(waits) == 8:
                self.set()
            return self.is_set()

    def refuse() -> connection:
        raise psycopg2.OperationalError("away")

    collector.run(refuse, feed.of_market, Stop())
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize(
    ("age", "code", "says"), [(None, 1, "nothing was collected yet"), (200, 1, "for 200 s"), (100, 0, "")]
)
def test_the_health_check_of_the_container(tmp_path: Path, age: int | None, code: int, says: str) -> None:
    file = tmp_path / "heartbeat"
    if age is not None:
        file.touch()
        os.utime(file, (time.time() - age,) * 2)
    check = [sys.executable, "-m", "oddswatch.demo.heartbeat", str(file)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert (done.returncode, says in done.stderr) == (code, True)


def test_a_heartbeat_of_an_earlier_feed_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "heartbeat"
    file.touch()
    heartbeat.begin(file)
    assert "nothing was collected yet" in heartbeat.complaint(file)


def test_a_heartbeat_that_cannot_be_written_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"missing/heartbeat: cannot be written .*give another --heartbeat"):
        heartbeat.begin(tmp_path / "missing" / "heartbeat")
