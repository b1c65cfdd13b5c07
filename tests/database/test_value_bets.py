"""What is worth a bet, worked out by hand: every guard, commission, ties, who says the fair price, and the stake."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
Odds = tuple[float | None, float | None, float | None]
MakeSite = Callable[..., Site]
#: Chances of a half and two quarters, without a margin and with one (equal prices bear it equally).
FAIR: Odds = (2.0, 4.0, 4.0)
#: A match of two outcomes, each with a chance of a half by every method.
EVEN: Odds = (1.9, None, 1.9)
#: Chances of 5 / 13, a quarter and 19 / 52.
CLOSE: Odds = (2.6, 4.0, 2.7368)


@pytest.fixture(params=LAYOUTS)
def make_site(request: pytest.FixtureRequest, new_schema: Postgres) -> MakeSite:
    """Makes the site with a sharp bookmaker called `sharp`, and with more settings."""

    def make(value: Mapping[str, Any] | None = None, **settings: Any) -> Site:
        decided = {"value": {"sharp": ["sharp", "second"], **(value or {})}, **settings}
        return Site.create(new_schema, request.param, NOW, decided)

    return make


def offer(site: Site, minutes_old: float = 1, match: str = "m", /, **books: Odds) -> None:
    for bookmaker, odds in books.items():
        site.price(match=match, bookmaker=bookmaker, odds=odds, collected=NOW - timedelta(minutes=minutes_old))


def found(site: Site, columns: str = "outcome, bookmaker, ev_pct", **parameters: str) -> list[tuple[Any, ...]]:
    return site.ask("value_bets", columns, start=None, end=None, order_by="match_id, outcome", **parameters)


def test_an_offer_above_the_fair_price(make_site: MakeSite) -> None:
    site = make_site(bookmakers={"names": {"a": "Acme", "sharp": "Sharp & Co"}})
    offer(site, sharp=FAIR, a=(2.1, 3.8, 3.8), b=FAIR, c=FAIR)
    columns = (
        "match, outcome, bet, price, net_price, ev_pct, others_ev_pct, doubt, price_down_to, fair_price, fair_from, "
        "next_price, bookmakers, age"
    )
    # 2.1 / 2 = 1.05; 1.02 x 2 = 2.04.
    [row] = found(site, columns)
    assert row == (
        *("Home – Away", "home", "Home 2.10 · Acme", 2.1, 2.1),
        *(pytest.approx(5), pytest.approx(5), None, pytest.approx(2.04), pytest.approx(2), "Sharp & Co"),
        *(2.0, 4, 60),
    )


@pytest.mark.parametrize(("home", "worth"), [(2.04, True), (2.03, False)])
def test_it_begins_at_the_minimum(make_site: MakeSite, home: float, worth: bool) -> None:
    site = make_site()
    offer(site, sharp=FAIR, a=(home, 3.8, 3.8), b=FAIR, c=FAIR)
    assert bool(found(site)) is worth
    [(number,)] = site.ask("value_bet_count", "value_bets")
    assert number == int(worth)


#: Books with an offer by a on home that a guard doubts.
DOUBTS: dict[str, dict[str, Odds]] = {
    "too good": {"sharp": FAIR, "a": (2.26, 3.8, 3.8), "b": FAIR, "c": FAIR},
    "far above the next": {"sharp": FAIR, "a": (2.2, 3.8, 3.8), "b": (1.9, 4.0, 4.0), "c": FAIR},
    "few bookmakers": {"sharp": FAIR, "a": (2.1, 3.8, 3.8), "b": FAIR},
    # By 2.05 against 1.65 home is the less likely one.
    "others disagree": {"sharp": EVEN, "a": (2.1, None, 1.6), "b": (2.05, None, 1.65), "c": (2.05, None, 1.65)},
    # A chance of 38.5 % of home and 36.5 % of away: a's 2.70 and 2.55 are a usual 2.55 and 2.70, swapped.
    "sides swapped": {"sharp": CLOSE, "a": (2.7, 3.8, 2.55), "b": CLOSE, "c": CLOSE},
    "long shot": {"sharp": (10.0, 10.0, 1.25), "a": (10.3, 9.0, 1.2), "b": (10.0, 10.0, 1.25), "c": (10.0, 10.0, 1.25)},
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_guard_says_why_it_is_no_bet(make_site: MakeSite, doubt: str) -> None:
    site = make_site(value={"alone_pct": 9} if doubt == "far above the next" else None)
    offer(site, **DOUBTS[doubt])
    assert found(site, "bookmaker, outcome, doubt") == [("a", "home", doubt)]
    assert site.ask("value_bet_count", "value_bets") == [(0,)]


def test_only_home_and_away_can_be_swapped_and_only_where_that_is_nearer(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, 1, "as stored", sharp=CLOSE, a=(2.68, 3.8, 2.7), b=CLOSE, c=CLOSE)
    offer(site, 1, "draw", sharp=CLOSE, a=(2.7, 4.2, 2.55), b=CLOSE, c=CLOSE)
    assert found(site, "match_id, outcome, doubt") == [
        ("as stored", "home", None),
        ("draw", "draw", None),
        ("draw", "home", "sides swapped"),
    ]


def test_incomplete_books_are_no_fair_price_and_no_agreement(make_site: MakeSite) -> None:
    """A match that can end in a draw, on which one bookmaker alone, sharp or not, says what is fair."""
    site = make_site()
    one_sided: Odds = (2.6, None, 2.75)
    alone = {"a": one_sided, "b": (2.5, None, 2.8), "c": (2.5, None, 2.8)}
    offer(site, 1, "soft", **alone, d=(2.4, 3.3, 3.0))
    offer(site, 1, "sharp", **alone, sharp=(2.4, 3.3, 3.0))
    assert found(site, "match_id, outcome, doubt, others_ev_pct") == [("sharp", "home", "few bookmakers", None)]


def test_an_old_price_is_stale(make_site: MakeSite) -> None:
    site = make_site()
    # Late after five hours; current for six.
    offer(site, 5 * 60 + 1, sharp=FAIR, a=(2.1, 3.8, 3.8), b=FAIR, c=FAIR)
    assert found(site, "doubt") == [("stale price",)]


def test_of_a_long_shot_every_reason_is_named(make_site: MakeSite) -> None:
    site = make_site()
    # Chances of 0.8, 0.1 and 0.1: away at 11.8 is worth 18 %, and 18 % above the next.
    book: Odds = (1.25, 10.0, 10.0)
    offer(site, sharp=book, a=(1.2, 9.0, 11.8), b=book)
    [row] = found(site, "outcome, ev_pct, doubt")
    assert row == ("away", pytest.approx(18), "too good, far above the next, few bookmakers, long shot")


def test_value_is_after_commission(make_site: MakeSite) -> None:
    site = make_site(bookmakers={"commission_pct": {"a": 5}})
    offer(site, sharp=FAIR, a=(2.2, 3.8, 3.8), b=FAIR, c=FAIR)
    # 1 + 1.2 x 0.95 = 2.14, worth 7 %; to be worth 2 % after commission it must show 1 + 1.04 / 0.95 = 2.0947.
    [row] = found(site, "price, net_price, ev_pct, price_down_to")
    assert row == (2.2, pytest.approx(2.14), pytest.approx(7), 2.1)


def test_the_lowest_price_is_not_above_an_offer_that_is_worth_it(make_site: MakeSite) -> None:
    """Worth 2 % from 1.7 on: rounded up 1.71 would be more than the offer of 1.702."""
    site = make_site()
    book: Odds = (1.6667, 5.0, 5.0)
    # Other installations keep more than two decimals.
    site.database.execute("DROP VIEW v_current_opportunities")
    for column in ("home_odds", "draw_odds", "away_odds") if site.layout.form == "per_match" else ("odds_value",):
        site.database.execute(f"ALTER TABLE {site.layout.prices} ALTER {column} TYPE numeric")
    offer(site, sharp=book, a=(1.702, 4.9, 4.9), b=book, c=book)
    [(doubt, price, lowest, stake, less)] = found(site, "doubt, price, price_down_to, stake, stake_down_to")
    assert (doubt, price, lowest) == (None, 1.702, 1.702)
    assert less == pytest.approx(stake)


def test_the_lowest_price_is_one_at_which_the_same_offer_is_still_a_bet(make_site: MakeSite) -> None:
    """Worth 2 % by the sharp bookmaker from 2.04 on, but by the others' 2.1 and 2.1 nothing below that."""
    others: Odds = (2.1, 3.8182, 3.8182)
    site = make_site(value={"max_stake_pct": 50})
    books = {"sharp": FAIR, "b": others, "c": others}
    offer(site, a=(2.2, 3.8, 3.8), **books)
    [(doubt, lowest, stake, less)] = found(site, "doubt, price_down_to, stake, stake_down_to")
    assert (doubt, lowest) == (None, 2.1)
    # A quarter of Kelly's 10 % / 1.2 and 5 % / 1.1, of 1,000.
    assert (stake, less) == (pytest.approx(20.833, abs=0.001), pytest.approx(11.364, abs=0.001))
    offer(site, 0, "at the lowest price", a=(lowest, 3.8, 3.8), **books)
    assert found(site, "match_id, outcome, doubt, stake", match="'at the lowest price'") == [
        ("at the lowest price", "home", None, pytest.approx(less))
    ]


def test_the_best_price_is_the_one_that_is_left(make_site: MakeSite) -> None:
    """2.2 less 10 % commission is 2.08, and less than 2.1."""
    site = make_site(bookmakers={"commission_pct": {"exchange": 10}})
    offer(site, sharp=FAIR, exchange=(2.2, 3.8, 3.8), a=(2.1, 3.8, 3.8), c=FAIR)
    assert found(site, "bookmaker, next_price") == [("a", pytest.approx(2.08))]


def test_of_equal_prices_the_freshest(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, 4, sharp=FAIR, a=(2.1, 3.8, 3.8), c=FAIR)
    offer(site, 2, b=(2.1, 3.8, 3.8))
    assert found(site, "bookmaker, age") == [("b", 120)]


def test_the_second_sharp_bookmaker_where_the_first_is_missing(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, second=FAIR, a=(2.1, 3.8, 3.8), b=FAIR, c=FAIR)
    assert found(site, "ev_pct, fair_from") == [(pytest.approx(5), "second")]


def test_the_first_sharp_bookmaker_without_a_draw_does_not_count(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, sharp=(1.5, None, 3.0), second=FAIR, a=(2.1, 3.8, 3.8), b=FAIR, c=FAIR)
    assert {source for (source,) in found(site, "fair_from")} == {"second"}


def test_without_a_sharp_one_the_median_of_the_others_says_it(make_site: MakeSite) -> None:
    """One of them is wrong: the median of the chances of home is a half, their mean would be 0.54."""
    site = make_site()
    offer(site, a=(2.1, 3.8, 3.8), b=FAIR, c=FAIR, d=FAIR, wrong=(1.5, 6.0, 6.0))
    [row] = [row for row in found(site, "outcome, bookmaker, ev_pct, fair_from") if row[0] == "home"]
    assert row == ("home", "a", pytest.approx(5), "4 others")


def test_the_nearest_are_those_of_the_highest_value_and_all_that_are_worth_a_bet(make_site: MakeSite) -> None:
    site = make_site()
    # Of two halves: 5 and 4 % worth a bet, then -1, -2 and so on; nobody sharp measures the last one.
    for match, home in {"a": 2.10, "b": 2.08, "c": 1.98, "d": 1.96, "e": 1.94}.items():
        offer(site, 1, match, sharp=EVEN, x=(home, None, 1.5), y=EVEN, z=EVEN)
    offer(site, 1, "f", x=(1.92, None, 1.5), y=EVEN, z=EVEN, w=EVEN)

    def homes(nearest: str) -> set[str]:
        rows = found(site, "match_id, outcome", least="-1", nearest=nearest)
        return {match for match, outcome in rows if outcome == "home"}

    assert homes("1") == {"a", "b", "f"}
    assert homes("3") == {"a", "b", "c", "f"}


def test_a_filter_limits_the_offers_and_not_the_fair_price(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, sharp=FAIR, a=(2.1, 3.8, 3.8), b=(2.06, 3.8, 3.8), c=FAIR)
    assert found(site, "bookmaker, ev_pct, next_price", bookmakers="ARRAY['b', 'c']") == [
        ("b", pytest.approx(3), pytest.approx(2.1))
    ]


def test_a_surebet_of_my_bookmakers_is_one_of_all_that_have_a_price(make_site: MakeSite) -> None:
    """As many as `alerts.surebet.min_bookmakers` asks for are hardly ever mine."""
    site = make_site(bookmakers={"mine": ["a", "b"]})
    offer(site, a=(2.1, None, 1.8), b=(1.8, None, 2.1), c=EVEN, d=EVEN)
    assert site.ask("surebets", "bookmakers, suspicious") == [(4, None)]
    assert [match for (match,) in site.ask("surebet", "match_id")] == ["m"]


def test_offers_come_from_my_bookmakers(make_site: MakeSite) -> None:
    site = make_site(bookmakers={"mine": ["b"]})
    offer(site, sharp=FAIR, a=(2.1, 3.8, 3.8), b=(2.06, 3.8, 3.8), c=FAIR)
    assert found(site) == [("home", "b", pytest.approx(3))]


def test_a_match_of_two_outcomes(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, sharp=EVEN, a=(2.1, None, 1.8), b=EVEN, c=EVEN)
    assert found(site, "outcome, ev_pct, others_ev_pct") == [("home", pytest.approx(5), pytest.approx(5))]


def test_draws_that_nobody_offers_where_there_are_some_make_no_value(make_site: MakeSite) -> None:
    """Two prices of a match that can end in a draw say nothing about its chances."""
    site = make_site()
    offer(site, 1, "other", sharp=FAIR)
    offer(site, sharp=(2.0, None, 4.0), a=(2.5, None, 3.8), b=(2.0, None, 4.0), c=(2.0, None, 4.0))
    assert found(site, match="'m'") == []


def test_a_price_that_its_bookmaker_no_longer_shows_is_no_offer(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, 60, a=(2.1, 3.8, 3.8))
    offer(site, 1, sharp=FAIR, b=FAIR, c=FAIR, d=FAIR)
    assert found(site) == []


def test_the_stake_is_a_part_of_kellys_on_the_free_money(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, sharp=FAIR, a=(2.1, 3.8, 3.8), b=FAIR, c=FAIR)
    # 0.05 / 1.1 / 4 of 1000.
    assert found(site, "stake") == [(pytest.approx(1000 * 0.05 / 1.1 / 4),)]
    site.bet(400, 2.0, None, settled=None, match="elsewhere")
    assert found(site, "stake") == [(pytest.approx(600 * 0.05 / 1.1 / 4),)]


def test_the_stake_has_a_limit_and_none_is_said_of_nothing_free(make_site: MakeSite) -> None:
    site = make_site(value={"kelly_fraction": 1})
    offer(site, sharp=FAIR, a=(2.1, 3.8, 3.8), b=FAIR, c=FAIR)
    # Kelly's whole is 4.5 %: at most 2.
    assert found(site, "stake") == [(pytest.approx(20),)]
    site.bet(1000, 2.0, None, settled=None, match="elsewhere")
    assert found(site, "stake") == [(0,)]


def test_stakes_can_be_left_out(make_site: MakeSite) -> None:
    site = make_site(value={"stakes": False})
    offer(site, sharp=FAIR, a=(2.1, 3.8, 3.8), b=FAIR, c=FAIR)
    assert found(site, "stake") == [(None,)]


def test_without_prices_nothing_is_known(make_site: MakeSite) -> None:
    site = make_site()
    assert site.ask("value_bet_count", "value_bets, best_ev_pct") == [(None, None)]
