"""Whether the simulated market is as honest as a real one: what its signals are worth, over five months of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from oddswatch.demo.layout import Layout
from oddswatch.demo.market import DEMO
from tests.data import worth
from tests.data.worth import OUTCOMES, Book, Mean, Offer, clustered
from tests.servers.postgres import Postgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LAST = datetime(2026, 11, 22, 16, 36, tzinfo=UTC)
MARKET = replace(DEMO, collections=900)
SPREADS = (5, 10, 20, 50)


@dataclass(frozen=True)
class Match:
    """What was on offer at each collection, oldest first, and how the match ended; None where it was abandoned."""

    books: Sequence[dict[str, Book]]
    outcome: str | None


@dataclass(frozen=True)
class Found:
    """Signals at their first collection, with what they were worth by the last one, in percent."""

    offer: Offer
    kept: float
    paid: float | None


@pytest.fixture(scope="module")
def matches(postgres: Postgres) -> list[Match]:
    """The matches that are over, asked of the market as its collector would."""
    session = postgres.connect()
    books: dict[str, dict[datetime, dict[str, Book]]] = defaultdict(lambda: defaultdict(dict))
    moments = MARKET.moments(LAST)
    with session.cursor() as cursor:
        for start in range(0, len(moments), 90):
            cursor.execute(Layout().sql("market.sql"), MARKET.parameters(moments[start : start + 90]))
            for moment, match, *_, name, home, draw, away in cursor:
                prices = [None if price is None else float(price) for price in (home, draw, away)]
                books[match][moment][name] = (prices[0], prices[1], prices[2])
        cursor.execute(Layout().sql("results.sql"), MARKET.parameters(moments))
        results = dict(cursor.fetchall())
    session.close()
    over = {match.match_id for match in MARKET.fixtures(moments) if match.kick_off <= LAST - timedelta(hours=2)}
    return [
        Match([of[moment] for moment in sorted(of)], results[match]) for match, of in books.items() if match in over
    ]


def test_the_best_price_of_every_outcome_loses_what_its_margin_says(matches: list[Match]) -> None:
    found = [
        [held(match, offer) for offer in worth.best(match.books[0])]
        for match in matches
        if len(match.books) > 1 and match.outcome
    ]
    kept, paid = kept_of(found), paid_of(found)
    assert -5 < kept.mean < -2
    assert kept.error < 0.3
    # Results are drawn by the chances that the final prices say.
    assert abs(paid.mean - kept.mean) < 3 * paid.error


@pytest.mark.parametrize("least", SPREADS)
def test_spreads_are_worth_no_bet(matches: list[Match], least: float) -> None:
    found = [
        first(
            match,
            [[offer for offer, spread in worth.spreads(books) if round(spread, 6) >= least] for books in match.books],
        )
        for match in matches
    ]
    kept = kept_of(found)
    assert kept.number > 50
    assert -8 < kept.mean < -2
    assert kept.mean < -2.5 * kept.error


def test_guarded_value_is_rare_and_worth_something(matches: list[Match]) -> None:
    found = [
        first(match, [[offer for offer in worth.values(books) if offer.value >= 0.02] for books in match.books])
        for match in matches
    ]
    kept = kept_of(found)
    # By ten months of it +2 to +3 %; forty signals cannot say it more sharply.
    assert 1 < kept.mean < 4
    assert kept.error < 1
    # On real prices 2 in 100 matches at their first prices; here everybody looks every four hours for two weeks.
    assert 0.02 * len(matches) < kept.number < 0.12 * len(matches)


def test_surebets_are_rare_and_small(matches: list[Match]) -> None:
    profits = defaultdict(list)
    for number, match in enumerate(matches):
        for books in match.books:
            total = sum(1 / worth.net(offer.bookmaker, offer.price) for offer in worth.best(books))
            if total < 1:
                profits[number].append(1 / total - 1)
    assert 0.002 * len(matches) < len(profits) < 0.05 * len(matches)
    assert median(profit for of_match in profits.values() for profit in of_match) < 0.01


def test_the_sharp_bookmakers_last_price_says_how_often_it_happens(matches: list[Match]) -> None:
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for match in matches:
        if match.outcome:
            chances = worth.power([price or 0 for price in match.books[-1][worth.SHARP]])
            for outcome, chance in zip(OUTCOMES, chances, strict=True):
                bins[min(int(10 * chance), 7)].append((chance, match.outcome == outcome))
    for content in bins.values():
        said, seen = (sum(column) / len(content) for column in zip(*content, strict=True))
        assert abs(seen - said) < 3 * (said * (1 - said) / len(content)) ** 0.5


def test_the_sharp_bookmaker_moves_first(matches: list[Match]) -> None:
    """Where another bookmaker differed from it, that one came to it by the next collection, and not it to that one."""
    came = went = 0.0
    for match in matches:
        for before, after in zip(match.books[-8:-1], match.books[-7:], strict=False):
            if "interwetten" in before and "interwetten" in after:
                sharp, other = (before[name][0] for name in (worth.SHARP, "interwetten"))
                sharp_after, other_after = (after[name][0] for name in (worth.SHARP, "interwetten"))
                if sharp and other and sharp_after and other_after:
                    gap = 1 / sharp - 1 / other
                    came += gap * (1 / other_after - 1 / other)
                    went += -gap * (1 / sharp_after - 1 / sharp)
    assert came > 3 * abs(went)


def first(match: Match, offers: Sequence[Sequence[Offer]]) -> list[Found]:
    """The first offer of each outcome, where there is a later collection to hold it against."""
    seen: dict[int, Found | None] = {}
    for place, of_collection in enumerate(offers):
        for offer in of_collection:
            if offer.outcome not in seen:
                seen[offer.outcome] = held(match, offer) if place < len(offers) - 1 else None
    return [found for found in seen.values() if found]


def held(match: Match, offer: Offer) -> Found:
    chances = worth.chances(match.books[-1], offer.bookmaker)
    assert chances
    price = worth.net(offer.bookmaker, offer.price)
    paid = None if match.outcome is None else 100 * (price * (OUTCOMES[offer.outcome] == match.outcome) - 1)
    return Found(offer, 100 * (price * chances[offer.outcome] - 1), paid)


def kept_of(found: list[list[Found]]) -> Mean:
    return clustered([one.kept for one in of_match] for of_match in found)


def paid_of(found: list[list[Found]]) -> Mean:
    return clustered([one.paid for one in of_match if one.paid is not None] for of_match in found)
