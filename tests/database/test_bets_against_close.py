"""What bets were worth at the close: by hand on books whose chances everybody sees, and against Python on a market."""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product
from math import sqrt
from statistics import median
from typing import Any

import pytest

from oddswatch.demo.market import Market
from oddswatch.demo.seed import seed
from oddswatch.settings.site import Settings
from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres

NOW = datetime(2026, 10, 27, 12, 0, tzinfo=UTC)
KICK_OFF = datetime(2026, 10, 25, 15, 0, tzinfo=UTC)
#: Equal prices: by every method the chances are equal too, whatever the margin.
THIRDS = (2.85, 2.85, 2.85)
HALVES = (1.9, None, 1.9)
#: A book that says something else: 1 / 1.6 is more than half.
OTHERWISE = (1.6, 4.0, 6.0)


@pytest.fixture(params=LAYOUTS)
def site(request: pytest.FixtureRequest, new_schema: Postgres) -> Site:
    return Site.create(new_schema, request.param, NOW)


def book(
    site: Site,
    bookmaker: str = "pinnacle",
    odds: tuple[float | None, float | None, float | None] = THIRDS,
    *,
    before: timedelta = timedelta(hours=1),
    kick_off: datetime = KICK_OFF,
    match: str = "m1",
    league: str = "soccer_epl",
) -> None:
    """Store a book, so long before the kick-off."""
    site.price(
        match=match,
        league=league,
        bookmaker=bookmaker,
        odds=odds,
        collected=kick_off - before,
        kick_off=kick_off,
        teams=("Lyon", "Nice"),
    )


def bet(
    site: Site,
    price: float = 3.3,
    result: str | None = "won",
    *,
    stake: float = 10,
    outcome: str = "home",
    bookmaker: str = "a",
    match: str = "m1",
    placed: datetime = KICK_OFF - timedelta(days=1),
    bet_type: str = "single",
) -> None:
    """Store a bet on a chance of a third: at 3.30 it is worth 10 % more than it costs."""
    site.bet(
        stake,
        price,
        result,
        settled=KICK_OFF + timedelta(days=1) if result else None,
        placed=placed,
        outcome=outcome,
        bookmaker=bookmaker,
        match=match,
        bet_type=bet_type,
    )


def worth(site: Site) -> float | None:
    """By how many percent the only bet beat the final price; None where that is not known."""
    [(value,)] = site.ask("bets_at_close", "clv_pct")
    assert value is None or isinstance(value, float)
    return value


def test_the_sharp_bookmaker_says_what_a_bet_was_worth(site: Site) -> None:
    book(site)
    for other in "abcd":
        book(site, other, OTHERWISE)
    bet(site)
    assert worth(site) == pytest.approx(10)


def test_the_sharp_bookmakers_own_bets_are_measured_by_the_others(site: Site) -> None:
    book(site, odds=OTHERWISE)
    for other in "abc":
        book(site, other)
    bet(site, bookmaker="pinnacle")
    assert worth(site) == pytest.approx(10)


def test_without_a_sharp_bookmaker_the_others_say_it_and_never_the_bets_own(site: Site) -> None:
    book(site, "a", OTHERWISE)
    for other in "bcd":
        book(site, other)
    # A book without a price for away is none, sharp or not.
    book(site, "pinnacle", (1.5, 3.0, None))
    bet(site)
    assert worth(site) == pytest.approx(10)


def test_bets_without_a_stake_have_no_mean_and_no_error(site: Site) -> None:
    """Bets on paper, as some tables keep them."""
    for match in ("m1", "m2"):
        book(site, match=match)
        bet(site, match=match, stake=0)
    assert site.ask("bets_against_close", "bets, closed, clv_pct") == [(2, 2, None)]
    assert site.ask("closing_line_value", "bets, clv_pct, from_pct") == [(2, None, None)]


def test_fewer_than_three_others_say_nothing(site: Site) -> None:
    for other in "abc":
        book(site, other)
    bet(site)
    assert site.ask("bets_against_close", "bets, closed, clv_pct, likely") == [(1, 0, None, "no final price yet")]


def test_a_price_counts_after_commission(site: Site) -> None:
    """Of 3.20 at 5 % 1 + 2.2 x 0.95 = 3.09 are left."""
    book(site)
    bet(site, 3.2, bookmaker="betfair_ex_eu")
    assert worth(site) == pytest.approx(3)


@pytest.mark.parametrize("outcome", ["home", "Lyon", "1", "HOME"])
def test_an_outcome_may_have_the_teams_name(site: Site, outcome: str) -> None:
    book(site)
    bet(site, outcome=outcome)
    assert worth(site) == pytest.approx(10)


def test_another_market_has_no_final_price(site: Site) -> None:
    book(site)
    bet(site, outcome="over 2.5")
    assert worth(site) is None


def test_a_match_with_two_outcomes_has_two(site: Site) -> None:
    book(site, odds=HALVES)
    bet(site, 2.2)
    assert worth(site) == pytest.approx(10)


def test_missing_draws_make_no_match_with_two_outcomes(site: Site) -> None:
    """2 / 2.85 is 70 %: no bookmaker pays more than it takes. And where anybody offers a draw, there is one."""
    book(site, odds=(2.85, None, 2.85))
    bet(site)
    assert worth(site) is None
    book(site, "b", THIRDS)
    book(site, odds=HALVES, before=timedelta(minutes=59))
    assert worth(site) is None


@pytest.mark.parametrize("wrong", [float("nan"), 0, 1001])
def test_what_is_no_price_makes_no_close(site: Site, wrong: float) -> None:
    book(site, odds=(2.85, wrong, 2.85))
    for other in "bcd":
        book(site, other)
    bet(site)
    assert worth(site) == pytest.approx(10)


#: How long before kick-off the sharp bookmaker was collected, every how many hours, and whether that is a close.
CLOSES = [
    (timedelta(0), "4h", False),
    (timedelta(seconds=1), "4h", True),
    (timedelta(hours=5, minutes=59), "4h", True),
    (timedelta(hours=6), "4h", False),
    (timedelta(hours=11, minutes=59), "8h", True),
    (timedelta(hours=12), "8h", False),
    (timedelta(hours=5, minutes=59), "1h", True),
]


@pytest.mark.parametrize(("before", "interval", "is_close"), CLOSES)
def test_the_close_is_the_last_collection_of_six_hours_or_one_and_a_half_intervals(
    new_schema: Postgres, before: timedelta, interval: str, is_close: bool
) -> None:
    site = Site.create(new_schema, next(iter(LAYOUTS)), NOW, {"collection": {"interval": interval}})
    book(site, before=before)
    bet(site)
    assert worth(site) == (pytest.approx(10) if is_close else None)


def test_each_bookmakers_newest_price_of_the_last_collection_counts(site: Site) -> None:
    book(site, odds=OTHERWISE, before=timedelta(minutes=69))
    book(site, before=timedelta(minutes=65))
    book(site, "b", OTHERWISE, before=timedelta(minutes=60))
    bet(site)
    assert worth(site) == pytest.approx(10)
    # Ten minutes later there is another collection, and the sharp bookmaker is not in it.
    for other in "cde":
        book(site, other, HALVES[:1] * 2 + (3.8,), before=timedelta(minutes=55))
    # 1 / 1.9, 1 / 1.9, 1 / 3.8 of b, c, d and e: not a third.
    assert worth(site) != pytest.approx(10)


def test_prices_during_the_match_hide_no_close(site: Site) -> None:
    book(site, odds=OTHERWISE, before=timedelta(hours=2))
    book(site)
    for after in (timedelta(0), timedelta(hours=1)):
        book(site, odds=OTHERWISE, before=-after)
    bet(site)
    assert worth(site) == pytest.approx(10)


def test_a_kick_off_that_moved_moves_the_close(site: Site) -> None:
    """At the first kick-off the sharp bookmaker said otherwise; the bet was placed between the two."""
    book(site, odds=OTHERWISE)
    book(site, kick_off=KICK_OFF + timedelta(days=1))
    bet(site, placed=KICK_OFF + timedelta(hours=2))
    assert worth(site) == pytest.approx(10)


def test_a_match_that_others_know_to_have_begun_earlier_is_not_closed_by_prices_during_it(site: Site) -> None:
    """The bet's own bookmaker had no price any more when it was brought forward by an hour."""
    book(site, "a", before=timedelta(hours=3))
    earlier = KICK_OFF - timedelta(hours=1)
    book(site, before=timedelta(minutes=10), kick_off=earlier)
    book(site, odds=OTHERWISE, before=timedelta(minutes=-30), kick_off=earlier)
    bet(site)
    assert worth(site) == pytest.approx(10)


@pytest.mark.parametrize(
    ("result", "placed", "kick_off", "counts"),
    [
        ("void", KICK_OFF - timedelta(seconds=1), KICK_OFF, True),
        (None, KICK_OFF - timedelta(days=1), KICK_OFF, True),
        ("half_won", KICK_OFF - timedelta(days=1), KICK_OFF, True),
        ("won", KICK_OFF, KICK_OFF, False),
        ("won", KICK_OFF + timedelta(hours=1), KICK_OFF, False),
        (None, NOW - timedelta(hours=2), NOW, True),
        (None, NOW - timedelta(hours=2), NOW + timedelta(seconds=1), False),
    ],
)
def test_what_was_placed_before_kick_off_counts_once_the_match_has_started(
    site: Site, result: str | None, placed: datetime, kick_off: datetime, counts: bool
) -> None:
    book(site, kick_off=kick_off)
    bet(site, result=result, placed=placed)
    assert site.ask("bets_against_close", "closed") == ([(1,)] if counts else [])


@pytest.fixture
def betting(site: Site) -> Site:
    """Three matches of a league and one of another; every chance is a third."""
    for number, match in enumerate(("m1", "m2", "m3")):
        book(site, match=match, kick_off=KICK_OFF + timedelta(hours=number))
    book(site, match="m4", league="soccer_x", kick_off=KICK_OFF - timedelta(days=2))
    bet(site, 3.3, "won", stake=10)
    bet(site, 2.85, "won", stake=20, bookmaker="b")
    bet(site, 3.6, "lost", stake=10, match="m2")
    bet(site, 3.0, "void", stake=30, match="m3")
    bet(site, 3.0, "lost", stake=10, match="m4", bet_type="value", placed=KICK_OFF - timedelta(days=3))
    return site


def test_the_summary_is_weighted_by_stake_and_its_error_clustered_by_match(betting: Site) -> None:
    """Gained by stake: 1 and -1 on 10 and 20 of one match, 2 on 10, 0 on 30: 2 of 70 staked, 2.857 %.

    Left over by match: 0 - 30 m = -0.857, 2 - 10 m = 1.714 and 0 - 30 m = -0.857: squares 4.408, times 3 / 2, the root
    of it 2.571, of 70 staked 3.673 %. Won 23 and 37, lost 10: 50, where 2 were expected; variances 90 x 90 x 2 / 9,
    because both bets on m1 win together, and 36 x 36 x 2 / 9: 2088.
    """
    columns = (
        "bets, closed, matches, clv_pct, clv_error_pct, beaten_pct, expected_profit, profit, luck, expected_won, won,"
        " likely, luck_text"
    )
    [row] = betting.ask("bets_against_close", columns, start=KICK_OFF - timedelta(days=1))
    assert row[:3] == (4, 4, 3)
    assert row[3:11] == pytest.approx((200 / 70, 3.6734694, 50, 2, 50, 48 / sqrt(2088), 1, 2))
    assert row[11:] == ("likely −4.5 to +10.2 %, 3 matches: too few", "too few results to say")


def test_groups_and_the_time_range(betting: Site) -> None:
    """The bet of two days before is of 10 at 3.0: worth what it cost."""
    columns = "name, bets, clv_pct, likely"
    assert betting.ask("bets_against_close", columns, by="league", order_by="name") == [
        ("Epl", 4, pytest.approx(200 / 70), "likely −4.5 to +10.2 %, 3 matches: too few"),
        ("X", 1, pytest.approx(0), "one match says nothing"),
    ]
    assert betting.ask("bets_against_close", "name, bets", by="bookmaker", order_by="name") == [("a", 4), ("b", 1)]
    assert betting.ask("bets_against_close", "name, bets", by="bet_type", order_by="name") == [
        ("single", 4),
        ("value", 1),
    ]
    later = KICK_OFF - timedelta(days=1)
    assert betting.ask("bets_against_close", "bets", start=later) == [(4,)]
    assert betting.ask("bets_against_close", "bets", start=later, ever="true") == [(5,)]


def test_the_mean_so_far_knows_what_was_before_the_time_range(betting: Site) -> None:
    rows = betting.ask("closing_line_value", order_by="time", start=KICK_OFF - timedelta(days=1))
    # 0 of 10 before; then 0 of 30, 2 of 10, 0 of 30.
    assert [row[:4] for row in rows] == [
        (KICK_OFF, 2, pytest.approx(0), pytest.approx(0)),
        (KICK_OFF + timedelta(hours=1), 1, pytest.approx(20), pytest.approx(200 / 50)),
        (KICK_OFF + timedelta(hours=2), 1, pytest.approx(0), pytest.approx(200 / 80)),
    ]
    # Mean 4 %; left over -0.4, -1.2 and 1.6: squares 4.16, times 3 / 2, the root 2.498, of 50: 4.996 %.
    assert rows[1][4:] == pytest.approx((4 - 2 * 4.9959984, 4 + 2 * 4.9959984))


def test_profit_and_what_was_expected_are_summed_up_from_the_first_bet_on(betting: Site) -> None:
    start = KICK_OFF - timedelta(days=1)
    rows = betting.ask("profit_against_expected", order_by="time", start=start)
    # -10 before; +60 and 0 expected; -10 and 2 expected. The void bet is neither won nor lost.
    assert rows == [
        (start, -10, pytest.approx(0)),
        (KICK_OFF + timedelta(hours=2), 50, pytest.approx(0)),
        (KICK_OFF + timedelta(hours=3), 40, pytest.approx(2)),
        (NOW, 40, pytest.approx(2)),
    ]
    assert betting.ask("profit_against_expected", start=NOW - timedelta(days=365), end=start - timedelta(days=9)) == []


def as_far(stakes: Sequence[float], won: Sequence[bool]) -> float:
    """How often bets at 3.0 with a chance of a third end at least as far from 0 on this side: every result is tried."""
    profit = sum(stake * (2 if win else -1) for stake, win in zip(stakes, won, strict=True))
    found = 0.0
    for results in product((True, False), repeat=len(stakes)):
        brought = sum(stake * (2 if win else -1) for stake, win in zip(stakes, results, strict=True))
        if brought >= profit if profit > 0 else brought <= profit:
            found += (1 / 3) ** sum(results) * (2 / 3) ** (len(stakes) - sum(results))
    return found


def luck(site: Site, stakes: Sequence[float], won: Sequence[bool]) -> str:
    for number, (stake, win) in enumerate(zip(stakes, won, strict=True)):
        book(site, match=f"m{number}")
        bet(site, 3.0, "won" if win else "lost", stake=stake, match=f"m{number}")
    [(text,)] = site.ask("bets_against_close", "luck_text")
    return str(text)


@pytest.mark.parametrize(
    ("won", "lost", "text"),
    [
        (10, 0, "better than expected by what fewer than 1 in 1,000 would be"),
        (3, 7, "about as expected"),
        (4, 5, "too few results to say"),
    ],
)
def test_luck_in_words(new_schema: Postgres, won: int, lost: int, text: str) -> None:
    site = Site.create(new_schema, next(iter(LAYOUTS)), NOW)
    assert luck(site, [10] * (won + lost), [number < won for number in range(won + lost)]) == text


@pytest.mark.parametrize(
    ("stakes", "won"),
    [
        # 1 in 5 by counting and 1 in 8 by the normal curve alone; 1 in 58 and not 1 in 79; 1 in 51 and not 1 in 168.
        ([10] * 10, 5),
        ([10] * 10, 0),
        ([10] * 10, 7),
        ([5, 10, 20, 60] * 3, 8),
        ([5, 10, 20, 60] * 3, 1),
        ([40, 40, 20, 20, 10, 10, 10, 10, 5, 5, 5, 5], 2),
    ],
)
def test_luck_in_words_is_what_counting_every_result_says(
    new_schema: Postgres, stakes: Sequence[float], won: int
) -> None:
    site = Site.create(new_schema, next(iter(LAYOUTS)), NOW)
    results = [number < won for number in range(len(stakes))]
    told = re.fullmatch(
        r"(?:better|worse) than expected by what about 1 in (\d+) would be", luck(site, stakes, results)
    )
    assert told
    counted = 1 / as_far(stakes, results)
    # Twelve bets with one large loss are the worst; the normal curve alone is off by three and more.
    assert counted / 2 < int(told[1]) < counted * 1.2


def test_luck_that_hangs_on_one_bet_is_not_put_in_numbers(new_schema: Postgres) -> None:
    """Of 600 x 600 and 14 times 30 x 30, times 2 / 9, the first is nearly all; no curve tells how rare that is."""
    site = Site.create(new_schema, next(iter(LAYOUTS)), NOW)
    assert luck(site, [200] + [10] * 14, [False] * 15) == "one match outweighs all others"


def test_a_profit_that_no_result_takes_away_is_no_luck(site: Site) -> None:
    """96 back on every outcome for 90 staked: 6 are expected, and nothing else can come."""
    for number in range(4):
        book(site, match=f"m{number}")
        for outcome, result in (("home", "won"), ("draw", "lost"), ("away", "lost")):
            bet(site, 3.2, result, stake=30, outcome=outcome, match=f"m{number}")
    # Written down a cent too low.
    site.database.execute(f"UPDATE bets SET {site.layout.profit_column} = 65.99 WHERE result = 'won'")
    assert site.ask("bets_against_close", "expected_profit, profit, luck, luck_text") == [
        (pytest.approx(24), pytest.approx(23.96), None, "no room for luck")
    ]


# --- against Python


def power(prices: Sequence[float | None]) -> list[float | None]:
    """Chances behind a book: the exponent that makes the sum 1, by bisection."""
    low, high = 0.2, 5.0
    for _ in range(100):
        middle = (low + high) / 2
        if sum((1 / price) ** middle for price in prices if price) > 1:
            low = middle
        else:
            high = middle
    return [(1 / price) ** low if price else None for price in prices]


Row = tuple[str, str, datetime, str, tuple[float | None, float | None, float | None], datetime]


def stored(site: Site) -> Iterator[Row]:
    """Match, league, kick-off, bookmaker, prices and moment of every row."""
    if site.layout.form == "per_match":
        for match, league, start, bookmaker, *odds, moment in site.database.execute(
            "SELECT match_id, sport, commence_time, bookmaker, home_odds, draw_odds, away_odds, collected_at"
            " FROM odds_history"
        ):
            home, draw, away = (None if price is None else float(price) for price in odds)
            yield match, league, start, bookmaker, (home, draw, away), moment
        return
    books: dict[tuple[Any, ...], dict[str, float]] = defaultdict(dict)
    for match, league, start, bookmaker, outcome, price, moment, home, away in site.database.execute(
        "SELECT match_id, sport, commence_time, bookmaker, outcome, odds_value, created_at, home_team, away_team"
        " FROM odds"
    ):
        side = {home: "home", away: "away"}.get(outcome, outcome.lower())
        books[match, league, start, bookmaker, moment][side] = float(price)
    for (match, league, start, bookmaker, moment), prices in books.items():
        yield match, league, start, bookmaker, (prices.get("home"), prices.get("draw"), prices.get("away")), moment


def chances_at_close(rows: Sequence[Row], bookmaker: str, settings: Settings) -> list[float | None]:
    """The chances of one match's outcomes by its close, for a bet at a bookmaker."""
    start = max(rows, key=lambda row: row[5])[2]
    within = timedelta(seconds=max(settings.proof.closing_seconds, settings.collection.interval_seconds * 1.5))
    before = [row for row in rows if start - within < row[5] < start]
    if not before:
        return [None] * 3
    end = max(row[5] for row in before)
    books = {
        row[3]: row[4]
        for row in sorted(before, key=lambda row: row[5])
        if row[5] > end - timedelta(seconds=settings.collection.same_seconds)
    }
    # No bookmaker pays more than it takes: where most would, the draws are missing.
    pays = [not draw and 1 / home + 1 / away < 1 for home, draw, away in books.values() if home and away]
    has_draw = any(draw for _, draw, _ in books.values()) or sum(pays) * 2 > len(pays)
    complete = {
        name: power(prices) for name, prices in books.items() if prices[0] and prices[2] and (prices[1] or not has_draw)
    }
    sharp = next((name for name in settings.value.sharp if name in complete), None)
    if sharp and sharp != bookmaker:
        return complete[sharp]
    others = [chances for name, chances in complete.items() if name != bookmaker]
    if len(others) < settings.value.min_bookmakers - 1:
        return [None] * 3
    medians = [
        median(known) if (known := [chance for chance in side if chance is not None]) else 0
        for side in zip(*others, strict=True)
    ]
    return [value / sum(medians) for value in medians]


@pytest.mark.parametrize("form", LAYOUTS)
def test_a_market_says_the_same_in_python(database: Postgres, form: str) -> None:
    """300 bets at every bookmaker, on every outcome, before and after kick-off, some after the market's last price."""
    layout, needed = LAYOUTS[form]
    with closing(database.connect(autocommit=False)) as connection:
        seed(connection, NOW, layout=layout, market=Market(ahead=20, collections=48, bets=20))
    site = Site(database, layout, Settings.model_validate(needed), NOW)
    keeps = {name: 1 - pct / 100 for name, pct in site.settings.bookmakers.commission_pct.items()}
    matches: dict[str, list[Row]] = defaultdict(list)
    for row in stored(site):
        matches[row[0]].append(row)
    chance = random.Random(1)
    database.execute("TRUNCATE bets")
    expected = []
    for number in range(300):
        rows = matches[chance.choice(sorted(matches))]
        _, league, start, bookmaker, prices, moment = chance.choice(rows)
        place = chance.choice([side for side in range(3) if prices[side]])
        placed = chance.choice([moment + timedelta(minutes=3), start - timedelta(minutes=1), start])
        result = chance.choice(["won", "lost", "void", "half_won"])
        stake, price = chance.choice([5, 10, 25]), round((prices[place] or 0) * chance.uniform(0.9, 1.2) + 0.01, 2)
        profit = {"won": stake * (price - 1), "lost": -stake, "void": 0, "half_won": 1.5}[result]
        newest = max(rows, key=lambda row: row[5])[2]
        site.bet(
            stake,
            price,
            result,
            profit=round(profit, 2),
            settled=NOW,
            placed=placed.replace(tzinfo=UTC),
            match=rows[0][0],
            outcome=("home", "draw", "away")[place],
            bookmaker=bookmaker,
            bet_type=str(number),
        )
        if placed < newest <= (NOW if newest.tzinfo else NOW.replace(tzinfo=None)):
            net = 1 + (price - 1) * keeps.get(bookmaker, 1)
            fair = chances_at_close(rows, bookmaker, site.settings)[place]
            expected.append((str(number), rows[0][0], league, place, stake, net, fair, result, round(profit, 2)))
    seen = dict(site.ask("bets_at_close", "bet_type, clv_pct", order_by="bet_type"))
    worth_by_bet = {
        name: None if fair is None else (net * fair - 1) * 100 for name, _, _, _, _, net, fair, *_ in expected
    }
    assert {name: value for name, value in seen.items() if value is not None}.keys() == {
        name for name, value in worth_by_bet.items() if value is not None
    }
    for name, value in worth_by_bet.items():
        assert seen[name] == (None if value is None else pytest.approx(value, abs=1e-6)), name

    judged = [
        (match, place, stake, net, fair, result, profit)
        for _, match, _, place, stake, net, fair, result, profit in expected
        if fair
    ]
    assert len(judged) > 100
    staked = sum(stake for _, _, stake, *_ in judged)
    mean = sum(stake * (net * fair - 1) for _, _, stake, net, fair, *_ in judged) / staked
    left: dict[str, float] = defaultdict(float)
    sides: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for match, place, stake, net, fair, result, _ in judged:
        left[match] += stake * (net * fair - 1 - mean)
        if result in ("won", "lost"):
            sides[match][place][0] += stake * net
            sides[match][place][1] += stake * net * fair
    error = sqrt(sum(value**2 for value in left.values()) * len(left) / (len(left) - 1)) / staked
    decided = [
        (stake * (net * fair - 1), profit)
        for _, _, stake, net, fair, result, profit in judged
        if result in ("won", "lost")
    ]
    profit, promised = sum(value for _, value in decided), sum(value for value, _ in decided)
    variance = sum(
        max(
            sum(back * mean_back for back, mean_back in side.values())
            - sum(mean_back for _, mean_back in side.values()) ** 2,
            0,
        )
        for side in sides.values()
    )
    columns = "bets, closed, clv_pct, clv_error_pct, expected_profit, profit, luck"
    [summary] = site.ask("bets_against_close", columns, ever="true")
    assert summary[:2] == (len(expected), len(judged))
    assert summary[2:] == pytest.approx(
        (mean * 100, error * 100, promised, profit, (profit - promised) / sqrt(variance)), abs=1e-6
    )
