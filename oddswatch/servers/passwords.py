"""The passwords of servers that we start, each in a file beside the server's data that only its owner can read."""

import contextlib
import os
import secrets
from pathlib import Path


def new() -> str:
    """Return a password that nobody can guess."""
    return secrets.token_urlsafe(16)


def kept(file: Path) -> str | None:
    """Return the password in this file, or None where there is none."""
    return file.read_text(encoding="utf-8") if file.exists() else None


def keep(file: Path, password: str) -> None:
    """Store a password in this file."""
    # Created private, not made private afterwards: no moment in which others could read it.
    with contextlib.suppress(FileNotFoundError):
        file.unlink()
    with open(file, "w", encoding="utf-8", opener=_private) as private:
        private.write(password)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_EXCL, 0o600)
