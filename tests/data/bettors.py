"""Bettors with an edge, and what the alerts about money say of them: the formulas of the catalogue in Python."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import exp, sqrt
from statistics import NormalDist

Price = Callable[[random.Random], float]
_tail = NormalDist().cdf


@dataclass
class Bettor:
    """What a bettor has so far, one bet after the other, each on a match of its own."""

    bets: int = 0
    won: int = 0
    needed_won: float = 0
    won_variance: float = 0
    staked: float = 0
    profit: float = 0
    profit_variance: float = 0

    def bet(self, stake: float, price: float, *, won: bool) -> None:
        """Count a bet; a bettor without an edge wins it with the chance 1 / price."""
        self.bets += 1
        self.won += won
        self.needed_won += 1 / price
        self.won_variance += 1 / price * (1 - 1 / price)
        self.staked += stake
        self.profit += stake * (price - 1) if won else -stake
        self.profit_variance += stake**2 * (price - 1)

    @property
    def win_rate_pct(self) -> float:
        """Share of the bets won."""
        return self.won / self.bets * 100

    @property
    def yield_pct(self) -> float:
        """Profit per money staked."""
        return self.profit / self.staked * 100

    @property
    def yield_errors(self) -> float:
        """Profit in standard deviations of a bettor without an edge."""
        return self.profit / sqrt(self.profit_variance)

    @property
    def win_errors(self) -> float:
        """Wins above those that break even, in standard deviations of a bettor without an edge."""
        return (self.won - self.needed_won) / sqrt(self.won_variance)

    @property
    def fallen_chance_pct(self) -> float:
        """How many in a hundred bettors with an edge of 5 % have lost as much at some time by now (Brownian motion)."""
        lost, drift, deviation = max(-self.profit, 0), 0.05 * self.staked, sqrt(self.profit_variance)
        reflected = exp(-2 * drift * lost / deviation**2) * _tail((drift - lost) / deviation)
        return 100 * (_tail(-(lost + drift) / deviation) + reflected)


def careers(
    number: int, bets: int, price: Price, *, edge: float = 0.05, stake: float = 10
) -> Iterator[Iterator[Bettor]]:
    """Simulate bettors who win a bet with the chance (1 + edge) / price; each yields itself after each bet."""
    chance = random.Random(1)

    def career() -> Iterator[Bettor]:
        bettor = Bettor()
        for _ in range(bets):
            odds = price(chance)
            bettor.bet(stake, odds, won=chance.random() < (1 + edge) / odds)
            yield bettor

    for _ in range(number):
        yield career()
