"""What `check` warns of: names nobody collects, nobody to measure by, collections of changes only, a slow session.

Whether JIT is on shows on an installed server: tests/database/test_versions.py.
"""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oddswatch.checks.hints import hints
from oddswatch.settings.site import Settings
from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.command import generate
from tests.servers.postgres import Postgres

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BOOKMAKERS = ["pinnacle", "winamax", *(f"b{number}" for number in range(8))]


@pytest.fixture(params=LAYOUTS)
def site(request: pytest.FixtureRequest, new_schema: Postgres) -> Site:
    return Site.create(new_schema, request.param, NOW)


def collect(site: Site, *, only_changes: bool = False, bookmakers: list[str] = BOOKMAKERS, matches: int = 2) -> None:
    """Six collections; every third price changes from one to the next."""
    for match in range(matches):
        for number in range(6):
            for place, bookmaker in enumerate(bookmakers):
                if only_changes and number and (number + place) % 3:
                    continue
                # Who stores only changes stores no price twice.
                change = number / 100 if only_changes else (number + place) // 3 / 100
                odds = (2 + change, 3.5 + change, 4 + change)
                collected = NOW - timedelta(hours=4 * (5 - number))
                site.price(match=f"m{match}", bookmaker=bookmaker, odds=odds, collected=collected)


def said(site: Site, **more: Any) -> list[str]:
    settings = Settings.model_validate({**site.settings.model_dump(by_alias=True), **more})
    with closing(site.database.connect()) as session:
        return hints(session, settings)


def test_whole_collections_by_known_bookmakers_are_nothing_to_tell_of(site: Site) -> None:
    collect(site)
    assert said(site, bookmakers={"mine": ["winamax"], "names": {"winamax": "Winamax"}}) == []


def test_a_collector_that_stores_only_changes_is_noticed(site: Site) -> None:
    collect(site, only_changes=True, matches=7)
    [line] = said(site)
    assert line.startswith("only changes seem to be stored: of ")
    assert "let the collector store every price each time" in line


def test_bookmakers_that_nobody_collects_are_named(site: Site) -> None:
    collect(site)
    bookmakers = {
        "mine": ["pinnacle", "winamx"],
        "names": {"winamax": "Winamax", "nowhere_at_all": "Nowhere"},
        # The defaults name exchanges that many do not collect.
        "commission_pct": {"betfair_ex_uk": 5, "b99": 2},
    }
    assert said(site, bookmakers=bookmakers) == [
        "bookmakers.mine names 'winamx', which has no price; did you mean 'winamax'?",
        "bookmakers.names names 'nowhere_at_all', which has no price",
        "bookmakers.commission_pct names 'b99', which has no price",
    ]


def test_without_a_sharp_bookmaker_the_others_are_the_measure(site: Site) -> None:
    collect(site, bookmakers=["winamax", "matchbook", "Smarkets"])
    median = "value.sharp: none of pinnacle, betfair_ex_eu has a price, so fair prices are the others' median"
    assert said(site) == [f"{median}; set value.sharp: [Smarkets, matchbook]"]
    assert said(site, value={"fair": "consensus"}) == []


def test_nothing_is_said_about_tables_without_prices_or_that_are_not_there(site: Site) -> None:
    assert said(site) == []
    site.database.execute(f"DROP TABLE {site.layout.prices} CASCADE")
    assert said(site) == []


def test_check_prints_what_it_warns_of(database: Postgres) -> None:
    site = Site.create(database, next(iter(LAYOUTS)), datetime.now(UTC))
    site.price(bookmaker="winamax", collected=site.now - timedelta(hours=1))
    answer = generate("check", environment=database.environment)
    assert "warning: value.sharp: none of pinnacle, betfair_ex_eu has a price" in answer.stderr
