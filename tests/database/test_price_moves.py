"""Prices that fall together, and what is left of them, worked out by hand."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerting.queries import facts_sql
from alerting.rules import rules
from oddswatch.catalogue.catalogue import Catalogue
from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SETTINGS: Mapping[str, Any] = {
    "value": {"sharp": ["sharp"]},
    "bookmakers": {"names": {"slow": "Slow & Co"}, "commission_pct": {"slow": 4}},
}
Odds = tuple[float | None, float | None, float | None]
MakeSite = Callable[..., Site]
THEN, EVEN, LATE = (2.5, 3.5, 3.0), (2.0, 4.0, 4.0), (1.9, 3.5, 3.5)


@pytest.fixture(params=LAYOUTS)
def make_site(request: pytest.FixtureRequest, new_schema: Postgres) -> MakeSite:
    """Makes the site with `SETTINGS`, or with more of them."""
    return lambda now=NOW, **settings: Site.create(new_schema, request.param, now, {**SETTINGS, **settings})


def offer(site: Site, hours_old: float, match: str = "m", **odds: Odds) -> None:
    for bookmaker, prices in odds.items():
        site.price(match=match, bookmaker=bookmaker, odds=prices, collected=site.now - timedelta(hours=hours_old))


def moves(site: Site, columns: str, **parameters: str) -> list[tuple[Any, ...]]:
    return site.ask("price_moves", columns, start=None, end=None, order_by="match_id, outcome", **parameters)


def fell(site: Site) -> None:
    """Home fell at five of six that were there at both moments: by 20 % at four, by 24 % at one, and not at `slow`."""
    offer(site, 25, sharp=THEN, a=THEN, b=THEN, c=THEN, fast=THEN, slow=THEN, gone=THEN)
    offer(site, 1, sharp=EVEN, a=EVEN, b=EVEN, c=EVEN, fast=LATE, slow=THEN, new=(1.2, 3.5, 3.0))


def test_the_middle_one_of_those_who_were_there_before_says_how_far_a_price_fell(make_site: MakeSite) -> None:
    site = make_site()
    fell(site)
    assert moves(site, "outcome, drop_pct, bookmakers, fallen") == [("home", pytest.approx(20), 6, 5)]
    # Draw and away rose: at the middle one by 14.3 and 33.3 %.
    assert moves(site, "outcome, drop_pct", least="-100")[0] == ("away", pytest.approx(-100 / 3, abs=1e-6))


def test_what_is_left_of_a_move_is_judged_by_the_sharp_bookmaker_after_commission(make_site: MakeSite) -> None:
    site = make_site()
    fell(site)
    columns = "best_bookmaker, best_price, net_price, fair_price, fair_from, worth_pct"
    # 1 + 1.5 x 0.96 = 2.44, and half of that is 1.22.
    expected = ("Slow & Co", 2.5, 2.44, 2.0, "sharp", 22)
    assert moves(site, columns) == [pytest.approx(expected)]
    # Offers of one bookmaker only; the move and the fair price still come from all.
    [late] = moves(site, f"drop_pct, {columns}", bookmakers="ARRAY['fast']")
    assert late == pytest.approx((20, "fast", 1.9, 1.9, 2.0, "sharp", -5))


def test_best_prices_left_are_those_of_my_bookmakers(make_site: MakeSite) -> None:
    site = make_site(bookmakers={"mine": ["fast", "elsewhere"], "commission_pct": {}})
    fell(site)
    assert moves(site, "best_bookmaker, worth_pct") == [("fast", pytest.approx(-5))]


def test_of_equal_prices_the_freshest_is_left(make_site: MakeSite) -> None:
    site = make_site(bookmakers={"commission_pct": {}})
    offer(site, 25, sharp=THEN, a=THEN, b=THEN, z=THEN)
    offer(site, 1.05, sharp=EVEN, a=EVEN, b=EVEN)
    offer(site, 1, z=EVEN)
    assert moves(site, "best_bookmaker, age") == [("z", 3600)]


def test_three_bookmakers_make_no_move(make_site: MakeSite) -> None:
    site = make_site()
    offer(site, 25, a=THEN, b=THEN, c=THEN)
    offer(site, 1, a=EVEN, b=EVEN, c=EVEN, d=EVEN)
    assert moves(site, "outcome") == []


@pytest.mark.parametrize(("home", "moved"), [(1.8, True), (1.81, False)])
def test_a_move_begins_at_a_tenth(make_site: MakeSite, home: float, moved: bool) -> None:
    site = make_site()
    before, after = (2.0, 3.5, 3.5), (home, 3.5, 3.5)
    offer(site, 25, a=before, b=before, c=before, d=before)
    offer(site, 1, a=after, b=after, c=after, d=after)
    assert bool(moves(site, "outcome")) is moved


def test_what_stood_before_is_the_collection_of_that_moment(make_site: MakeSite) -> None:
    """At 24 hours before, that of 25 hours before stood; the one of 31 hours before was no longer current."""
    site = make_site()
    offer(site, 25, a=THEN, b=THEN, c=THEN)
    offer(site, 31, d=THEN)
    offer(site, 23, a=EVEN, b=EVEN, c=EVEN, d=EVEN)
    offer(site, 1, a=EVEN, b=EVEN, c=EVEN, d=EVEN)
    assert moves(site, "outcome") == []
    offer(site, 25, d=THEN)
    assert moves(site, "outcome, bookmakers") == [("home", 4)]


def test_a_filter_on_kick_off_is_about_now(make_site: MakeSite) -> None:
    """In 24 hours, which were 48 hours when the prices of before stood."""
    site = make_site()
    fell(site)
    assert len(moves(site, "outcome", within="interval '25 hours'")) == 1
    assert moves(site, "outcome", within="interval '23 hours'") == []


def test_the_mail_about_steam_says_what_is_left(make_site: MakeSite) -> None:
    site = make_site(datetime.now(UTC), alerts={"steam": {"enabled": True}})
    fell(site)
    [rule] = [rule for rule in rules(Catalogue(site.settings)) if rule.name == "steam"]
    [(match, league, outcome, subject, body, *_)] = site.database.execute(facts_sql(rule, Catalogue(site.settings)))
    assert (match, league, outcome) == ("m", "soccer_epl", "home")
    assert subject.startswith("Price down 20.0 % · Home – Away, home · Epl · ")
    assert body.splitlines()[3:7] == [
        "Fell: 20.0 % within 1 d 0 h at the middle one of 6 bookmakers, 5 of them down",
        "Best price left: 2.50 at Slow & Co, 2.44 after commission",
        "Worth: +22.0 %, fair 2.00 by sharp",
        "Price: 1 h 0 min old",
    ]
