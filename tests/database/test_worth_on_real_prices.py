"""What past signals were worth on real prices: the product's SQL against plain Python, docs/betting.md against both."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from oddswatch.demo.schema import create_schema
from tests.data import real_file, worth
from tests.data.real_file import Match
from tests.data.worth import OUTCOMES, Mean, Offer, clustered
from tests.servers import figures
from tests.servers.postgres import Postgres

pytestmark = [pytest.mark.slow, real_file.needs_file]

SPREADS, VALUES = (5, 10, 20, 50), (1, 2, 3, 5)
Key = tuple[str, float, str, str]


@dataclass
class Real:
    session: Any
    matches: list[Match]

    @cached_property
    def results(self) -> Mapping[str, str]:
        return {match.match_id: match.outcome for match in self.matches}

    @cached_property
    def tables(self) -> Mapping[str, str]:
        return figures.tables(self.session, self.results)


@pytest.fixture(scope="module")
def real(postgres: Postgres) -> Iterator[Real]:
    database = postgres.create_database()
    session = database.connect()
    create_schema(session)
    matches = real_file.read()
    real_file.store(session, matches)
    yield Real(session, matches)
    session.close()
    database.drop()


@pytest.mark.timeout(600)
def test_every_signal_and_what_it_was_worth(real: Real) -> None:
    sql = figures.catalogue().select(
        "past_signals", "kind, threshold, match_id, outcome, bookmaker, price, clv_pct", at=real_file.AFTER
    )
    with real.session.cursor() as cursor:
        cursor.execute(sql)
        said = {tuple(row[:4]): row[4:] for row in cursor.fetchall()}
    expected = {key: found for match in real.matches for key, found in signals(match).items()}
    assert len(expected) > 20_000
    assert said.keys() == expected.keys()
    for key, (offer, clv) in expected.items():
        assert said[key][:2] == (offer.bookmaker, offer.price), key
        assert said[key][2] == (None if clv is None else pytest.approx(clv, abs=1e-6)), key


@pytest.mark.timeout(600)
def test_the_table_of_signals_with_its_errors(real: Real) -> None:
    columns = "kind, threshold, signals, closed, kept_pct, error_pct, promised_pct"
    sql = figures.catalogue().select("signal_proof", columns, at=real_file.AFTER)
    with real.session.cursor() as cursor:
        cursor.execute(sql)
        said = {tuple(row[:2]): row[2:] for row in cursor.fetchall()}
    by_kind: dict[tuple[str, float], dict[str, list[tuple[Offer, float | None]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for match in real.matches:
        for (kind, threshold, _, _), found in signals(match).items():
            by_kind[kind, threshold][match.match_id].append(found)
    assert said.keys() == by_kind.keys()
    for key, by_match in by_kind.items():
        expected = clustered([clv for _, clv in found if clv is not None] for found in by_match.values())
        number = sum(map(len, by_match.values()))
        assert said[key][:2] == (number, expected.number), key
        assert said[key][2:4] == pytest.approx((expected.mean, expected.error), abs=1e-6), key
        if key[0] == "value":
            promised = [100 * offer.value for found in by_match.values() for offer, clv in found if clv is not None]
            assert said[key][4] == pytest.approx(sum(promised) / len(promised), abs=1e-6)


@pytest.mark.timeout(600)
def test_offers_without_guards_by_each_method(real: Real) -> None:
    power = figures.catalogue()
    without = figures.best_offers(real.session, power, 0.02, power)
    expected = [
        (match.match_id, OUTCOMES[offer.outcome], clv)
        for match in real.matches
        for offer in worth.values(match.books["opening"], guarded=False)
        if offer.value >= 0.02 and (clv := kept(match, offer)) is not None
    ]
    found_without = sorted((bet.match_id, bet.outcome, 100 * bet.worth) for bet in without)
    assert [bet[:2] for bet in found_without] == [bet[:2] for bet in sorted(expected)]
    assert [bet[2] for bet in found_without] == pytest.approx([bet[2] for bet in sorted(expected)], abs=1e-6)
    # What Pinnacle's opening is worth by the other way of taking out its margin, held against the same of its close.
    multiplicative = figures.catalogue("multiplicative")
    by_itself = figures.best_offers(real.session, multiplicative, 0.03, multiplicative)
    found = []
    for match in real.matches:
        books = {name: book for name, book in match.books["opening"].items() if name != worth.SHARP}
        sharp, close = (match.books[snapshot].get(worth.SHARP) for snapshot in ("opening", "closing"))
        if sharp and close:
            fair, final = (worth.multiplicative([price or math.inf for price in book]) for book in (sharp, close))
            found += [
                offer.price * final[offer.outcome] - 1
                for offer in worth.best(books)
                if offer.price * fair[offer.outcome] - 1 >= 0.03
            ]
    assert sorted(bet.worth for bet in by_itself) == pytest.approx(sorted(found), abs=1e-8)


@pytest.mark.timeout(600)
def test_the_page_shows_these_tables(real: Real) -> None:
    page = figures.PAGE.read_text(encoding="utf-8")
    assert all(real.tables.values())
    assert page == figures.filled(page, real.tables), "run make figures"
    assert all(table in page for table in real.tables.values())


def test_the_picture_shows_what_was_said_and_seen(real: Real) -> None:
    bins = {}
    for method in ("power", "multiplicative"):
        said = figures.said_and_seen(real.session, figures.catalogue(method), real.results)
        expected = [
            (chance, match.outcome == outcome)
            for match in real.matches
            if (book := match.books["closing"].get(worth.SHARP))
            for outcome, chance in zip(OUTCOMES, getattr(worth, method)([price or 0 for price in book]), strict=True)
        ]
        ours, theirs = in_order(said), in_order(expected)
        assert [seen for _, seen in ours] == [seen for _, seen in theirs]
        assert [chance for chance, _ in ours] == pytest.approx([chance for chance, _ in theirs], abs=1e-8)
        bins[method] = figures.calibration(said)
    assert figures.PICTURE.read_text(encoding="utf-8") == figures.picture(bins), "run make figures"
    off = {method: [(found.seen - found.said) / found.error for found in content] for method, content in bins.items()}
    assert len(off["power"]) == 13
    assert max(map(abs, off["power"])) < 2
    outsiders = bins["multiplicative"][1]
    assert (round(100 * outsiders.said, 1), round(100 * outsiders.seen, 1)) == (7.9, 4.9)


def test_what_the_page_says_in_words_was_counted(real: Real) -> None:
    page = figures.PAGE.read_text(encoding="utf-8")
    below = alone = wide = 0
    observed = []
    for match in real.matches:
        books = match.books["opening"]
        if worth.SHARP not in books:
            continue
        fair = worth.chances(books, "nobody")
        assert fair
        for offer, spread in worth.spreads(books):
            if spread >= 5:
                prices = sorted(price for book in books.values() if (price := book[offer.outcome]))
                middle = (prices[(len(prices) - 1) // 2] + prices[len(prices) // 2]) / 2
                wide += 1
                below += offer.price * fair[offer.outcome] < 1
                alone += middle / prices[0] > prices[-1] / middle
        judged = [(offer, kept(match, offer)) for offer in worth.values(books, guarded=False)]
        observed.append(
            [
                (offer.value, clv / 100, (offer.price if OUTCOMES[offer.outcome] == match.outcome else 0) - 1)
                for offer, clv in judged
                if clv is not None
            ]
        )
    assert f"in {below / wide:.0%} of those".replace("%", " %") in page
    assert alone / wide == pytest.approx(0.5, abs=0.05)
    paid = slope([[(clv, profit) for _, clv, profit in match] for match in observed])
    assert f"paid {paid.mean:.2f} ± {paid.error:.2f} % more" in page
    still_there = slope([[(value, clv) for value, clv, _ in match] for match in observed])
    assert f"{still_there.mean:.2f} ± {still_there.error:.2f} were still there" in page
    # Where a mean of n bets has an error of e, n x e ^ 2 of them have one of 1 %.
    guarded = re.findall(r"with the guards \| (\d+) \| [\d.]+ \| \S+ ± ([\d.]+) % \| (\S+) ± ([\d.]+) % \|", page)
    by_close = [int(bets) * float(error) ** 2 for bets, error, _, _ in guarded]
    by_paid = [int(bets) * float(error) ** 2 for bets, _, _, error in guarded]
    assert f"{min(by_close) // 10 * 10:.0f} to {-(-max(by_close) // 10) * 10:.0f} bets by the final price" in page
    in_thousands = f"{min(by_paid) // 1000:.0f},000 to\n{-(-max(by_paid) // 1000):.0f},000 by what was paid"
    assert in_thousands in page
    _, _, mean, error = guarded[1]
    assert f"+{float(mean):.0f} ± {float(error):.0f} % says" in page


def in_order(observations: Iterable[tuple[float, bool]]) -> list[tuple[float, bool]]:
    """Observations in an order in which the last digits do not matter."""
    return sorted((round(chance, 8), seen) for chance, seen in observations)


def signals(match: Match) -> dict[Key, tuple[Offer, float | None]]:
    """The signals of a match and what they were worth, in percent; None where they were first seen at the close."""
    found: dict[Key, tuple[Offer, float | None]] = {}
    for snapshot, books in match.books.items():
        seen = [("any", 0.0, offer) for offer in worth.best(books)] if snapshot == "opening" else []
        # To six digits: 1.05 against 1.00 is 5 %.
        seen += [
            ("spread", float(least), offer)
            for offer, spread in worth.spreads(books)
            for least in SPREADS
            if round(spread, 6) >= least
        ]
        seen += [
            ("value", float(least), offer)
            for offer in worth.values(books)
            for least in VALUES
            if 100 * offer.value >= least
        ]
        for kind, threshold, offer in seen:
            key = (kind, threshold, match.match_id, OUTCOMES[offer.outcome])
            if key not in found:
                found[key] = (offer, kept(match, offer) if snapshot == "opening" else None)
    return found


def kept(match: Match, offer: Offer) -> float | None:
    """What an offer was worth at the close, in percent; None where nobody can say."""
    fair = worth.chances(match.books["closing"], offer.bookmaker)
    return None if fair is None else 100 * (worth.net(offer.bookmaker, offer.price) * fair[offer.outcome] - 1)


def slope(by_match: list[list[tuple[float, float]]]) -> Mean:
    """How much y rises with x by least squares, its error by match."""
    points = [point for match in by_match for point in match]
    middle_x, middle_y = (sum(column) / len(points) for column in zip(*points, strict=True))
    squares = sum((x - middle_x) ** 2 for x, _ in points)
    rise = sum((x - middle_x) * (y - middle_y) for x, y in points) / squares
    residuals = (sum((x - middle_x) * (y - middle_y - rise * (x - middle_x)) for x, y in match) for match in by_match)
    return Mean(len(points), rise, math.sqrt(sum(residual**2 for residual in residuals)) / squares)
