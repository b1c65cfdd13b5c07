"""A site's database with hand-made rows, asked through the catalogue at a moment of the test's choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from oddswatch.database.macros import TimeRange, expand
from oddswatch.demo.layout import Layout
from oddswatch.demo.schema import create_schema
from oddswatch.quoting import literal
from oddswatch.settings.site import Settings
from tests.data import composed
from tests.servers.postgres import Postgres

#: The forms of database between which nothing may differ, and their settings.
LAYOUTS: Mapping[str, tuple[Layout, dict[str, Any]]] = {
    "naive, per match, profit_loss": (Layout(), {}),
    "timestamptz, per outcome, actual_profit": (
        Layout(form="per_outcome", times="timestamptz", profit_column="actual_profit"),
        {
            "times": "timestamptz",
            "tables": {"prices": {"form": "per_outcome"}, "bets": {"columns": {"profit": "actual_profit"}}},
        },
    ),
}


@dataclass(frozen=True)
class Site:
    """An installation's empty tables; `now` is what every query takes for now."""

    database: Postgres
    layout: Layout
    settings: Settings
    now: datetime

    @classmethod
    def create(cls, database: Postgres, form: str, now: datetime, settings: Mapping[str, Any] | None = None) -> "Site":
        """Make the tables of one of `LAYOUTS` in an empty database."""
        layout, needed = LAYOUTS[form]
        connection = database.connect(autocommit=False)
        create_schema(connection, layout)
        connection.close()
        # Some installations leave it empty until the bet is settled.
        database.execute("ALTER TABLE bets ALTER updated_at DROP NOT NULL")
        return cls(database, layout, Settings.model_validate({**needed, **(settings or {})}), now)

    def ask(
        self,
        metric: str,
        columns: str = "",
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        where: str = "",
        order_by: str = "",
        **parameters: str,
    ) -> list[tuple[Any, ...]]:
        """The rows of a metric in the time range from `start` (30 days ago) to `end` (now); moments are in UTC.

        Further arguments are the metric's parameters, as SQL.
        """
        relation = composed.catalogue(self.settings).ref(metric, **parameters)
        condition = f" WHERE {where}" if where else ""
        order = f" ORDER BY {order_by}" if order_by else ""
        return self.rows(f"SELECT {columns or '*'} FROM {relation}{condition}{order}", start, end)

    def rows(self, sql: str, start: datetime | None = None, end: datetime | None = None) -> list[tuple[Any, ...]]:
        """The rows of a query in such a time range."""
        span = TimeRange(start or self.now - timedelta(days=30), end or self.now)
        frozen = expand(sql, span, 60_000).replace("now()", f"{literal(self.now.isoformat())}::timestamptz")
        connection = self.database.connect()
        try:
            with connection.cursor() as cursor:
                # As the role's, so that what would not end on a person's table fails here too.
                cursor.execute("SET timezone TO 'Asia/Kolkata'; SET statement_timeout TO '20s'")
                cursor.execute(frozen)
                return [tuple(map(_utc, row)) for row in cursor.fetchall()]
        finally:
            connection.close()

    def price(
        self,
        *,
        match: str = "m1",
        league: str = "soccer_epl",
        bookmaker: str = "a",
        odds: tuple[float | None, float | None, float | None] = (2.0, 3.0, 4.0),
        collected: datetime,
        kick_off: datetime | None = None,
        teams: tuple[str, str] = ("Home", "Away"),
    ) -> None:
        """Store what one bookmaker offers on home, draw and away."""
        start, at = self._stored(kick_off or self.now + timedelta(days=1)), self._stored(collected)
        home, draw, away = odds
        if self.layout.form == "per_match":
            self._store(
                "INSERT INTO odds_history (match_id, sport, home_team, away_team, bookmaker, home_odds, draw_odds,"
                " away_odds, commence_time, collected_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (match, league, *teams, bookmaker, home, draw, away, start, at),
            )
            return
        for outcome, value in (("home", home), ("draw", draw), ("away", away)):
            if value is not None:
                self._store(
                    "INSERT INTO odds (match_id, sport, home_team, away_team, bookmaker, outcome, odds_value,"
                    " commence_time, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                    (match, league, *teams, bookmaker, outcome, value, start, at),
                )

    def bet(
        self,
        stake: float,
        price: float,
        result: str | None,
        *,
        settled: datetime | None,
        placed: datetime | None = None,
        profit: float | None = None,
        closing: float | None = None,
        match: str = "m1",
        bookmaker: str = "a",
        bet_type: str | None = "single",
        outcome: str = "home",
    ) -> None:
        """Store a bet."""
        placed = placed or (settled or self.now) - timedelta(days=1)
        self._store(
            f"INSERT INTO bets (match_id, outcome, bookmaker, odds_value, stake, bet_type, result,"
            f" {self.layout.profit_column}, odds_close, created_at, updated_at)"
            f" VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                *(match, outcome, bookmaker, price, stake, bet_type, result, profit, closing),
                *(self._stored(placed), settled and self._stored(settled)),
            ),
        )

    def collection(
        self,
        at: datetime,
        league: str = "soccer_epl",
        status: str = "success",
        *,
        error: str | None = None,
        stored: int | None = 100,
        left: int | None = None,
        duration: float = 2.0,
        opportunities: int = 0,
    ) -> None:
        """Store a line of the log of collections."""
        self._store(
            "INSERT INTO collection_logs (sport, matches_count, odds_stored, opportunities_detected,"
            " api_requests_remaining, execution_time_seconds, status, error_message, collected_at)"
            " VALUES (%s, 10, %s, %s, %s, %s, %s, %s, %s)",
            (league, stored, opportunities, left, duration, status, error, self._stored(at)),
        )

    @cached_property
    def _session(self) -> Any:
        """One connection for all rows: a test that stores a thousand would spend its time on logging in."""
        return self.database.connect()

    def _store(self, statement: str, row: Sequence[Any]) -> None:
        with self._session.cursor() as cursor:
            cursor.execute(statement, row)

    def _stored(self, moment: datetime) -> datetime:
        """A moment as the columns keep it."""
        return moment.astimezone(UTC).replace(tzinfo=None) if self.layout.times == "naive_utc" else moment


def _utc(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value
