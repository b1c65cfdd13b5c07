"""A file that a collecting feed touches, so that a health check can see whether it still collects.

`python -m oddswatch.demo.heartbeat FILE` is that check: it ends with 0 while the feed collects, else with 1 and why.
"""

import sys
import time
from pathlib import Path

from oddswatch.errors import UserError

#: Seconds after which a feed that collects every minute is taken for stuck.
STALE = 180.0


def begin(file: Path) -> None:
    """Forget what an earlier feed said in this file.

    Raises:
        UserError: it cannot be written.
    """
    try:
        beat(file)
        file.unlink()
    except OSError as error:
        raise UserError(f"{file}: cannot be written ({error.strerror}); give another --heartbeat") from error


def beat(file: Path) -> None:
    """Say that a collection was stored just now."""
    file.touch()


def complaint(file: Path) -> str:
    """Return what is wrong with the feed of this file; empty while it collects."""
    if not file.exists():
        return f"{file}: nothing was collected yet"
    age = time.time() - file.stat().st_mtime
    return f"{file}: nothing was collected for {age:.0f} s" if age > STALE else ""


if __name__ == "__main__":
    sys.exit(complaint(Path(sys.argv[1])) or 0)
