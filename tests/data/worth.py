"""What prices are worth, worked out a second time: plain loops and bisection, and nothing of the product's own.

A book is what one bookmaker offers on home, draw and away; None where it offers nothing. Books are by bookmaker.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

OUTCOMES = ("home", "draw", "away")
SHARP = "pinnacle"
#: Shares of a profit that exchanges keep.
COMMISSION = {"betfair_ex_eu": 0.05, "matchbook": 0.02}

Book = tuple[float | None, float | None, float | None]
Books = Mapping[str, Book]


def power(prices: Sequence[float]) -> list[float]:
    """(1 / price) ^ k, k such that the chances sum to 1 (Clarke, Kovalchik and Ingram 2017)."""
    k = _bisected(lambda k: sum(price**-k for price in prices) > 1, 0, 20)
    return [price**-k for price in prices]


def shin(prices: Sequence[float]) -> list[float]:
    """The model of insiders, a share z of all bettors (Shin 1993; Štrumbelj 2014); below 0 without margin."""
    total = sum(1 / price for price in prices)

    def chances(z: float) -> list[float]:
        return [(math.sqrt(z * z + 4 * (1 - z) / price**2 / total) - z) / (2 * (1 - z)) for price in prices]

    return chances(_bisected(lambda z: sum(chances(z)) > 1, -0.5, 0.99))


def additive(prices: Sequence[float]) -> list[float | None]:
    """Every outcome bears the same part of the margin; one that is worth less than that has no chance to name."""
    part = (sum(1 / price for price in prices) - 1) / len(prices)
    return [1 / price - part if 1 / price > part else None for price in prices]


def multiplicative(prices: Sequence[float]) -> list[float]:
    """Every outcome bears the margin in proportion."""
    total = sum(1 / price for price in prices)
    return [1 / price / total for price in prices]


def _bisected(is_below: Callable[[float], bool], low: float, high: float) -> float:
    """Where a condition that holds on the left ends, to the last digits."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return (low + high) / 2


def net(bookmaker: str, price: float) -> float:
    """A price after commission."""
    return 1 + (price - 1) * (1 - COMMISSION.get(bookmaker, 0))


def chances(books: Books, bookmaker: str) -> list[float] | None:
    """Fair chances for an offer of a bookmaker: by the sharp one, else by the median of at least three others."""
    if bookmaker != SHARP and SHARP in books and None not in books[SHARP]:
        return power(_prices(books[SHARP]))
    return by_others(books, bookmaker, 3)


def by_others(books: Books, bookmaker: str, least: int = 1) -> list[float] | None:
    """The median chances of the other complete books, made to sum to 1; None where there are fewer than `least`."""
    others = [power(_prices(book)) for name, book in books.items() if name != bookmaker and None not in book]
    if len(others) < least:
        return None
    medians = [median(column) for column in zip(*others, strict=True)]
    return [chance / sum(medians) for chance in medians]


def _prices(book: Book) -> list[float]:
    return [price for price in book if price is not None]


class Offer(NamedTuple):
    """The best price of an outcome (0 home, 1 draw, 2 away), after commission; `value` is its expected value."""

    outcome: int
    bookmaker: str
    price: float
    value: float = math.nan


def best(books: Books) -> list[Offer]:
    """The best price of every outcome after commission; of equal ones the first bookmaker's by name."""
    found = []
    for outcome in range(3):
        offers = [(name, price) for name, book in books.items() if (price := book[outcome]) is not None]
        if offers:
            name, price = min(offers, key=lambda offer: (-net(*offer), offer[0]))
            found.append(Offer(outcome, name, price))
    return found


def spreads(books: Books) -> list[tuple[Offer, float]]:
    """The highest price of every outcome, before commission, and by how many percent it is above the lowest."""
    found = []
    for outcome in range(3):
        offers = [(price, name) for name, book in books.items() if (price := book[outcome]) is not None]
        if len(offers) >= 2:
            price, name = min(offers, key=lambda offer: (-offer[0], offer[1]))
            found.append((Offer(outcome, name, price), (price / min(offers)[0] - 1) * 100))
    return found


def values(books: Books, *, guarded: bool = True) -> list[Offer]:
    """The best offers besides the sharp bookmaker's, with their value by it, and those only that pass the guards."""
    sharp = books.get(SHARP)
    if sharp is None or None in sharp:
        return []
    fair = power(_prices(sharp))
    found = []
    for offer in best({name: book for name, book in books.items() if name != SHARP}):
        price = net(offer.bookmaker, offer.price)
        judged = offer._replace(value=price * fair[offer.outcome] - 1)
        if not guarded or (judged.value > 0 and _passes(books, judged, price)):
            found.append(judged)
    return found


def _passes(books: Books, offer: Offer, price: float) -> bool:
    rivals = [
        net(name, other)
        for name, book in books.items()
        if name != offer.bookmaker and (other := book[offer.outcome]) is not None
    ]
    if len(rivals) < 3 or offer.price > 6 or offer.value > 0.12 or price > 1.15 * max(rivals):
        return False
    others = by_others(books, offer.bookmaker, 3)
    return others is not None and price * others[offer.outcome] >= 1 and not _swapped(books, offer, others)


def _swapped(books: Books, offer: Offer, others: Sequence[float]) -> bool:
    """Whether the offer's book is nearer to what the others think with home and away the other way round."""
    home, _, away = books[offer.bookmaker]
    if offer.outcome == 1 or home is None or away is None:
        return False
    usual = [-math.log(others[0]), -math.log(others[2])]
    stored = [math.log(home), math.log(away)]
    as_stored, mirrored = (sum(abs(a - b) for a, b in zip(stored, way, strict=True)) for way in (usual, usual[::-1]))
    return mirrored < as_stored - 1e-6


class Mean(NamedTuple):
    """A mean with its standard error, the observations of one match taken as one."""

    number: int
    mean: float
    error: float


def clustered(by_match: Iterable[Sequence[float]]) -> Mean:
    """The mean of all observations, given per match; without an error where fewer than two matches have one."""
    matches = [match for match in by_match if match]
    clusters, number = len(matches), sum(map(len, matches))
    mean = sum(map(sum, matches)) / number
    squares = sum((sum(match) - len(match) * mean) ** 2 for match in matches)
    error = math.sqrt(squares * clusters / (clusters - 1)) / number if clusters > 1 else math.nan
    return Mean(number, mean, error)
