"""The servers that are measured: that of the PG* variables, the embedded one, and those with an extension."""

import os
import platform
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from oddswatch.database import connection
from oddswatch.database.execute import run
from oddswatch.demo.layout import Layout
from oddswatch.errors import UserError
from oddswatch.quoting import identifier
from oddswatch.servers.postgres import EmbeddedPostgres
from tests.servers import citus, installed_postgres, timescale
from tests.servers.postgres import Postgres

#: Of those started here: the tables fit into it, because the figures are those of a warm database.
_OPTIONS = {"shared_buffers": "4GB", "work_mem": "32MB", "maintenance_work_mem": "1GB", "max_wal_size": "8GB"}
DEFAULT = ("installed", "embedded")
#: By what compressed prices are segmented.
_TIMESCALEDB = {"timescaledb": "match_id", "timescaledb-by-bookmaker": "match_id, bookmaker"}
#: The part of an installed PostgreSQL that each needs.
_LIBRARIES = {**dict.fromkeys(_TIMESCALEDB, timescale.LIBRARY), "citus": citus.LIBRARY}
NAMES = (*DEFAULT, *_LIBRARIES)


@dataclass(frozen=True)
class Server:
    """A server to measure.

    Attributes:
        name: one of `NAMES`.
        owner: the PG* variables of somebody who may make databases and roles on it.
        shape: gives the prices of a new database, whose name it takes, the form that they are to have on this server;
            None leaves them as they are. They have no key.
        password: of the role that asks.
    """

    name: str
    owner: Mapping[str, str]
    shape: Callable[[str], None] | None = None
    password: str = field(default_factory=secrets.token_urlsafe)


def lacking(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """Say what the server of this name needs and is not here, or nothing."""
    if name == "installed" and not environment.get("PGHOST"):
        return "PGHOST is not set"
    if name in _LIBRARIES and not installed_postgres.find(_LIBRARIES[name]):
        return f"not installed in {installed_postgres.VERSIONS}"
    return ""


@contextmanager
def servers(
    folder: Path, names: Collection[str] = DEFAULT, environment: Mapping[str, str] = os.environ
) -> Iterator[list[Server]]:
    """Yield those of these servers that lack nothing; what is started here runs until the end of the context.

    The embedded one keeps its data in `folder`; those with an extension keep none.

    Raises `UserError` for a name that is none, and when PGHOST is set and another of the PG* variables is missing.
    """
    if unknown := set(names) - set(NAMES):
        raise UserError(f"--server {min(unknown)}: there is no such server, only {', '.join(NAMES)}")
    with ExitStack() as stack:
        there = [name for name in NAMES if name in names and not lacking(name, environment)]
        yield [_start(name, stack, folder, environment) for name in there]


def _start(name: str, stack: ExitStack, folder: Path, environment: Mapping[str, str]) -> Server:
    if name == "installed":
        connection.require(environment)
        return Server(name, {variable: environment[variable] for variable in connection.REQUIRED})
    if name == "embedded":
        return Server(name, stack.enter_context(EmbeddedPostgres(folder, options=_OPTIONS)).environment())
    home = installed_postgres.find(_LIBRARIES[name])
    assert home is not None  # noqa: S101
    if name in _TIMESCALEDB:
        server = stack.enter_context(installed_postgres.running(home, {**timescale.OPTIONS, **_OPTIONS}))
        return Server(name, server.environment, partial(_compress, server, _TIMESCALEDB[name]))
    nodes = stack.enter_context(citus.running(home, _OPTIONS))
    owner = nodes[0].environment
    # A coordinator shows its own password to the workers, whoever asks.
    return Server(name, owner, partial(_distribute, nodes), owner["PGPASSWORD"])


def _compress(server: Postgres, segment_by: str, name: str) -> None:
    database = server.database(name)
    for statement in timescale.dividing(Layout(), segment_by):
        database.execute(statement)
    database.execute(timescale.compressing(Layout(), datetime.now(UTC)))


def _distribute(nodes: Sequence[Postgres], name: str) -> None:
    for worker in nodes[1:]:
        worker.execute(f"CREATE DATABASE {identifier(name)}")
    databases = [node.database(name) for node in nodes]
    citus.join(databases)
    for statement in citus.distributing(Layout()):
        databases[0].execute(statement)


def _processor() -> str:
    """Its model as Linux names it, or its architecture."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(": ")[2]
    return platform.machine()


def describe(session: Any) -> str:
    """What figures depend on: machine, versions, locale, fsync, memory, JIT for the session's role, the load now."""
    [(version, extensions, locale, fsync, buffers, compiles)] = run(
        session,
        """
        SELECT current_setting('server_version'),
            (
                SELECT coalesce(string_agg(', ' || extname || ' ' || extversion, '' ORDER BY extname), '')
                FROM pg_extension WHERE extname IN ('timescaledb', 'citus')
            ),
            (SELECT datcollate FROM pg_database WHERE datname = current_database()),
            current_setting('fsync'), current_setting('shared_buffers'), pg_jit_available()
        """,
    ).rows
    load = " ".join(f"{average:.2f}" for average in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({_processor()}), PostgreSQL {version}{extensions}, locale {locale}, "
        f"fsync {fsync}, shared_buffers {buffers}, "
        f"JIT {'on' if compiles else 'off'}, load average {load}"
    )
