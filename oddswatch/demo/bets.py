"""The bets of somebody who follows the demo market, and their way into the table `bets`."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Literal

from psycopg2.extensions import connection
from psycopg2.extras import execute_values

from oddswatch.demo.layout import Layout
from oddswatch.demo.market import Market
from oddswatch.demo.rule import OUTCOMES, Book, Pick, picks

Result = Literal["won", "lost", "void"]

_CENT = Decimal("0.01")
_MOST_ROWS = 400_000
_MATCH_TAKES = timedelta(hours=2)
_LAST_DAYS = timedelta(days=3)
_OPEN = 6
_BANKROLL = 1000
_STAKE = 0.005


@dataclass(frozen=True)
class Bet:
    """A bet; ``result`` None while it is open, ``closing`` the bookmaker's last price before kick-off."""

    match_id: str
    outcome: str
    bookmaker: str
    odds: Decimal
    stake: Decimal
    kind: Literal["single", "value"]
    placed: datetime
    updated: datetime
    result: Result | None = None
    closing: Decimal | None = None
    notes: str | None = None

    @property
    def profit(self) -> Decimal | None:
        """What it brought beyond its stake, to the cent; None while it is open."""
        if self.result is None:
            return None
        profits = {"won": self.stake * (self.odds - 1), "lost": -self.stake, "void": Decimal(0)}
        return profits[self.result].quantize(_CENT)

    @property
    def payout(self) -> Decimal | None:
        """What came back from the bookmaker, to the cent; None while it is open."""
        return None if self.profit is None else self.stake + self.profit

    @property
    def clv(self) -> Decimal | None:
        """Closing line value, odds / closing odds - 1; None where the closing odds are not known."""
        return None if self.closing is None else self.odds / self.closing - 1


@dataclass(frozen=True)
class _Lot:
    """What was on offer for a match at one collection."""

    match_id: str
    moment: datetime
    kick_off: datetime
    books: Mapping[str, Book]


def store(connection: connection, layout: Layout, bets: Iterable[Bet]) -> None:
    """Stores bets in the order in which they were placed, without a commit."""
    rows = [
        (
            bet.match_id, bet.outcome, bet.bookmaker, bet.odds, bet.stake, bet.kind, bet.result,
            bet.odds if bet.result else None, bet.payout, bet.profit, bet.notes, bet.placed, bet.updated,
            bet.clv, bet.closing, "h2h",
        )
        for bet in sorted(bets, key=lambda bet: (bet.placed, bet.match_id, bet.outcome))
    ]  # fmt: skip
    placed, updated = layout.stored("%s::timestamptz"), layout.stored("%s::timestamptz")
    with connection.cursor() as cursor:
        execute_values(
            cursor,
            f"""INSERT INTO {layout.table("bets")} (
                match_id, outcome, bookmaker, odds_value, stake, bet_type, result, actual_odds, payout,
                {layout.profit_column}, notes, created_at, updated_at, clv, odds_close, market_type
            ) VALUES %s""",
            rows,
            template=f"(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, {placed}, {updated}, %s, %s, %s)",
        )


def follow(connection: connection, market: Market, moments: Sequence[datetime], now: datetime) -> list[Bet]:
    """The bets of somebody who takes every value bet and likes favourites besides; results are those of the market.

    Value bets are placed when they are first seen, with the stake that the rule allows of a bankroll of 1000; then the
    clearest favourites with half a percent of it, at their best price at some collection in their last three days. Both
    together are ``market.bets`` settled bets, fewer where there were fewer matches, and six open ones.

    Args:
        connection: to any PostgreSQL; nothing is stored.
        market: the market.
        moments: of its collections, ascending.
        now: bets on matches that are over by now are settled.
    """
    chance = random.Random(market.seed)  # noqa: S311
    matches, results = _lots(connection, market, moments), _results(connection, market, moments)
    kick_offs = {fixture.match_id: fixture.kick_off for fixture in market.fixtures(moments)}
    over = [lots for match, lots in matches.items() if kick_offs[match] <= now - _MATCH_TAKES]
    ahead = [lots for match, lots in matches.items() if kick_offs[match] > now]
    closing = {
        (lot.match_id, bookmaker, outcome): odds
        for lots in over
        for lot in lots
        for bookmaker, book in lot.books.items()
        for outcome, odds in book.items()
        if odds
    }
    settled = [
        replace(
            bet,
            result=_result(bet, results[bet.match_id]),
            notes=None if results[bet.match_id] else "match abandoned",
            closing=closing[bet.match_id, bet.bookmaker, bet.outcome],
            updated=kick_offs[bet.match_id] + _MATCH_TAKES,
        )
        for bet in _placed(over, market.bets, chance)
    ]
    return settled + _placed(ahead[: 2 * _OPEN], _OPEN, chance)


def _lots(connection: connection, market: Market, moments: Sequence[datetime]) -> dict[str, list[_Lot]]:
    """Per match, by kick-off, what was on offer at each moment; at some of the moments where there are very many."""
    step = 1 + len(moments) * market.ahead * len(market.bookmakers) // _MOST_ROWS
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT match_id, moment, kick_off, bookmaker, home_odds, draw_odds, away_odds "
            f"FROM ({Layout().sql('market.sql')}) AS prices ORDER BY moment, kick_off, match_id, bookmaker",
            market.parameters(moments[::-step][::-1]),
        )
        rows = cursor.fetchall()
    lots: dict[str, list[_Lot]] = {}
    for (match, moment, kick_off), offers in groupby(rows, key=lambda row: row[:3]):
        books = {bookmaker: dict(zip(OUTCOMES, odds, strict=True)) for _, _, _, bookmaker, *odds in offers}
        lots.setdefault(match, []).append(_Lot(match, moment, kick_off, books))
    return dict(sorted(lots.items(), key=lambda item: (item[1][-1].kick_off, item[0])))


def _results(connection: connection, market: Market, moments: Sequence[datetime]) -> dict[str, str | None]:
    """The outcome of each match; None for one that was abandoned."""
    with connection.cursor() as cursor:
        cursor.execute(Layout().sql("results.sql"), market.parameters(moments))
        return dict(cursor.fetchall())


def _result(bet: Bet, outcome: str | None) -> Result:
    if outcome is None:
        return "void"
    return "won" if outcome == bet.outcome else "lost"


def _placed(matches: Sequence[Sequence[_Lot]], number: int, chance: random.Random) -> list[Bet]:
    """As many bets on these matches: value bets first, then the clearest favourites."""
    values = [bet for lots in matches for bet in _values(lots, chance)]
    favourites = sorted((_favourite(lots, chance) for lots in matches), key=lambda bet: bet.odds)
    return [*values, *favourites][:number]


def _values(lots: Sequence[_Lot], chance: random.Random) -> Iterator[Bet]:
    """Each outcome of a match once, when it is first worth a bet."""
    seen: set[str] = set()
    for lot in lots:
        for pick in picks(lot.books):
            if pick.outcome not in seen:
                seen.add(pick.outcome)
                yield _bet(lot, pick, "value", chance)


def _favourite(lots: Sequence[_Lot], chance: random.Random) -> Bet:
    lot = chance.choice([lot for lot in lots if lot.moment > lots[-1].moment - _LAST_DAYS])
    best = [
        max((odds, bookmaker, outcome) for bookmaker, book in lot.books.items() if (odds := book[outcome]))
        for outcome in OUTCOMES
    ]
    odds, bookmaker, outcome = min(best)
    return _bet(lot, Pick(outcome, bookmaker, odds, _STAKE), "single", chance)


def _bet(lot: _Lot, pick: Pick, kind: Literal["single", "value"], chance: random.Random) -> Bet:
    # Whoever saw the collection has placed the bet before the next one and before kick-off.
    placed = lot.moment + min(timedelta(minutes=4), lot.kick_off - lot.moment) * chance.uniform(0.2, 0.9)
    stake = Decimal(pick.stake * _BANKROLL).quantize(_CENT)
    return Bet(lot.match_id, pick.outcome, pick.bookmaker, pick.odds, stake, kind, placed, placed)
