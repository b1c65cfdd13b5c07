"""The tables that are read, and their columns.

What there is to know about a column stands once, in its line below: its key, what it holds, its usual names and the
default one. The validation, `check` and `check --suggest` take it from there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from oddswatch.settings.fields import Identifier, Section, TableName, Text

Kind = Literal["moment", "number", "text"]


@dataclass(frozen=True)
class Holds:
    """What a column holds, and what collectors call it, the most telling first."""

    kind: Kind
    names: tuple[str, ...]


def text(*names: str) -> Holds:
    """A column of texts."""
    return Holds("text", names)


def number(*names: str) -> Holds:
    """A column of numbers."""
    return Holds("number", names)


def moment(*names: str) -> Holds:
    """A column of moments, in the type that `times` names."""
    return Holds("moment", names)


@dataclass(frozen=True)
class Column:
    """A column of a configured table.

    Attributes:
        key: its key in the section `columns` of the table.
        kind: what it holds.
        name: what the site calls it, or None where the site does not have it.
        names: what collectors call it, the default first.
        optional: whether a site may lack it.
    """

    key: str
    kind: Kind
    name: str | None
    names: tuple[str, ...]
    optional: bool


class Table(Section):
    """A table, and the names of its columns."""

    table: TableName
    columns: Section

    def read(self) -> Iterator[Column]:
        """Yield the columns that are read, those included that the site does not have."""
        for key, field in type(self.columns).model_fields.items():
            holds = next(item for item in field.metadata if isinstance(item, Holds))
            names = tuple(dict.fromkeys(filter(None, (field.default, *holds.names))))
            optional = type(None) in get_args(field.annotation)
            yield Column(key, holds.kind, getattr(self.columns, key), names, optional)


# Columns that several tables have.
MatchId = Annotated[Identifier, text("match_id", "event_id", "game_id", "fixture_id")]
League = Annotated[Identifier, text("sport", "sport_key", "league", "competition")]
HomeTeam = Annotated[Identifier, text("home_team", "home", "home_name")]
AwayTeam = Annotated[Identifier, text("away_team", "away", "away_name")]
KickOff = Annotated[Identifier, moment("commence_time", "kick_off", "kickoff", "start_time", "starts_at", "match_date")]
Bookmaker = Annotated[Identifier, text("bookmaker", "bookmaker_key", "bookie", "book", "operator")]
Outcome = Annotated[Identifier, text("outcome", "outcome_name", "selection")]
Price = Annotated[Identifier, number("odds_value", "price", "odds", "decimal_odds")]
CollectedAt = Annotated[
    Identifier,
    moment("collected_at", "created_at", "recorded_at", "fetched_at", "scraped_at", "inserted_at", "timestamp"),
]


class MatchColumns(Section):
    """Columns that name the match, the bookmaker and the league of a price."""

    match: MatchId = "match_id"
    league: League = "sport"
    home_team: HomeTeam = "home_team"
    away_team: AwayTeam = "away_team"
    kick_off: KickOff = "commence_time"
    bookmaker: Bookmaker = "bookmaker"


class PerMatchColumns(MatchColumns):
    """One row per match, bookmaker and collection."""

    home_odds: Annotated[Identifier, number("odds_home", "home_price", "price_home", "odds_1")] = "home_odds"
    draw_odds: Annotated[Identifier, number("odds_draw", "draw_price", "price_draw", "odds_x")] = "draw_odds"
    away_odds: Annotated[Identifier, number("odds_away", "away_price", "price_away", "odds_2")] = "away_odds"
    collected_at: CollectedAt = "collected_at"


class PerOutcomeColumns(MatchColumns):
    """One row per match, bookmaker, outcome and collection."""

    outcome: Outcome = "outcome"
    price: Price = "odds_value"
    collected_at: CollectedAt = "created_at"


class PricesPerMatch(Table):
    """The table of prices in the wide form."""

    form: Literal["per_match"] = "per_match"
    table: TableName = "odds_history"
    columns: PerMatchColumns = PerMatchColumns()


class PricesPerOutcome(Table):
    """The table of prices in the long form."""

    form: Literal["per_outcome"]
    table: TableName = "odds"
    columns: PerOutcomeColumns = PerOutcomeColumns()


class CollectionsColumns(Section):
    """Columns of the log of collections."""

    league: League = "sport"
    matches: Annotated[Identifier, number("matches", "events_count", "match_count")] = "matches_count"
    prices_stored: Annotated[Identifier, number("prices_stored", "odds_count", "rows_stored")] = "odds_stored"
    opportunities: Annotated[Identifier, number("opportunities", "opportunities_count")] = "opportunities_detected"
    requests_left: Annotated[Identifier, number("requests_remaining", "requests_left", "quota_remaining")] = (
        "api_requests_remaining"
    )
    duration: Annotated[Identifier, number("duration_seconds", "execution_time", "duration")] = "execution_time_seconds"
    status: Annotated[Identifier, text("state")] = "status"
    error: Annotated[Identifier, text("error", "message")] = "error_message"
    collected_at: CollectedAt = "collected_at"


class CollectionsTable(Table):
    """The log of collections."""

    table: TableName = "collection_logs"
    success: Annotated[tuple[Text, ...], Field(min_length=1)] = ("success", "ok", "completed")
    columns: CollectionsColumns = CollectionsColumns()


class BetsColumns(Section):
    """Columns of the bets."""

    match: MatchId = "match_id"
    outcome: Outcome = "outcome"
    bookmaker: Bookmaker = "bookmaker"
    price: Price = "odds_value"
    stake: Annotated[Identifier, number("amount", "stake_amount")] = "stake"
    bet_type: Annotated[Identifier | None, text("type", "strategy")] = "bet_type"
    result: Annotated[Identifier, text("bet_result", "outcome_result")] = "result"
    profit: Annotated[Identifier, number("actual_profit", "profit", "pnl", "net_profit")] = "profit_loss"
    closing_price: Annotated[Identifier | None, number("closing_odds", "closing_price", "close_odds")] = "odds_close"
    placed_at: Annotated[Identifier, moment("placed_at", "bet_time", "bet_date")] = "created_at"
    settled_at: Annotated[Identifier | None, moment("settled_at", "resolved_at")] = "updated_at"


class BetsTable(Table):
    """The bets; under a result that is in none of the four lists its profit says what became of a bet."""

    table: TableName = "bets"
    won: Annotated[tuple[Text, ...], Field(min_length=1)] = ("won", "win")
    lost: Annotated[tuple[Text, ...], Field(min_length=1)] = ("lost", "loss")
    void: Annotated[tuple[Text, ...], Field(min_length=1)] = ("void", "push", "refunded", "cancelled")
    open: Annotated[tuple[Text, ...], Field(min_length=1)] = ("open", "pending", "placed", "unsettled", "running")
    columns: BetsColumns = BetsColumns()


class ViewColumns(Section):
    """Columns of the view of opportunities; `spreads` says which of those about spreads and odds are read."""

    match: MatchId = "match_id"
    league: League = "sport"
    home_team: HomeTeam = "home_team"
    away_team: AwayTeam = "away_team"
    kick_off: KickOff = "commence_time"
    bookmakers: Annotated[Identifier, number("bookmakers", "num_bookmakers")] = "bookmaker_count"
    last_update: Annotated[Identifier, moment("updated_at", "last_collected_at")] = "last_update"
    home_spread: Annotated[Identifier, number("home_spread")] = "home_spread_pct"
    draw_spread: Annotated[Identifier, number("draw_spread")] = "draw_spread_pct"
    away_spread: Annotated[Identifier, number("away_spread")] = "away_spread_pct"
    home_best: Annotated[Identifier | None, number("home_max", "best_home_odds", "home_best")] = "max_home_odds"
    home_worst: Annotated[Identifier | None, number("home_min", "worst_home_odds", "home_worst")] = "min_home_odds"
    draw_best: Annotated[Identifier | None, number("draw_max", "best_draw_odds", "draw_best")] = "max_draw_odds"
    draw_worst: Annotated[Identifier | None, number("draw_min", "worst_draw_odds", "draw_worst")] = "min_draw_odds"
    away_best: Annotated[Identifier | None, number("away_max", "best_away_odds", "away_best")] = "max_away_odds"
    away_worst: Annotated[Identifier | None, number("away_min", "worst_away_odds", "away_worst")] = "min_away_odds"
    spread: Annotated[Identifier, number("spread_pct", "max_spread_pct", "max_spread")] = "spread"


class View(Table):
    """The collector's own view of current opportunities."""

    table: TableName = "v_current_opportunities"
    spreads: Literal["per_outcome", "single"] = "per_outcome"
    columns: ViewColumns = ViewColumns()

    def read(self) -> Iterator[Column]:
        """Yield the columns that are read; those of the other form of spreads are not."""
        for column in super().read():
            single, per_outcome = column.key == "spread", column.key.endswith(("_spread", "_best", "_worst"))
            if not (per_outcome if self.spreads == "single" else single):
                yield column


class ResultsColumns(Section):
    """Columns of the results of matches: how each ended, in a word or in goals."""

    match: MatchId = "match_id"
    result: Annotated[Identifier | None, text("result", "full_time_result", "match_result", "winner", "ftr")] = None
    home_goals: Annotated[Identifier | None, number("home_goals", "home_score", "score_home", "fthg")] = None
    away_goals: Annotated[Identifier | None, number("away_goals", "away_score", "score_away", "ftag")] = None


class ResultsTable(Table):
    """The results of matches, read only where it is enabled; under a word that is in no list the goals count."""

    enabled: bool = False
    table: TableName = "results"
    home: Annotated[tuple[Text, ...], Field(min_length=1)] = ("home", "h", "1")
    draw: Annotated[tuple[Text, ...], Field(min_length=1)] = ("draw", "d", "x")
    away: Annotated[tuple[Text, ...], Field(min_length=1)] = ("away", "a", "2")
    none: Annotated[tuple[Text, ...], Field(min_length=1)] = ("open", "pending", "postponed", "abandoned", "cancelled")
    columns: ResultsColumns = ResultsColumns()

    @model_validator(mode="after")
    def _says_how_a_match_ended(self) -> Self:
        names = self.columns
        if (names.home_goals is None) != (names.away_goals is None):
            lacking = "home_goals" if names.home_goals is None else "away_goals"
            raise ValueError(f"columns has the goals of one team only; name the other's with columns.{lacking}")
        if self.enabled and names.result is None and names.home_goals is None:
            raise ValueError(
                "nothing says how a match ended; name the column of results with columns.result, or those of the "
                "goals with columns.home_goals and columns.away_goals"
            )
        return self


class Tables(Section):
    """The tables that are read, and their columns."""

    prices: Annotated[PricesPerMatch | PricesPerOutcome, Field(discriminator="form")] = PricesPerMatch()
    collections: CollectionsTable = CollectionsTable()
    bets: BetsTable = BetsTable()
    view: View = View()
    results: ResultsTable = ResultsTable()

    @model_validator(mode="before")
    @classmethod
    def _default_form(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("prices"), dict) and "form" not in data["prices"]:
            return {**data, "prices": {**data["prices"], "form": "per_match"}}
        return data
