"""A small market for tests that ask every query, and the asking."""

import os
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from oddswatch.checks.check import Outcome, check
from oddswatch.demo.layout import Layout
from oddswatch.demo.market import Market
from oddswatch.demo.seed import seed
from oddswatch.settings.site import Settings
from tests.data import composed

#: 12 matches ahead, a day and a half of collections: some thousand prices.
MARKET = Market(ahead=12, collections=10, bets=20)


def fill(connection: Any, layout: Layout | None = None) -> None:
    """Make the tables of an empty database and store the market as of now; closes the connection (no autocommit)."""
    with closing(connection):
        seed(connection, datetime.now(UTC), layout=layout, market=MARKET)


def ask_everything(environment: dict[str, str], settings: Settings | None = None) -> list[Outcome]:
    """What `generate.py check` finds for every query, on the database of these PG* variables."""
    settings = settings or Settings()
    with mock.patch.dict(os.environ, environment):
        return check(composed.tree(settings), settings)


def complaints(outcomes: list[Outcome]) -> dict[str, str]:
    """The errors by the place of the query."""
    return {outcome.query.place: outcome.error for outcome in outcomes if outcome.error}
