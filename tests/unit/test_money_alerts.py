"""How many good bettors the alerts about money trouble: simulated, with the limits that are the default."""

import random
from collections import Counter

import pytest

from oddswatch.settings.alerts import Bankroll, WinRate, Yield
from tests.data.bettors import Bettor, Price, careers

BETTORS = 2000
BETS = 200
#: What all three alerts wait for.
MINIMUM = 20


def mixed(chance: random.Random) -> float:
    return chance.choice((1.4, 1.8, 2.2, 3.0, 4.5))


PRICES: dict[str, Price] = {"2.0": lambda _: 2.0, "3.0": lambda _: 3.0, "a mix": mixed}


YIELD, WIN_RATE, BANKROLL = Yield().limit, WinRate().limit, Bankroll().limit
PLAIN_YIELD, PLAIN_WIN_RATE = Yield(by="threshold").limit, WinRate(by="threshold").limit
PLAIN_BANKROLL = Bankroll(by="threshold").limit


def fires(bettor: Bettor) -> bool:
    """Whether any of the alerts fires, by luck and errors."""
    return bettor.yield_errors < YIELD or bettor.win_errors < WIN_RATE or bettor.fallen_chance_pct < BANKROLL


def met(price: Price) -> dict[str, float]:
    """The share of bettors with an edge of 5 % who between their bets 20 and 200 meet any alert, and each plain one."""
    found: Counter[str] = Counter()
    for career in careers(BETTORS, BETS, price):
        names: set[str] = set()
        for bettor in career:
            # The others cannot be without a loss.
            if bettor.bets >= MINIMUM and (bettor.profit < 0 or bettor.win_rate_pct < PLAIN_WIN_RATE):
                names |= {"any"} if "any" in names or fires(bettor) else set()
                names |= {"plain yield"} if bettor.yield_pct < PLAIN_YIELD else set()
                names |= {"plain win rate"} if bettor.win_rate_pct < PLAIN_WIN_RATE else set()
                names |= {"plain bankroll"} if 1000 + bettor.profit < PLAIN_BANKROLL else set()
        found.update(names)
    return {name: number / BETTORS for name, number in found.items()}


def test_all_alerts_wait_for_as_many_bets() -> None:
    assert {alert.min_settled_bets for alert in (Yield(), WinRate(), Bankroll())} == {MINIMUM}


#: By price, the share of good bettors who meet a plain yield, win rate and bankroll: below 0, 50 % and 900 of 1000.
PLAIN = {"2.0": (0.73, 0.73, 0.24), "3.0": (0.79, 1, 0.41), "a mix": (0.79, 0.94, 0.36)}


@pytest.mark.slow
@pytest.mark.parametrize("price", PRICES)
def test_at_most_one_in_ten_good_bettors_meets_any_of_them_within_200_bets(price: str) -> None:
    """2,000 are simulated: 10 % has a standard error of 0.7 %, so that below 8.5 % nothing is left to chance."""
    found = met(PRICES[price])
    assert 0.01 < found["any"] < 0.085
    plain = found["plain yield"], found["plain win rate"], found["plain bankroll"]
    assert plain == pytest.approx(PLAIN[price], abs=0.04)


@pytest.mark.slow
@pytest.mark.parametrize("price", PRICES.values(), ids=PRICES)
def test_who_bets_badly_hears_of_it(price: Price) -> None:
    """An edge of -30 %: within 200 bets two in three at least."""
    bad = sum(
        any(bettor.bets >= MINIMUM and fires(bettor) for bettor in career)
        for career in careers(300, BETS, price, edge=-0.3)
    )
    assert bad > 200


@pytest.mark.slow
def test_how_many_fall_so_low_is_what_comes_about() -> None:
    """The share of good bettors who at some time within 200 bets at 2.0 are 150 down, against the formula."""
    end = Bettor(bets=BETS, staked=10 * BETS, profit=-150, profit_variance=100 * BETS)
    fallen = sum(any(bettor.profit <= -150 for bettor in career) for career in careers(BETTORS, BETS, PRICES["2.0"]))
    # A walk in steps of 10 stops short of a curve without steps by half a step or so.
    assert fallen / BETTORS * 100 == pytest.approx(end.fallen_chance_pct, abs=2.5)
