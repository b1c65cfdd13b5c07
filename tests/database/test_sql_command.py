"""`generate.py sql`: what it prints runs in psql as it stands."""

import pytest

from oddswatch.catalogue.catalogue import METRICS, Catalogue
from oddswatch.checks.sql import metric_sql
from oddswatch.errors import UserError
from oddswatch.settings.site import Settings
from tests.servers.postgres import Postgres

CATALOGUE = Catalogue(Settings())
NAMES = sorted(path.stem for path in METRICS.rglob("*.sql"))
#: What works on another metric's rows.
PARTS = [name for name in NAMES if "of" in CATALOGUE[name].parameters]


@pytest.mark.parametrize("name", sorted({*NAMES} - {*PARTS}))
def test_a_metric_runs_as_it_is_printed(market: Postgres, name: str) -> None:
    sql = metric_sql(CATALOGUE, name)
    assert "$" not in sql, "only Grafana understands this"
    assert sql.endswith(";")
    market.execute(sql)


@pytest.mark.parametrize("name", PARTS)
def test_of_a_part_it_names_metrics_that_can_be_asked(name: str) -> None:
    with pytest.raises(UserError, match=f"'{name}' works on the rows of") as refused:
        metric_sql(CATALOGUE, name)
    users = str(refused.value).split("those: ")[1].split(", ")
    assert {*users} <= {*NAMES} - {*PARTS}


@pytest.mark.parametrize("name", ["match_prices", "match_prices_over_time", "collections_over_time", "matches_ahead"])
def test_it_shows_something(market: Postgres, name: str) -> None:
    """Of a match that there is, over a range in which something was collected."""
    counted = f"SELECT count(*) FROM ({metric_sql(CATALOGUE, name).rstrip(';')}) AS x"
    assert market.execute(counted)[0][0] > 0
