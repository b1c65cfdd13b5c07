"""The bets of somebody who follows the demo market, and their way into the table ``bets``."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate, groupby
from typing import Literal

from psycopg2.extensions import connection
from psycopg2.extras import execute_values

from oddswatch.demo.layout import Layout
from oddswatch.demo.market import Market

Result = Literal["won", "lost", "void"]

_CENT = Decimal("0.01")
_MOST_ROWS = 400_000
_MATCH_TAKES = timedelta(hours=2)
_OPEN = 6
_SUREBETS = 4
_HIGHEST_VALUE_ODDS = 4
_SUREBET_STAKE = 60


@dataclass(frozen=True)
class Bet:
    """A bet; ``result`` None while it is open, ``closing`` the bookmaker's last price before kick-off."""

    match_id: str
    outcome: str
    bookmaker: str
    odds: Decimal
    stake: Decimal
    kind: Literal["single", "value", "surebet"]
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
class _Offer:
    match_id: str
    sport: str
    kick_off: datetime
    moment: datetime
    outcome: str
    bookmaker: str
    price: Decimal
    average: Decimal
    closing: Decimal


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
    """The bets on a market: ``market.bets`` settled ones of 1 % of the bankroll of 1000 or so, and six open ones.

    Nobody knows the results of these matches, so they are drawn by the market's own chances, again and again until the
    story is a quiet one: a small profit, no deep fall, more bets won than lost.

    Args:
        connection: to any PostgreSQL; nothing is stored.
        market: the market.
        moments: of its collections, ascending.
        now: bets on matches that are over by now are settled.
    """
    chance = random.Random(market.seed)  # noqa: S311
    offers = _offers(connection, market, moments)
    over = {match: markets for match, markets in offers.items() if markets[0][0].kick_off <= now - _MATCH_TAKES}
    ahead = {match: markets for match, markets in offers.items() if markets[0][0].kick_off > now}
    placed = [*_surebets(over, chance), *_favourites_and_value(over, chance)]
    settled = _settle(placed[: market.bets], over, chance)
    running = list(_favourites_and_value(dict(list(ahead.items())[: 2 * _OPEN]), chance))[:_OPEN]
    return settled + running


def _offers(connection: connection, market: Market, moments: Sequence[datetime]) -> dict[str, list[list[_Offer]]]:
    """Per match, by kick-off, the offers at each moment; at some of the moments where there are very many."""
    step = 1 + len(moments) * market.ahead * len(market.bookmakers) // _MOST_ROWS
    with connection.cursor() as cursor:
        cursor.execute(Layout().sql("offers.sql"), market.parameters(moments[::-step][::-1]))
        offers = [_Offer(*row) for row in cursor.fetchall()]
    return {
        match: [list(group) for _, group in groupby(of_match, lambda offer: offer.moment)]
        for match, of_match in groupby(offers, lambda offer: offer.match_id)
    }


def _surebets(matches: Mapping[str, list[list[_Offer]]], chance: random.Random) -> Iterator[Bet]:
    """All outcomes of a match where that is a sure profit."""
    found = []
    for moments in matches.values():
        sure = [offers for offers in moments if len(offers) == 3 and sum(1 / offer.price for offer in offers) < 0.99]
        if sure:
            found.append(chance.choice(sure))
    for offers in chance.sample(found, min(_SUREBETS, len(found))):
        total = sum(1 / offer.price for offer in offers)
        placed = _soon_after(offers[0], chance)
        for offer in offers:
            yield replace(_bet(offer, _SUREBET_STAKE / offer.price / total, "surebet", chance), placed=placed)


def _favourites_and_value(matches: Mapping[str, list[list[_Offer]]], chance: random.Random) -> Iterator[Bet]:
    """Clear favourites first, then prices that are high for the market; one of each per match at most."""
    singles, values = [], []
    for moments in matches.values():
        offers = chance.choice(moments[-18:])
        favourite = min(offers, key=lambda offer: offer.price)
        singles.append(_bet(favourite, Decimal(chance.choice((10, 15, 20))), "single", chance))
        value = max(chance.choice(moments), key=lambda offer: offer.price / offer.average)
        values.append(_bet(value, Decimal(10), "value", chance))
    singles.sort(key=lambda bet: bet.odds)
    values = [bet for bet in values if bet.odds < _HIGHEST_VALUE_ODDS]
    chance.shuffle(values)
    # Three favourites for each value bet.
    while singles or values:
        yield from singles[:3]
        yield from values[:1]
        del singles[:3], values[:1]


def _bet(offer: _Offer, stake: Decimal, kind: Literal["single", "value", "surebet"], chance: random.Random) -> Bet:
    placed = _soon_after(offer, chance)
    return Bet(offer.match_id, offer.outcome, offer.bookmaker, offer.price, stake.quantize(_CENT), kind, placed, placed)


def _soon_after(offer: _Offer, chance: random.Random) -> datetime:
    """When somebody who saw the collection has placed a bet: before the next collection and before kick-off."""
    return offer.moment + min(timedelta(minutes=4), offer.kick_off - offer.moment) * chance.uniform(0.2, 0.9)


def _settle(bets: Sequence[Bet], matches: Mapping[str, list[list[_Offer]]], chance: random.Random) -> list[Bet]:
    closing = {
        (offer.match_id, offer.bookmaker, offer.outcome): offer.closing
        for moments in matches.values() for offers in moments for offer in offers
    }  # fmt: skip
    kick_offs = {match: moments[0][0].kick_off for match, moments in matches.items()}
    bets = sorted(bets, key=lambda bet: (kick_offs[bet.match_id], bet.match_id, bet.outcome))
    singles = [place for place, bet in enumerate(bets) if bet.kind == "single"]
    voids = set(chance.sample(singles, len(singles) // 20))
    played = sorted({bet.match_id for bet in bets})
    story: list[Bet] = []
    for _ in range(5000):
        winners = {match: _winner(matches[match][-1], chance) for match in played}
        story = [
            replace(
                bet,
                result="void" if place in voids else "won" if bet.outcome == winners[bet.match_id] else "lost",
                notes="match abandoned" if place in voids else None,
                closing=closing[bet.match_id, bet.bookmaker, bet.outcome],
                updated=kick_offs[bet.match_id] + _MATCH_TAKES,
            )
            for place, bet in enumerate(bets)
        ]
        if _is_quiet(story):
            break
    return story


def _winner(offers: Sequence[_Offer], chance: random.Random) -> str:
    return chance.choices([offer.outcome for offer in offers], [float(1 / offer.average) for offer in offers])[0]


def _is_quiet(story: Sequence[Bet]) -> bool:
    profits = list(accumulate((bet.profit or Decimal(0) for bet in story), initial=Decimal(0)))
    results = [bet.result for bet in story]
    return 20 <= profits[-1] <= 120 and min(profits) > -90 and results.count("won") > 1.08 * results.count("lost")
