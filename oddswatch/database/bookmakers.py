"""What the newest prices tell about the bookmakers: who is there, and whether collections are stored whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oddswatch.database.execute import run
from oddswatch.quoting import identifier, relation
from oddswatch.settings.site import Settings
from oddswatch.settings.tables import PricesPerMatch

#: Bookmakers whose prices others follow, and exchanges; the first that is there is the best measure of the others.
SHARP = ("pinnacle", "betfair_ex_eu", "betfair_ex_uk", "betfair_ex_au", "smarkets", "matchbook")


def names(session: Any, table: str, bookmaker: str, collected_at: str) -> list[str]:
    """The bookmakers with a price within a day before the newest one; table and columns are quoted SQL."""
    found = run(
        session,
        f"SELECT DISTINCT {bookmaker}::text FROM {table}"
        f" WHERE {collected_at} > (SELECT max({collected_at}) FROM {table}) - interval '1 day'"
        f" AND {bookmaker} IS NOT NULL ORDER BY 1",
    )
    return [name for (name,) in found.rows]


def sharp_among(there: Sequence[str]) -> list[str]:
    """Those that are known to be sharp, the best measure first, as they are spelled there."""
    spelled = {name.lower(): name for name in there}
    return [spelled[name] for name in SHARP if name in spelled]


@dataclass(frozen=True)
class Repetition:
    """How much of what is stored was stored before, on up to 20 matches over the last six intervals.

    Attributes:
        steps: prices with one of the same bookmaker before.
        repeated: of them, those that are as they were.
        held: bookmakers with a price in an interval, as a share (0 to 1) of the match's bookmakers, on average.
    """

    steps: int
    repeated: int
    held: float

    @property
    def is_of_changes(self) -> bool:
        """Whether only changes seem to be stored: hardly a price repeats the one before, and many are left out."""
        return self.steps >= 100 and self.repeated <= self.steps * 0.01 and self.held < 0.9


def repetition(session: Any, settings: Settings) -> Repetition:
    """Measure whether each collection repeats the prices that have not changed."""
    prices = settings.tables.prices
    columns = prices.columns
    table = relation(prices.table)
    match, bookmaker, at = (identifier(name) for name in (columns.match, columns.bookmaker, columns.collected_at))
    interval = settings.collection.interval_seconds
    if isinstance(prices, PricesPerMatch):
        odds = (prices.columns.home_odds, prices.columns.draw_odds, prices.columns.away_odds)
        said, series = f"ROW({', '.join(map(identifier, odds))})", f"{match}, {bookmaker}"
    else:
        said = identifier(prices.columns.price)
        series = f"{match}, {bookmaker}, {identifier(prices.columns.outcome)}"
    [(steps, repeated, held)] = run(
        session,
        f"""
        WITH stored AS MATERIALIZED (
            SELECT {match} AS match, {bookmaker} AS bookmaker, floor(extract(EPOCH FROM {at}) / {interval}) AS slot,
                {said} IS NOT DISTINCT FROM lag({said}) OVER course AS is_repeated,
                lag({at}) OVER course IS NOT NULL AS is_step
            FROM {table}
            WHERE {at} > (SELECT max({at}) FROM {table}) - interval '{interval * 6} seconds'
                AND {match} IN (
                    SELECT DISTINCT {match} FROM {table}
                    WHERE {at} > (SELECT max({at}) FROM {table}) - interval '{interval} seconds' LIMIT 20
                )
            WINDOW course AS (PARTITION BY {series} ORDER BY {at})
        ),
        slots AS (
            SELECT match, count(DISTINCT bookmaker) AS bookmakers FROM stored GROUP BY match, slot
        ),
        totals AS (
            SELECT match, count(DISTINCT bookmaker) AS bookmakers FROM stored GROUP BY match
        )
        SELECT count(*) FILTER (WHERE is_step), count(*) FILTER (WHERE is_step AND is_repeated),
            (SELECT avg(slots.bookmakers::double precision / totals.bookmakers)
             FROM slots INNER JOIN totals USING (match))
        FROM stored
        """,
    ).rows
    return Repetition(steps, repeated, 1.0 if held is None else held)
