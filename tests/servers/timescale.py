"""TimescaleDB on a PostgreSQL that is installed here, and prices in it as docs/scaling.md recommends."""

from datetime import datetime, timedelta

from oddswatch.demo.layout import Layout
from oddswatch.quoting import literal

#: What `installed_postgres.find` looks for: the part with compression.
LIBRARY = "timescaledb-tsl-*"
OPTIONS = {"shared_preload_libraries": "timescaledb", "timescaledb.telemetry_level": "off"}


def dividing(layout: Layout, segment_by: str = "match_id") -> list[str]:
    """Statements that make a hypertable of the prices, with the rows that are there, in chunks of a day.

    They need a table without a key, or with one that holds the time of collection. No chunk is compressed by them.
    """
    prices, collected = literal(layout.prices), layout.collected
    return [
        "CREATE EXTENSION timescaledb",
        f"SELECT create_hypertable({prices}, by_range('{collected}', INTERVAL '1 day'), migrate_data => true)",
        f"ALTER TABLE {layout.prices} SET (timescaledb.compress, timescaledb.compress_orderby = '{collected} DESC',"
        f" timescaledb.compress_segmentby = {literal(segment_by)})",
    ]


def compressing(layout: Layout, now: datetime) -> str:
    """A statement that compresses the chunks that are older than two days at `now`."""
    limit = layout.stored(f"timestamptz '{now - timedelta(days=2)}'")
    return f"SELECT compress_chunk(chunk) FROM show_chunks({literal(layout.prices)}, older_than => {limit}) AS chunk"
