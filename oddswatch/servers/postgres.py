"""An embedded PostgreSQL 18 that listens on 127.0.0.1: for a first look, for the tests and for benchmarks."""

import atexit
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, connection

from oddswatch.errors import UserError
from oddswatch.quoting import identifier, literal
from oddswatch.servers import passwords, postgres_home, postgres_settings
from oddswatch.servers.ports import HOST, free_port, is_free
from oddswatch.servers.postgres_home import CommandError, PostgresHome
from oddswatch.servers.startable import Startable

_START_SECONDS = 60


class EmbeddedPostgres(Startable):
    """A PostgreSQL server with its data in `folder`, reachable on 127.0.0.1 with a password.

    Started by `start()` or as a context manager; stopped by `stop()`, at the end of the context and at the end of the
    interpreter. A server that already runs in the folder is used and left running. Superuser `postgres`, database
    `odds`. Run by root it is another user's process, and its data may stand elsewhere, see `postgres_home`.

    Args:
        folder: keeps the data (in `folder/data`) and the password between runs; made when it is missing.
        port: TCP port; None takes the one this folder had before, or a free one.
        options: settings of `postgresql.conf` in addition to, or instead of, ours; a server that runs already keeps
            its own.
        password: of the superuser; None takes the one that the folder keeps, or makes one.

    Attributes:
        host, port, user, database, password: how to connect; `port` is 0 and `password` empty before the start.
        data: the data folder.
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
        self.password = ""
        self.data = self.folder / "data"
        self._wanted_port = port
        self._wanted_password = password
        self._options = dict(options or {})
        self._started: PostgresHome | None = None

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.data / "postgresql.log"

    def start(self) -> None:
        """Start the server, or find the running one, and make the database `odds` when it is missing.

        Raises:
            UserError: the port is taken, the folder cannot be used, PostgreSQL is not installed or does not start.
        """
        try:
            home = postgres_home.prepare(self.data)
            self.data = home.data
            if postgres_home.running(self.data) is None:
                self._initialise(home)
                self._launch(home)
            else:
                self.password = self._wanted_password or passwords.kept(self._password_file) or ""
        except OSError as error:
            raise UserError(
                f"{self.folder}: the embedded PostgreSQL cannot use this folder ({error.strerror or error}); "
                "give another one, or remove it"
            ) from error
        port = postgres_home.running(self.data)
        if port is None:
            raise UserError(f"{self.log}: the embedded PostgreSQL ended right after its start; its log says why")
        self.port = port
        try:
            self._make_database()
        except psycopg2.OperationalError as error:
            raise UserError(
                f"{self.log}: the embedded PostgreSQL does not answer ({error}); its log says why"
            ) from error

    def stop(self) -> None:
        """Stop the server if this object started it; otherwise do nothing."""
        home, self._started = self._started, None
        atexit.unregister(self.stop)
        if home is not None and postgres_home.running(home.data) is not None:
            home.run("pg_ctl", "stop", "-w", "-m", "fast", "-D", ".")

    def environment(self) -> dict[str, str]:
        """Return the PG* variables with which a process becomes the superuser of the database."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGDATABASE": self.database,
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGSSLMODE": "disable",
        }

    def connect(self, database: str | None = None) -> connection:
        """Return a new connection as superuser to `database`, by default `odds`; the caller closes it."""
        return psycopg2.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database or self.database,
            sslmode="disable",
        )

    @property
    def _password_file(self) -> Path:
        return self.folder / "password"

    def _initialise(self, home: PostgresHome) -> None:
        """Make the data where there is none, and see to it that the password is the superuser's."""
        try:
            if not (home.data / "PG_VERSION").exists():
                # The builtin locale is the same on every machine and needs none to be installed.
                locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
                home.run("initdb", "-D", ".", "-U", self.user, "--auth=reject", "--no-sync", *locale)
            kept = passwords.kept(self._password_file)
            self.password = self._wanted_password or kept or passwords.new()
            if self.password != kept:
                # By a server without any connection: nobody comes in before the password is set, nor without it.
                statement = f"ALTER ROLE {identifier(self.user)} PASSWORD {literal(self.password)};\n\n"
                home.run("postgres", "--single", "-j", "-D", ".", "postgres", text=statement)
                passwords.keep(self._password_file, self.password)
        except CommandError as error:
            raise UserError(f"{home.data}: cannot be used ({error}); remove this folder, it is made anew") from error

    def _launch(self, home: PostgresHome) -> None:
        postgres_settings.write(home.data, self._choose_port(), self._options)
        self._started = home
        atexit.register(self.stop)
        try:
            home.run("pg_ctl", "start", "-w", "-t", str(_START_SECONDS), "-l", self.log.name, "-D", ".")
        except CommandError as error:
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
        before = postgres_settings.port(self.data)
        return before if before and is_free(before) else free_port()

    def _make_database(self) -> None:
        with closing(self.connect("postgres")) as admin:
            admin.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            with admin.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_catalog.pg_database WHERE datname = %s", (self.database,))
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {identifier(self.database)}")
