"""Citus on a PostgreSQL that is installed here: a coordinator and two workers."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType

from oddswatch.demo.layout import Layout
from oddswatch.quoting import literal
from tests.servers import installed_postgres
from tests.servers.postgres import Postgres

#: What `installed_postgres.find` looks for.
LIBRARY = "citus"
_OPTIONS = {
    "shared_preload_libraries": "citus",
    "citus.enable_statistics_collection": "off",
    "citus.shard_count": "4",
    # One after the other: each connection more costs a login.
    "citus.max_adaptive_executor_pool_size": "1",
}


@contextmanager
def running(home: Path, options: Mapping[str, str] = MappingProxyType({})) -> Iterator[Sequence[Postgres]]:
    """Run three servers of one password, which each shows to the others, with what `installed_postgres.running` takes.

    Yields:
        An empty database `odds` on each, which know nothing of one another.
    """
    password = secrets.token_urlsafe()
    with ExitStack() as stack:
        yield [
            stack.enter_context(installed_postgres.running(home, {**_OPTIONS, **options}, password)) for _ in range(3)
        ]


def join(nodes: Sequence[Postgres]) -> None:
    """Make a cluster of empty databases, of which the first is the coordinator's."""
    for node in nodes:
        node.execute("CREATE EXTENSION citus")
    for function, node in zip(("citus_set_coordinator_host", "citus_add_node", "citus_add_node"), nodes, strict=True):
        nodes[0].execute(f"SELECT {function}('{node.environment['PGHOST']}', {node.environment['PGPORT']})")


def distributing(layout: Layout) -> list[str]:
    """Statements that distribute the prices, with the rows that are there, by match over the workers.

    They need a table without a key, or with one that holds the match.
    """
    prices = literal(layout.prices)
    return [
        f"SELECT create_distributed_table({prices}, 'match_id')",
        f"SELECT truncate_local_data_after_distributing_table({prices})",
    ]
