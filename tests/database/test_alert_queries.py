"""What the conditions of the rules hand to Grafana."""

from datetime import UTC, datetime, timedelta

import pytest

from alerting.queries import condition_sql
from alerting.rules import rules
from oddswatch.catalogue.catalogue import Catalogue
from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres


@pytest.fixture
def site(database: Postgres) -> Site:
    return Site.create(database, next(iter(LAYOUTS)), datetime.now(UTC))


def spread(site: Site, match: str, percent: float) -> None:
    """Two bookmakers whose prices for home differ by this much, and for nothing else."""
    collected = site.now - timedelta(hours=1)
    site.price(match=match, bookmaker="a", odds=(2, 3, 4), collected=collected)
    site.price(match=match, bookmaker="b", odds=(2 + percent / 50, 3, 4), collected=collected)


def test_a_spread_is_handed_to_grafana_until_it_falls_below_the_clearing_value(site: Site) -> None:
    """It fires from 50 % on, and is over below 45 %: in between it is for Grafana to know what was before."""
    for match, percent in (("over", 44.5), ("clearing", 45), ("between", 49.5), ("firing", 50)):
        spread(site, match, percent)
    catalogue = Catalogue(site.settings)
    (rule,) = [rule for rule in rules(catalogue) if rule.name == "high_spread"]
    rows = site.database.execute(condition_sql(rule, catalogue))
    assert {(match, outcome, round(value, 6)) for match, _, outcome, value in rows} == {
        ("clearing", "home", 45),
        ("between", "home", 49.5),
        ("firing", "home", 50),
    }
