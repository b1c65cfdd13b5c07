"""Fill an empty database with a market, a collection log and bets, as if a collector had run for a month."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from psycopg2.extensions import connection

from oddswatch.demo import bets
from oddswatch.demo.layout import Layout
from oddswatch.demo.market import DEMO, Failure, Market, collect
from oddswatch.demo.schema import analyse

Progress = Callable[[float, str], None]
"""Takes the share that is done, 0 to 1, and what is being done."""

_LAST_COLLECTION = timedelta(minutes=4)
_ROWS_AT_ONCE = 100_000
_MESSAGES = (
    "HTTPSConnectionPool: Read timed out. (read timeout=30)",
    "502 Server Error: Bad Gateway",
    "429 Client Error: Too Many Requests",
)


def seed(
    connection: connection,
    now: datetime,
    *,
    layout: Layout | None = None,
    market: Market = DEMO,
    progress: Progress = lambda share, what: None,
) -> int:
    """Make the target system's tables and fill them with a market, in one transaction; return the rows of prices.

    The last collection was four minutes before `now`.

    Args:
        connection: to a database without these tables.
        now: with a time zone.
        layout: the form of the tables.
        market: what is stored; the default is the demo.
        progress: is told about the steps.

    Raises:
        psycopg2.errors.DuplicateTable: the tables exist already.
    """
    layout = layout or Layout()
    moments = market.moments(now.astimezone(UTC).replace(microsecond=0) - _LAST_COLLECTION)
    failures = _failures(market, moments)
    at_once = max(1, _ROWS_AT_ONCE // (market.ahead * len(market.bookmakers)))
    with connection, connection.cursor() as cursor:
        cursor.execute(layout.sql("tables.sql"))
        rows = 0
        for start in range(0, len(moments), at_once):
            progress(0.8 * start / len(moments), "prices")
            parameters = market.parameters(moments[start : start + at_once], failures=failures)
            rows += collect(connection, layout, parameters)
        progress(0.8, "indexes")
        cursor.execute(layout.sql("indexes.sql"))
        progress(0.9, "bets")
        bets.store(connection, layout, bets.follow(connection, market, moments, now))
    analyse(connection, layout)
    progress(1.0, "done")
    return rows


def _failures(market: Market, moments: Sequence[datetime]) -> list[Failure]:
    """Five collections that failed, none of them in the last day."""
    chance = random.Random(market.seed)  # noqa: S311
    past = [moment for moment in moments if moment < moments[-1] - timedelta(days=1)]
    return [
        Failure(moment, chance.choice(market.sports), _MESSAGES[place % len(_MESSAGES)])
        for place, moment in enumerate(sorted(chance.sample(past, min(5, len(past)))))
    ]
