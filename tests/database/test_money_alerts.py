"""The numbers behind the alerts about money, on bets made by hand and against the formulas in Python."""

import random
from datetime import UTC, datetime
from math import erfc, sqrt

import pytest

from oddswatch.catalogue.expressions import normal_tail
from tests.data.bettors import Bettor
from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres

NOW = datetime(2026, 10, 27, 12, 0, tzinfo=UTC)
SETTLED = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(params=LAYOUTS)
def site(request: pytest.FixtureRequest, new_schema: Postgres) -> Site:
    return Site.create(new_schema, request.param, NOW)


def bets(site: Site, number: int, result: str, *, stake: float = 10, price: float = 2.0, bookmaker: str = "a") -> None:
    """Store bets, each on a match of its own."""
    for _ in range(number):
        (made,) = site.database.execute("SELECT count(*)::text FROM bets")
        site.bet(stake, price, result, settled=SETTLED, match=f"m{made[0]}", bookmaker=bookmaker)


def test_standard_errors_by_hand(site: Site) -> None:
    """4 of 16 at 2.0, and 1 of 2 at 3.0 with twice the stake.

    Profit: 40 - 120 + 40 - 20 = -60. Variance of one bet: stake x stake x (price - 1), 100 and 800; 16 x 100 + 2 x 800
    = 3200.
    Needed: 16 / 2 + 2 / 3 wins; variance of one: 1 / 4, and 1 / 3 x 2 / 3 = 2 / 9: 4 + 4 / 9.
    """
    bets(site, 4, "won")
    bets(site, 12, "lost")
    bets(site, 1, "won", stake=20, price=3.0)
    bets(site, 1, "lost", stake=20, price=3.0)
    bets(site, 5, "void", price=9.0)
    [row] = site.ask("betting_totals", "yield_errors, win_errors, needed_won")
    assert row == pytest.approx((-60 / sqrt(3200), (5 - 26 / 3) / sqrt(4 + 4 / 9), 26 / 3))


def test_bets_on_one_outcome_win_together_and_those_on_two_never(site: Site) -> None:
    """Three lost bets of 10 at 2.0 on one outcome are one of 30: variance 900. Both sides of a match have none."""
    for _ in range(3):
        site.bet(10, 2.0, "lost", settled=SETTLED, match="m1")
    assert site.ask("betting_totals", "yield_errors, win_errors") == [(pytest.approx(-1), pytest.approx(-1))]
    site.bet(10, 2.0, "won", settled=SETTLED, match="m2", outcome="home")
    site.bet(10, 2.0, "lost", settled=SETTLED, match="m2", outcome="away")
    assert site.ask("betting_totals", "yield_errors, win_errors") == [(pytest.approx(-1), pytest.approx(-1))]


def test_what_is_partly_won_counts_in_the_yield_only(site: Site) -> None:
    site.bet(10, 2.0, "half_lost", profit=-5, settled=SETTLED, match="m1")
    site.bet(10, 2.0, "lost", settled=SETTLED, match="m2")
    [row] = site.ask("betting_totals", "yield_errors, win_errors, needed_won")
    assert row == pytest.approx((-15 / sqrt(200), -1, 0.5))


def test_break_even_is_by_the_price_after_commission(site: Site) -> None:
    """2.0 at an exchange that keeps 5 % is 1.95."""
    bets(site, 2, "lost", bookmaker="betfair_ex_eu")
    [row] = site.ask("betting_totals", "yield_errors, needed_won")
    assert row == pytest.approx((-20 / sqrt(2 * 95), 2 / 1.95))


def test_large_stakes_are_no_excuse_for_a_fallen_bankroll(site: Site) -> None:
    """Lost 400 in 20 bets of 100, where 20 is what a bettor with 1000 may stake: as if of 20 bets at 20."""
    bets(site, 8, "won", stake=100)
    bets(site, 12, "lost", stake=100)
    modest = Bettor(bets=20, staked=400, profit=-400, profit_variance=20 * 400)
    [(pct,)] = site.ask("betting_totals", "fallen_chance_pct")
    assert pct == pytest.approx(modest.fallen_chance_pct, abs=1e-5)
    assert pct < 0.01


@pytest.mark.parametrize("seed", range(3))
def test_a_career_says_the_same_in_python(new_schema: Postgres, seed: int) -> None:
    site = Site.create(new_schema, next(iter(LAYOUTS)), NOW)
    chance, bettor = random.Random(seed), Bettor()
    for number in range(60):
        stake, price, won = chance.choice((5, 10, 20)), chance.choice((1.5, 2.1, 3.4)), chance.random() < 0.4
        bettor.bet(stake, price, won=won)
        site.bet(stake, price, "won" if won else "lost", settled=SETTLED, match=f"m{number}")
    columns = "profit, yield_pct, yield_errors, win_rate_pct, win_errors, needed_won, fallen_chance_pct"
    [row] = site.ask("betting_totals", columns)
    assert row == pytest.approx(tuple(getattr(bettor, name) for name in columns.split(", ")), abs=1e-5)


#: The alert, how many of 10 at 2.0 are won and lost, and its value; None where too few bets are settled.
VALUES = [
    ("yield", "errors", (4, 16), -12 / sqrt(20)),
    ("win_rate", "errors", (4, 16), -6 / sqrt(5)),
    ("bankroll", "luck", (5, 15), 1.5078),
    ("yield", "threshold", (4, 16), -60),
    ("win_rate", "threshold", (4, 16), 20),
    ("bankroll", "threshold", (5, 15), 900),
    ("yield", "errors", (4, 15), None),
    ("win_rate", "errors", (4, 15), None),
    ("bankroll", "luck", (4, 15), None),
]


@pytest.mark.parametrize(("alert", "by", "results", "value"), VALUES)
def test_what_is_handed_to_grafana(
    new_schema: Postgres, alert: str, by: str, results: tuple[int, int], value: float | None
) -> None:
    site = Site.create(new_schema, next(iter(LAYOUTS)), NOW, {"alerts": {alert: {"by": by}}})
    for number, result in zip(results, ("won", "lost"), strict=True):
        bets(site, number, result)
    assert site.ask(alert, "value") == ([] if value is None else [(pytest.approx(value, rel=1e-5),)])


def test_the_mail_about_the_yield_says_luck_and_what_the_prices_were_worth(site: Site) -> None:
    """A third of 285 each: 3.3 is 10 % more. -200 / sqrt(20 x 230) = -2.949, which 1 in 627 reach."""
    kick_off = SETTLED
    for number in range(20):
        site.price(
            match=f"m{number}",
            bookmaker="pinnacle",
            odds=(2.85, 2.85, 2.85),
            collected=kick_off.replace(hour=11),
            kick_off=kick_off,
        )
    bets(site, 20, "lost", price=3.3)
    [(body,)] = site.ask("yield", "body")
    lines = body.splitlines()
    assert "Luck: of bettors without an edge 1 in 627 would be as low by now" in lines
    assert "Against the final price: likely +10.0 to +10.0 %, 20 matches: too few" in lines


@pytest.mark.parametrize("deviations", [-9, -2.5, -0.3, 0, 0.3, 1, 3, 7.9, 40])
def test_the_tail_of_the_normal_distribution(new_schema: Postgres, deviations: float) -> None:
    [(share,)] = new_schema.execute(f"SELECT {normal_tail(f'({deviations})::double precision')}")
    assert share == pytest.approx(erfc(deviations / sqrt(2)) / 2, abs=1e-7)


def test_nothing_has_no_tail(new_schema: Postgres) -> None:
    assert new_schema.execute(f"SELECT {normal_tail('NULL::double precision')}") == [(None,)]
