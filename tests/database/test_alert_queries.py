"""What the queries of the rules say: who stays in an alert below its threshold, and which of many comes first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerting.queries import condition_sql, facts_sql
from alerting.rules import Rule, Threshold, rules
from oddswatch.catalogue.catalogue import Catalogue
from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres


@pytest.fixture
def site(database: Postgres) -> Site:
    return Site.create(database, next(iter(LAYOUTS)), datetime.now(UTC))


def rule(site: Site, name: str) -> Rule:
    return next(rule for rule in rules(site.settings) if rule.name == name)


def spread(site: Site, match: str, percent: float) -> None:
    """Two bookmakers whose prices for home differ by this much, and for nothing else."""
    collected = site.now - timedelta(hours=1)
    site.price(match=match, bookmaker="a", odds=(2, 3, 4), collected=collected)
    site.price(match=match, bookmaker="b", odds=(2 + percent / 50, 3, 4), collected=collected)


def test_a_spread_is_handed_to_grafana_until_it_falls_below_the_clearing_value(site: Site) -> None:
    """It fires from 50 % on, and is over below 45 %: in between it is for Grafana to know what was before."""
    for match, percent in (("over", 44.5), ("clearing", 45), ("between", 49.5), ("firing", 50)):
        spread(site, match, percent)
    rows = site.database.execute(condition_sql(rule(site, "high_spread"), Catalogue(site.settings)))
    assert {(match, outcome, round(value, 6)) for match, _, outcome, value in rows} == {
        ("clearing", "home", 45),
        ("between", "home", 49.5),
        ("firing", "home", 50),
    }


@pytest.mark.parametrize(
    ("fires", "order"),
    [("gte", ["c", "d", "b", "a"]), ("gt", ["c", "d", "b", "a"]), ("lt", ["a", "b", "d", "c"])],
)
def test_the_alert_that_matters_most_has_the_smallest_rank(site: Site, fires: str, order: list[str]) -> None:
    """A mail sorts its alerts by rank as a text: 60 comes before 1000 there, unless the rank is made for it."""
    for match, percent in (("a", 60), ("b", 60.5), ("c", 1000), ("d", 205)):
        spread(site, match, percent)
    asked = replace(rule(site, "high_spread"), threshold=Threshold((fires, 50)))
    rows = site.database.execute(facts_sql(asked, Catalogue(site.settings)))
    by_rank = sorted((rank, match) for match, _, _, _, _, rank, _ in rows)
    assert [match for _, match in by_rank] == order
    assert len({len(rank) for rank, _ in by_rank}) == 1
