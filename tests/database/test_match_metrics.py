"""What the page of a match says, on prices worked out by hand: worth, margins, sentences, and kick-offs that move."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTINGS: Mapping[str, Any] = {
    "value": {"sharp": ["sharp"]},
    "bookmakers": {"names": {"unibet": "Unibet"}, "commission_pct": {"exchange": 5}},
}
Odds = tuple[float | None, float | None, float | None]
#: Without a margin, so that its chances are 1 / price by any method: a half and two quarters.
EVEN: Odds = (2.0, 4.0, 4.0)
MakeSite = Callable[..., Site]


@pytest.fixture(params=LAYOUTS)
def make_site(request: pytest.FixtureRequest, new_schema: Postgres) -> MakeSite:
    """Makes the site with `SETTINGS`, or with more of them."""
    return lambda **settings: Site.create(new_schema, request.param, NOW, {**SETTINGS, **settings})


def offer(site: Site, hours_old: float = 1, *, starts_in: float = 24, league: str = "soccer_epl", **odds: Odds) -> None:
    """Store one collection of the match `m`."""
    for bookmaker, prices in odds.items():
        site.price(
            match="m",
            league=league,
            bookmaker=bookmaker,
            odds=prices,
            collected=NOW - hours_old * HOUR,
            kick_off=NOW + starts_in * HOUR,
        )


def by_bookmaker(site: Site, columns: str) -> dict[str, Any]:
    return {row[0]: row[1:] for row in site.ask("match_prices", f"bookmaker, {columns}", match="'m'")}


def sentence(site: Site) -> str:
    [(said,)] = site.ask("match_summary", "sentence", match="'m'")
    return str(said)


# --- worth


def test_a_price_is_held_against_the_sharp_bookmaker_after_commission(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, sharp=EVEN, unibet=(2.1, 3.8, 4.0), exchange=(2.2, 3.9, 4.2), low=(1.9, 3.6, 3.8))
    values = by_bookmaker(site, "home_value_pct, draw_value_pct, away_value_pct")
    assert values == {
        "unibet": (5, -5, 0),
        # 1 + 1.2 x 0.95 = 2.14, 1 + 2.9 x 0.95 = 3.755, 1 + 3.2 x 0.95 = 4.04.
        "exchange": (7, -6.125, 1),
        "low": (-5, -10, -5),
        "sharp": (None, None, None),
    }
    net = by_bookmaker(site, "home_price, home_net, home_fair, fair_from, remark")
    assert net["exchange"] == pytest.approx((2.2, 2.14, 2, "sharp", None))
    assert net["sharp"][3:] == ("3 others", "sets the fair price")
    margins = by_bookmaker(site, "overround_pct")
    # 1 / 2.14 + 1 / 3.755 + 1 / 4.04 = 0.9811261; 1 / 2.1 + 1 / 3.8 + 1 / 4 = 0.9893484.
    expected = {"sharp": 0, "exchange": -1.88739, "unibet": -1.06516, "low": 6.72515}
    assert {name: margin for name, (margin,) in margins.items()} == pytest.approx(expected, abs=1e-5)


def test_without_a_sharp_bookmaker_the_median_of_the_others_is_the_measure(make_site: MakeSite) -> None:
    site = make_site()
    # One of five has its sides swapped: it moves no median.
    offer(site, a=EVEN, b=EVEN, c=EVEN, swapped=(4.0, 4.0, 2.0), high=(2.2, 4.0, 4.0))
    values = by_bookmaker(site, "home_value_pct, draw_value_pct, away_value_pct, fair_from")
    assert values["high"] == pytest.approx((10, 0, 0, "4 others"), abs=1e-6)
    assert values["swapped"] == pytest.approx((100, 0, -50, "4 others"), abs=1e-6)


def test_two_others_are_too_few_to_say_what_a_price_is_worth(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, a=EVEN, b=EVEN, high=(2.2, 4.0, 4.0))
    assert by_bookmaker(site, "home_value_pct, home_fair, fair_from")["high"] == (None, None, None)


def test_an_incomplete_book_of_the_sharp_bookmaker_measures_nothing(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, sharp=(3.0, None, 3.0), a=EVEN, b=EVEN, c=EVEN, high=(2.2, 4.0, 4.0))
    assert by_bookmaker(site, "home_value_pct, fair_from")["high"] == pytest.approx((10, "3 others"), abs=1e-6)
    assert by_bookmaker(site, "overround_pct, remark")["sharp"] == (None, None)


def test_a_match_of_two_outcomes_is_one_with_two(make_site: MakeSite) -> None:
    site = make_site()
    # Draws of another league are its own affair.
    site.price(match="other", bookmaker="a", odds=EVEN, collected=NOW - HOUR)
    offer(site, league="tennis_atp", sharp=(1.9, None, 1.9), unibet=(2.1, None, 1.8))
    found = by_bookmaker(site, "home_value_pct, draw_value_pct, away_value_pct, overround_pct")
    # 1 / 2.1 + 1 / 1.8 - 1 = 2 / 63.
    assert found["unibet"] == pytest.approx((5, None, -10, 200 / 63), abs=1e-5)
    curves = dict(site.ask("match_overround_over_time", "bookmaker, overround_pct", match="'m'"))
    # 2 / 1.9 - 1; the best are 2.1 and 1.9.
    assert curves == pytest.approx({"sharp": 5.263158, "Unibet": 3.174603, "Best prices": 0.250627}, abs=1e-6)


def test_a_price_of_an_earlier_collection_is_shown_and_not_judged(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, 3, unibet=(9.0, 9.0, 9.0))
    offer(site, sharp=EVEN, low=(1.9, 3.6, 3.8))
    [(price, value, best, age, remark)] = [
        row[1:]
        for row in site.ask(
            "match_prices", "bookmaker, home_price, home_value_pct, home_is_best, age, remark", match="'m'"
        )
        if row[0] == "unibet"
    ]
    assert (price, value, best, age, remark) == (9, None, False, 3 * 3600, "older price")


def test_best_prices_are_those_of_my_bookmakers(make_site: MakeSite) -> None:
    site = make_site(bookmakers={"mine": ["low", "unibet"], "commission_pct": {}})
    offer(site, sharp=EVEN, unibet=(2.1, 3.8, 4.0), exchange=(2.2, 3.9, 4.2), low=(1.9, 3.6, 4.0))
    best = by_bookmaker(site, "home_is_best, draw_is_best, away_is_best, is_mine")
    assert best == {
        "sharp": (False, False, False, False),
        "exchange": (False, False, False, False),
        "unibet": (True, True, True, True),
        "low": (False, False, True, True),
    }
    [(best_margin,)] = site.ask("match_summary", "best_margin_pct", match="'m'")
    # Of those that are mine: 1 / 2.1 + 1 / 3.8 + 1 / 4 - 1.
    assert best_margin == pytest.approx(-1.06516, abs=1e-5)


# --- one sentence


@pytest.mark.parametrize(
    ("odds", "said"),
    [
        ({"unibet": (2.1, 3.8, 3.8)}, "Home 2.10 at Unibet is worth +5.0 %"),
        # 1 + 1.12 x 0.95 = 2.064 after commission, and the price that its page shows.
        ({"exchange": (2.12, 3.8, 3.8)}, "Home 2.12 at exchange is worth +3.2 %"),
        ({"unibet": (1.9, 3.8, 3.8)}, "Nothing: the best price is worth −5.0 %"),
        ({"unibet": (2.02, 3.8, 3.8)}, "Hardly anything: the best price is worth +1.0 %"),
        ({"unibet": (2.26, 3.8, 3.8)}, "Doubtful: Home 2.26 at Unibet is worth +13.0 % (too good)"),
    ],
)
def test_one_sentence_says_what_is_in_a_match(make_site: MakeSite, odds: dict[str, Odds], said: str) -> None:
    site = make_site()
    low = (1.9, 3.8, 3.8)
    offer(site, 1, starts_in=24, league="soccer_epl", sharp=EVEN, low=low, lower=low, **odds)
    assert sentence(site) == said
    [fair] = site.ask("match_summary", "home_fair, draw_fair, away_fair, fair_from, bookmakers", match="'m'")
    assert fair == pytest.approx((2, 4, 4, "sharp", 4))


def test_the_fair_price_of_a_match_without_a_sharp_bookmaker_is_that_of_all(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, a=EVEN, b=EVEN, c=(4.0, 4.0, 2.0))
    [fair] = site.ask("match_summary", "home_fair, draw_fair, away_fair, fair_from", match="'m'")
    assert fair == pytest.approx((2, 4, 4, "3 bookmakers"), abs=1e-6)
    assert sentence(site) == "Nothing can be said: fewer than 4 bookmakers"


def test_books_without_a_draw_judge_nobody_where_there_is_one(make_site: MakeSite) -> None:
    site = make_site()
    one_sided: Odds = (2.5, None, 2.8)
    offer(site, a=(2.6, None, 2.75), b=one_sided, c=one_sided, d=(2.4, 3.3, 3.0))
    assert sentence(site) == "Nothing can be said: too few others with complete prices to judge by"


def test_where_nobody_has_a_price_nothing_is_said(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, 7, sharp=EVEN)
    assert sentence(site) == "No bookmaker has a current price"
    assert site.ask("match_summary", match="'unknown'") == []


def test_a_started_match_says_what_stood_at_kick_off(make_site: MakeSite) -> None:
    site = make_site()
    low = (1.9, 3.8, 3.8)
    offer(site, 6, starts_in=-3, sharp=EVEN, low=low, lower=low, unibet=(2.1, 3.8, 3.8))
    # Collected while it was played.
    offer(site, 2, starts_in=-3, sharp=EVEN, low=low, lower=low, unibet=(9.0, 3.8, 3.8))
    assert sentence(site) == "Home 2.10 at Unibet was worth +5.0 %"
    assert by_bookmaker(site, "home_price, age")["unibet"] == pytest.approx((2.1, 3 * 3600), abs=1)


# --- curves


def test_the_fair_price_is_a_curve_and_so_is_the_best_after_commission(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, sharp=EVEN, unibet=(2.1, 3.8, 4.0), exchange=(2.2, 3.9, 4.2))
    found = set(site.ask("match_prices_over_time", "outcome, kind, curve, price", match="'m'"))
    assert {(kind, curve): price for outcome, kind, curve, price in found if outcome == "home"} == pytest.approx(
        {
            ("bookmaker", "sharp"): 2.0,
            ("bookmaker", "Unibet"): 2.1,
            ("bookmaker", "exchange"): 2.14,
            ("best", "Best price"): 2.14,
            ("fair", "Fair price"): 2.0,
        }
    )
    assert {price for outcome, kind, _, price in found if (outcome, kind) == ("draw", "fair")} == {4.0}


# --- a kick-off that moved


def times(site: Site) -> dict[str, list[datetime]]:
    """The kick-off of the match wherever a page says one."""
    ahead = {name: site.ask(name, "kick_off") for name in ("matches_ahead", "match_choice", "value_bets", "open_bets")}
    ahead["match_summary"] = site.ask("match_summary", "kick_off", match="'m'")
    return {name: sorted({kick_off for (kick_off,) in rows}) for name, rows in ahead.items()}


def test_a_match_that_was_put_off_is_ahead_by_its_newest_price_on_every_page(make_site: MakeSite) -> None:
    site = make_site()
    site.bet(10, 2.1, None, settled=None, match="m")
    low = (1.9, 3.8, 3.8)
    offer(site, 5, starts_in=-1, sharp=EVEN, low=low, lower=low, unibet=(2.1, 3.8, 3.8))
    offer(site, 1, starts_in=5, sharp=EVEN, low=low, lower=low, unibet=(2.1, 3.8, 3.8))
    assert {name: found for name, found in times(site).items() if found != [NOW + 5 * HOUR]} == {}
    assert sentence(site) == "Home 2.10 at Unibet is worth +5.0 %"
    # What was collected after the first kick-off was collected before the match.
    moments = [time for (time,) in site.ask("match_prices_over_time", "time", match="'m'", start=NOW - 6 * HOUR)]
    assert max(moments) == NOW


def test_a_match_that_was_brought_forward_is_not_ahead_while_it_is_played(make_site: MakeSite) -> None:
    site = make_site()
    site.bet(10, 2.1, None, settled=None, match="m")
    low = (1.9, 3.8, 3.8)
    offer(site, 2, starts_in=5, sharp=EVEN, low=low, lower=low, unibet=(2.1, 3.8, 3.8))
    offer(site, 1, starts_in=-0.5, sharp=EVEN, low=low, lower=low, unibet=(2.02, 3.8, 3.8))
    begun = [NOW - 0.5 * HOUR]
    assert times(site) == {
        "matches_ahead": [],
        "value_bets": [],
        "match_choice": begun,
        "open_bets": begun,
        "match_summary": begun,
    }
    assert sentence(site) == "Hardly anything: the best price was worth +1.0 %"
