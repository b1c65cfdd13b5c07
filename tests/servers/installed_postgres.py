"""A PostgreSQL that is installed on this machine, with a cluster of its own for as long as a test needs it."""

import os
import pwd
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from oddswatch.quoting import identifier, literal
from oddswatch.servers import postgres_settings
from oddswatch.servers.ports import HOST, free_port
from oddswatch.servers.postgres_home import PostgresHome
from tests.servers import folders
from tests.servers.postgres import Postgres

#: Where Debian and its kin install the versions, side by side.
VERSIONS = Path("/usr/lib/postgresql")
#: As whom a server runs when root starts it; Debian's package makes it.
ACCOUNT = "postgres"
_DATABASE = "odds"


def find(library: str = "plpgsql") -> Path | None:
    """The newest version that has a library, such as that of an extension (a pattern, without `.so`): its folder."""
    homes = [found.parent.parent for found in VERSIONS.glob(f"*/lib/{library}.so")]
    return max(homes, key=lambda home: float(home.name), default=None)


@contextmanager
def running(
    home: Path, options: Mapping[str, str] = MappingProxyType({}), password: str | None = None
) -> Iterator[Postgres]:
    """Make a cluster and run it on 127.0.0.1; it is gone afterwards.

    Args:
        home: what `find` returned.
        options: settings of `postgresql.conf` in addition to, or instead of, those of the embedded PostgreSQL.
        password: of the superuser, by default a new one; where the server is a client of others, it shows it to them.

    Yields:
        Its empty database `odds`, as the superuser.
    """
    password = password or secrets.token_urlsafe()
    with folders.passable() as folder:
        data = folder / "data"
        data.mkdir(mode=0o700)
        account: dict[str, Any] = {"env": {**os.environ, "HOME": str(data), "PGPASSWORD": password}}
        if os.geteuid() == 0:
            user = pwd.getpwnam(ACCOUNT)
            os.chown(data, user.pw_uid, user.pw_gid)
            account |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        programs = PostgresHome(home / "bin", data, account)
        locale = ("--encoding=UTF8", "--locale=C.UTF-8")
        programs.run("initdb", "-D", ".", "-U", "postgres", "--auth=reject", "--no-sync", *locale)
        made = f"ALTER ROLE postgres PASSWORD {literal(password)};\n\nCREATE DATABASE {identifier(_DATABASE)};\n\n"
        programs.run("postgres", "--single", "-j", "-D", ".", "postgres", text=made)
        port = free_port()
        postgres_settings.write(data, port, options)

        def start() -> None:
            programs.run("pg_ctl", "start", "-w", "-l", "postgresql.log", "-D", ".")

        def stop() -> None:
            programs.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", ".")

        start()
        environment = {
            "PGHOST": HOST,
            "PGPORT": str(port),
            "PGDATABASE": _DATABASE,
            "PGUSER": "postgres",
            "PGPASSWORD": password,
            "PGSSLMODE": "disable",
        }
        try:
            yield Postgres(environment, environment, stop, start)
        finally:
            stop()
