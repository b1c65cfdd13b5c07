"""Bookmakers measured, on prices worked out by hand."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTINGS: Mapping[str, Any] = {"bookmakers": {"names": {"a": "Anna"}, "commission_pct": {"exchange": 5}}}
Odds = tuple[float | None, float | None, float | None]
MakeSite = Callable[..., Site]


@pytest.fixture(params=LAYOUTS)
def make_site(request: pytest.FixtureRequest, new_schema: Postgres) -> MakeSite:
    """Makes the site with `SETTINGS`, or with more of them."""
    return lambda **settings: Site.create(new_schema, request.param, NOW, {**SETTINGS, **settings})


def offer(site: Site, hours_old: float, match: str = "m", *, league: str = "soccer_epl", **odds: Odds) -> None:
    for bookmaker, prices in odds.items():
        collected = NOW - timedelta(hours=hours_old)
        kick_off = NOW + 24 * HOUR
        site.price(match=match, league=league, bookmaker=bookmaker, odds=prices, collected=collected, kick_off=kick_off)


def measured(site: Site, column: str) -> dict[str, Any]:
    return dict(site.ask("bookmaker_quality", f"bookmaker, {column}"))


def test_margins_and_what_is_paid_back_are_after_commission(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, 1, a=(1.9, 3.8, 3.8), exchange=(2.0, 4.0, 4.0), incomplete=(2.0, None, 4.0))
    # 1 / 1.9 + 2 / 3.8 = 20 / 19; 1 / 1.95 + 2 / 3.85 = 1.0323010.
    margins = measured(site, "overround_pct")
    assert margins == {
        "a": pytest.approx(100 / 19, abs=1e-5),
        "exchange": pytest.approx(3.2301, abs=1e-4),
        "incomplete": None,
    }
    paid = measured(site, "payback_pct")
    assert paid == {"a": pytest.approx(95), "exchange": pytest.approx(96.87097, abs=1e-4), "incomplete": None}
    # The same book has the same margin on the page of its match.
    assert dict(site.ask("match_prices", "bookmaker, overround_pct", match="'m'")) == pytest.approx(margins)


def test_without_draws_in_a_league_that_has_them_there_is_no_margin(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, 1, "no draws", a=(2.9, None, 2.9))
    offer(site, 1, "draws", b=(2.0, 4.0, 4.0))
    offer(site, 1, "tennis", league="tennis_atp", c=(1.9, None, 1.9))
    assert measured(site, "overround_pct") == {"a": None, "b": 0, "c": pytest.approx(100 / 19, abs=1e-5)}


def test_where_a_league_lost_all_its_draws_nobody_pays_more_than_it_takes(make_site: MakeSite) -> None:
    site = make_site()
    # 1 / 1.15 + 1 / 12 is 0.95. One book alone of that kind is its bookmaker's mistake, and stays.
    offer(site, 1, "lost", a=(1.15, None, 12.0), b=(1.12, None, 15.0), c=(1.9, None, 1.9))
    offer(site, 1, "tennis", league="tennis_atp", d=(2.5, None, 2.0), e=(1.9, None, 1.9), f=(1.9, None, 1.9))
    assert measured(site, "overround_pct") == {
        **dict.fromkeys("abc"),
        "d": pytest.approx(-10),
        **dict.fromkeys("ef", pytest.approx(100 / 19, abs=1e-5)),
    }


def test_the_best_share_is_of_prices_that_others_offer_too(make_site: MakeSite) -> None:
    site = make_site()
    # Home: a and b; draw: a alone on the market; away: the exchange's 3.0 is 2.9 after commission.
    offer(site, 1, a=(2.0, 9.0, 2.8), b=(2.0, None, 2.95), exchange=(1.9, None, 3.0))
    assert measured(site, "best_pct") == {"a": 50, "b": 100, "exchange": 0}
    assert measured(site, "alone_pct") == {"a": 0, "b": 50, "exchange": 0}
    assert measured(site, "books") == {"a": 1, "b": 1, "exchange": 1}


def test_who_does_not_move_while_the_others_do_is_asleep(make_site: MakeSite) -> None:
    site = make_site()
    before, after = (2.0, 3.5, 4.0), (2.1, 3.5, 3.8)
    # 24 hours apart; 1 / 2 - 1 / 2.1 is 0.024.
    offer(site, 25, a=before, b=before, c=before, still=before, late=before)
    offer(site, 1, a=after, b=after, c=after, still=before, late=(2.0, 3.5, 3.9), new=after)
    # The others of `a` moved by 0.024 x 2 / 4 on average, without the one that has no price of before.
    assert measured(site, "asleep_pct") == {"a": 0, "b": 0, "c": 0, "still": 100, "late": 0, "new": None}
    assert {name: state for name, state in measured(site, "state").items() if state != "ok"} == {"still": "asleep"}


@pytest.mark.parametrize(("moved", "asleep"), [(2.08, None), (2.09, 100)])
def test_a_move_below_a_point_wakes_nobody(make_site: MakeSite, moved: float, asleep: float | None) -> None:
    """1 / 2 - 1 / 2.04 is 0.0098, and 1 / 2 - 1 / 2.045 is 0.011: half of them moved that far."""
    site = make_site()
    home = 2 + (moved - 2) / 2
    before, after = (2.0, 3.5, 4.0), (home, 3.5, 4.0)
    offer(site, 25, a=before, b=before, c=before, still=before)
    offer(site, 1, a=after, b=after, c=after, still=before)
    assert measured(site, "asleep_pct")["still"] == asleep


def test_outliers_are_a_tenth_above_or_below_the_median(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, 1, a=(2.0, 3.0, 4.0), b=(2.0, 3.0, 4.0), c=(2.0, 3.2, 4.0), d=(2.2, 3.0, 3.6), e=(2.19, 3.0, 3.7))
    # 2.2 is just a tenth above; 3.6 is below 4 / 1.1 = 3.64, 3.7 above it.
    found = measured(site, "outlier_pct")
    assert found == {"a": 0, "b": 0, "c": 0, "d": pytest.approx(200 / 3), "e": 0}
    # Three bookmakers are too few to say who is far off.
    offer(site, 1, "few", f=(2.0, 3.0, 4.0), g=(2.0, 3.0, 4.0), h=(9.0, 3.0, 4.0))
    assert measured(site, "outlier_pct")["h"] is None


def test_a_bookmaker_without_prices_is_silent_and_then_gone(make_site: MakeSite) -> None:
    """Silent after 3 intervals of 4 hours, gone after 6; what the others price now is ahead."""
    site = make_site()
    same = (2.0, 3.5, 4.0)
    offer(site, 25, gone=same, a=same)
    offer(site, 23, still_silent=same, a=same)
    offer(site, 13, silent=same, a=same)
    offer(site, 11, quiet=same, a=same)
    offer(site, 1, a=same)
    states = {"a": "ok", "quiet": "ok", "silent": "silent", "still_silent": "silent", "gone": "gone"}
    assert {name: state for name, state in measured(site, "state").items() if name in states} == states
    assert measured(site, "last_price")["silent"] == NOW - 13 * HOUR
    assert measured(site, "matches")["a"] == 1
    assert measured(site, "bookmaker_name")["a"] == "Anna"


def test_when_the_collector_stands_still_no_bookmaker_is_called_silent(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, 13, a=(2.0, 3.5, 4.0))
    offer(site, 24, a=(2.0, 3.5, 4.0))
    assert measured(site, "state") == {"a": None}


def test_mine_are_those_that_are_named(make_site: MakeSite) -> None:
    site = make_site(bookmakers={"mine": ["a"], "commission_pct": {}})
    offer(site, 1, a=(2.0, 3.5, 4.0), b=(2.0, 3.5, 4.0))
    assert measured(site, "is_mine") == {"a": True, "b": False}
