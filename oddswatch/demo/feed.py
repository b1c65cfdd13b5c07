"""The live feed: goes on collecting the market where the seed ended."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import cycle
from threading import Event

from psycopg2.extensions import connection

from oddswatch.demo import market as markets
from oddswatch.demo.layout import Layout
from oddswatch.demo.market import DEMO, Market

MINUTE = 60.0


def collect(
    connection: connection,
    now: datetime,
    *,
    layout: Layout | None = None,
    market: Market = DEMO,
    sports: Sequence[str] | None = None,
) -> int:
    """Stores one collection at ``now``, of all leagues or of those named, with its log; returns the rows of prices."""
    with connection:
        return markets.collect(connection, layout or Layout(), market.parameters([now], sports))


def catch_up(connection: connection, now: datetime, *, layout: Layout | None = None, market: Market = DEMO) -> int:
    """Stores the collections that fell out while the feed was not running; returns their number."""
    layout = layout or Layout()
    with connection, connection.cursor() as cursor:
        collected = "collected_at AT TIME ZONE 'UTC'" if layout.times == "naive_utc" else "collected_at"
        cursor.execute(f"SELECT max({collected}) FROM {layout.table('collection_logs')}")
        row = cursor.fetchone()
        last = row[0] if row else None
        missed = [moment for moment in market.moments(now.astimezone(UTC)) if last is None or moment > last]
        # The newest of them is left to the feed, which begins with it.
        for moment in missed[:-1]:
            markets.collect(connection, layout, market.parameters([moment]))
    return len(missed[:-1])


def run(
    connection: connection,
    every: float = MINUTE,
    stop: Event | None = None,
    *,
    layout: Layout | None = None,
    market: Market = DEMO,
) -> None:
    """Collects all leagues at once, then one league after the other, one each ``every`` seconds, until ``stop`` is set.

    Raises:
        psycopg2.Error: the database went away.
    """
    stop = stop or Event()
    collect(connection, datetime.now(UTC), layout=layout, market=market)
    for sport in cycle(market.sports):
        if stop.wait(every):
            return
        collect(connection, datetime.now(UTC), layout=layout, market=market, sports=[sport])
