"""A primary and the hot standby that follows it: real streaming replication between two embedded servers."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from oddswatch.servers.postgres import EmbeddedPostgres
from tests.servers import folders
from tests.servers.postgres import Postgres

_OPTIONS = {"wal_level": "replica", "max_wal_senders": "5", "wal_keep_size": "256MB"}


@contextmanager
def pair(fill: Callable[[Postgres], object]) -> Iterator[tuple[Postgres, Postgres]]:
    """Run both, with what `fill` stores; they are gone afterwards."""
    with folders.passable() as folder:
        start = partial(EmbeddedPostgres, options=_OPTIONS)
        with start(folder / "primary") as server:
            fill(_seen(server))
        # A copy of a stopped server, with its owner, is the beginning of a standby.
        subprocess.run(["cp", "-a", folder / "primary", folder / "standby"], check=True)
        with start(folder / "primary") as server:
            primary = _seen(server)
            data = folder / "standby" / "data"
            (data / "standby.signal").touch()
            where = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
            follow = " ".join(f"{key}={primary.environment[name]}" for key, name in where.items())
            with (data / "postgresql.auto.conf").open("a") as configuration:
                configuration.write(f"primary_conninfo = '{follow}'\n")
            with start(folder / "standby") as follower:
                yield primary, _seen(follower)


def _seen(server: EmbeddedPostgres) -> Postgres:
    environment = server.environment()
    return Postgres(environment, environment, server.stop, server.start)
