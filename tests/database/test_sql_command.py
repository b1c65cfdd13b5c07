"""`generate.py sql`: what it prints runs in psql as it stands."""

from collections.abc import Iterator

import pytest

from oddswatch.catalogue.catalogue import METRICS, Catalogue
from oddswatch.checks.sql import metric_sql
from oddswatch.settings.site import Settings
from tests.data import small_market
from tests.servers.postgres import Postgres

CATALOGUE = Catalogue(Settings())


@pytest.fixture(scope="module")
def market(postgres: Postgres) -> Iterator[Postgres]:
    database = postgres.create_database()
    small_market.fill(database.connect(autocommit=False))
    yield database
    database.drop()


@pytest.mark.parametrize("name", sorted(path.stem for path in METRICS.rglob("*.sql")))
def test_a_metric_runs_as_it_is_printed(market: Postgres, name: str) -> None:
    sql = metric_sql(CATALOGUE, name)
    assert "$" not in sql, "only Grafana understands this"
    assert sql.endswith(";")
    market.execute(sql)


@pytest.mark.parametrize("name", ["match_prices", "match_prices_over_time", "collections_over_time", "matches_ahead"])
def test_it_shows_something(market: Postgres, name: str) -> None:
    """Of a match that there is, over a range in which something was collected."""
    counted = f"SELECT count(*) FROM ({metric_sql(CATALOGUE, name).rstrip(';')}) AS x"
    assert market.execute(counted)[0][0] > 0
