"""Folders for servers that run as another user."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def passable() -> Iterator[Path]:
    """A new folder that everybody may pass.

    Pytest's own are closed to others, and where root runs the tests PostgreSQL is somebody else.
    """
    with tempfile.TemporaryDirectory(prefix="oddswatch-test-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder
