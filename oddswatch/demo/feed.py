"""What a live feed collects where the seed ended: the market goes on, real prices are seen again as they stand."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import cycle

from psycopg2.extensions import connection

from oddswatch.demo import market as markets
from oddswatch.demo import real_prices
from oddswatch.demo.layout import Layout
from oddswatch.demo.market import DEMO, Market


def collect(
    connection: connection,
    now: datetime,
    *,
    layout: Layout | None = None,
    market: Market = DEMO,
    sports: Sequence[str] | None = None,
) -> int:
    """Store one collection at `now`, of all leagues or of those named, with its log; return the rows of prices."""
    with connection:
        return markets.collect(connection, layout or Layout(), market.parameters([now], sports))


def catch_up(connection: connection, now: datetime, *, layout: Layout | None = None, market: Market = DEMO) -> int:
    """Store the collections that fell out while the feed was not running; return their number."""
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


def of_market(connection: connection, *, layout: Layout | None = None, market: Market = DEMO) -> Iterator[int]:
    """Collect what fell out and all leagues at once, then one league after the other, one at each step, without end."""
    catch_up(connection, datetime.now(UTC), layout=layout, market=market)
    yield collect(connection, datetime.now(UTC), layout=layout, market=market)
    for sport in cycle(market.sports):
        yield collect(connection, datetime.now(UTC), layout=layout, market=market, sports=[sport])


def of_real_prices(connection: connection) -> Iterator[int]:
    """Store the newest prices of all matches ahead once more at each step, without end."""
    while True:
        yield real_prices.refresh(connection, datetime.now(UTC))
