"""What somebody who follows the product would bet on: its rule of value bets at its default settings, in Python."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from oddswatch.settings.value import Bookmakers, Value

OUTCOMES = ("home", "draw", "away")

Book = Mapping[str, Decimal | None]
"""What one bookmaker offers: odds by outcome, None or nothing where it has none."""

_COMMISSION = Bookmakers().commission_pct
_VALUE = Value()


@dataclass(frozen=True)
class Pick:
    """An offer that is worth a bet; `stake` is the share of the bankroll to be staked at most."""

    outcome: str
    bookmaker: str
    odds: Decimal
    stake: float


def picks(books: Mapping[str, Book]) -> list[Pick]:
    """The offers of one collection of a match with home, draw and away that pass every guard of `value`.

    Args:
        books: by bookmaker.
    """
    complete = {name: book for name, book in books.items() if all(book.get(outcome) for outcome in OUTCOMES)}
    sharp = next((name for name in _VALUE.sharp if name in complete), None)
    fair = _chances(complete[sharp]) if sharp else None
    return [pick for outcome in OUTCOMES if (pick := _pick(books, complete, sharp, fair, outcome))]


def _pick(
    books: Mapping[str, Book],
    complete: Mapping[str, Book],
    sharp: str | None,
    fair: Mapping[str, float] | None,
    outcome: str,
) -> Pick | None:
    odds = {name: price for name, book in books.items() if (price := book.get(outcome))}
    net = {name: 1 + (float(price) - 1) * (1 - _COMMISSION.get(name, 0) / 100) for name, price in odds.items()}
    best = max(sorted(net.keys() - {sharp}), key=lambda name: net[name], default=None)
    if best is None or len(odds) < _VALUE.min_bookmakers or odds[best] > _VALUE.max_price:
        return None
    # The others are asked last: their margins are most of the work.
    if fair and net[best] * fair[outcome] - 1 < _VALUE.min_ev_pct / 100:
        return None
    rivals = [_chances(book) for name, book in complete.items() if name != best]
    if len(rivals) < _VALUE.min_bookmakers - 1:
        return None
    others = _median(rivals)
    if net[best] * others[outcome] < 1 or (outcome != "draw" and _is_swapped(books[best], others)):
        return None
    value = net[best] * (fair or others)[outcome] - 1
    ahead = net[best] / max(price for name, price in net.items() if name != best) - 1
    if not _VALUE.min_ev_pct <= value * 100 <= _VALUE.max_ev_pct or ahead * 100 > _VALUE.alone_pct:
        return None
    stake = min(value / (net[best] - 1) * _VALUE.kelly_fraction, _VALUE.max_stake_pct / 100)
    return Pick(outcome, best, odds[best], stake)


def _is_swapped(book: Book, fair: Mapping[str, float]) -> bool:
    """Whether prices on home and away lie nearer to the fair ones the other way round."""
    home, away = book.get("home"), book.get("away")
    if not home or not away:
        return False

    def distance(first: str, second: str) -> float:
        return abs(math.log(float(home) * fair[first])) + abs(math.log(float(away) * fair[second]))

    return distance("away", "home") < distance("home", "away") - 1e-6


def _median(books: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of chances, made to sum to 1 again."""
    medians = {outcome: median(book[outcome] for book in books) for outcome in OUTCOMES}
    return {outcome: chance / sum(medians.values()) for outcome, chance in medians.items()}


def _chances(book: Book) -> dict[str, float]:
    """The chances behind a complete book by the power method: (1 / odds) ^ k that sum to 1."""
    logs = [-math.log(book[outcome] or math.inf) for outcome in OUTCOMES]
    k = 1.0
    for _ in range(8):
        powers = [math.exp(k * log) for log in logs]
        k -= math.log(sum(powers)) * sum(powers) / _product(powers, logs)
    return {outcome: math.exp(k * log) for outcome, log in zip(OUTCOMES, logs, strict=True)}


def _product(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
