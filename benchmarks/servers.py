"""The servers that are measured: the one that the PG* variables name, if any, and the embedded one."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oddswatch.database import connection
from oddswatch.database.execute import run
from oddswatch.servers.postgres import EmbeddedPostgres

#: Of the embedded one: the tables fit into it, because the figures are those of a warm database.
_OPTIONS = {"shared_buffers": "4GB", "work_mem": "32MB", "maintenance_work_mem": "1GB", "max_wal_size": "8GB"}


@dataclass(frozen=True)
class Server:
    """A server, and the PG* variables of somebody who may make databases and roles on it."""

    name: str
    owner: Mapping[str, str]


@contextmanager
def servers(folder: Path, environment: Mapping[str, str] = os.environ) -> Iterator[list[Server]]:
    """Yield the servers; the embedded one keeps its data in `folder` and runs until the end of the context.

    Raises `UserError` when PGHOST is set and another of the PG* variables is missing.
    """
    installed = []
    if environment.get("PGHOST"):
        connection.require(environment)
        installed = [Server("installed", {name: environment[name] for name in connection.REQUIRED})]
    with EmbeddedPostgres(folder, options=_OPTIONS) as embedded:
        yield [*installed, Server("embedded", embedded.environment())]


def describe(session: Any) -> str:
    """What figures depend on, for the role of the session: version, locale, fsync, memory, JIT; and the load now."""
    [(version, locale, fsync, buffers, compiles)] = run(
        session,
        """
        SELECT current_setting('server_version'),
            (SELECT datcollate FROM pg_database WHERE datname = current_database()),
            current_setting('fsync'), current_setting('shared_buffers'), pg_jit_available()
        """,
    ).rows
    load = " ".join(f"{average:.2f}" for average in os.getloadavg())
    return (
        f"PostgreSQL {version}, locale {locale}, fsync {fsync}, shared_buffers {buffers}, "
        f"JIT {'on' if compiles else 'off'}, load average {load}"
    )
