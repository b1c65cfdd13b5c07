"""Writing the tree: each file whole or not at all, deletions last, one writer at a time."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oddswatch.errors import UserError
from oddswatch.tree.tree import Tree, ours

_TEMPORARY = ".oddswatch-"


def write(tree: Tree, folder: Path) -> None:
    """Make `folder` hold `tree`, leaving everybody else's files alone.

    Files are replaced one by one: a folder mounted into a container must stay the same folder. An interrupted write
    leaves whole files only, and the next one completes it. Raises `UserError` when the folder cannot be written to.
    """
    try:
        _make_folder(folder)
        with _one_writer(folder):
            _remove_leftovers(folder)
            for name, text in tree.files.items():
                _replace(folder / name, text.encode())
            for path in ours(folder):
                if path.relative_to(folder).as_posix() not in tree.files:
                    path.unlink()
    except OSError as error:
        place = error.filename or folder
        raise UserError(
            f"{place}: cannot be written: {error.strerror}; make the folder writable, free some room, or choose "
            "another with --output; files already there are whole, and the next build completes them"
        ) from None


def write_text(path: Path, text: str) -> None:
    """Replace one file that is no part of a tree, whole or not at all; raises `UserError` when that is impossible."""
    try:
        _replace(path, text.encode())
    except OSError as error:
        raise UserError(f"{error.filename or path}: cannot be written: {error.strerror}; make it writable") from None


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it; others may read them, because Grafana runs as another user."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)


def _replace(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    _make_folder(path.parent)
    handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for the owner only.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _remove_leftovers(folder: Path) -> None:
    """Temporary files of a build that was killed."""
    for path in folder.glob(f"**/{_TEMPORARY}*"):
        path.unlink(missing_ok=True)


@contextmanager
def _one_writer(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder itself, so that two builds at once end as one after the other."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
