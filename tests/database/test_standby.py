"""What the primary stores shows on a hot standby; its answers are among those of the servers that people have."""

import pytest

from tests.data import small_market
from tests.servers import standby
from tests.servers.postgres import Postgres
from tests.servers.waiting import wait_for

pytestmark = pytest.mark.slow


def test_what_the_primary_stores_shows_on_the_standby() -> None:
    def fill(database: Postgres) -> None:
        small_market.fill(database.connect(autocommit=False))

    with standby.pair(fill) as (primary, follower):
        assert follower.execute("SELECT pg_is_in_recovery()") == [(True,)]
        outcomes = small_market.ask_everything(dict(follower.environment))
        assert small_market.complaints(outcomes) == {}
        assert [outcome for outcome in outcomes if outcome.query.kind == "panel" and outcome.rows]

        primary.execute("DELETE FROM odds_history")
        counted = "SELECT count(*) FROM odds_history"
        wait_for(lambda: follower.execute(counted) == [(0,)], 20, lambda: "the deletion on the standby")
        assert small_market.complaints(small_market.ask_everything(dict(follower.environment))) == {}
