"""The tables that are read, and their columns."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from oddswatch.settings.fields import Identifier, Section, TableName, Text


class MatchColumns(Section):
    """Columns that name the match, the bookmaker and the league of a price."""

    match: Identifier = "match_id"
    league: Identifier = "sport"
    home_team: Identifier = "home_team"
    away_team: Identifier = "away_team"
    kick_off: Identifier = "commence_time"
    bookmaker: Identifier = "bookmaker"


class PerMatchColumns(MatchColumns):
    """One row per match, bookmaker and collection."""

    home_odds: Identifier = "home_odds"
    draw_odds: Identifier = "draw_odds"
    away_odds: Identifier = "away_odds"
    collected_at: Identifier = "collected_at"


class PerOutcomeColumns(MatchColumns):
    """One row per match, bookmaker, outcome and collection."""

    outcome: Identifier = "outcome"
    price: Identifier = "odds_value"
    collected_at: Identifier = "created_at"


class PricesPerMatch(Section):
    """The table of prices in the wide form."""

    form: Literal["per_match"] = "per_match"
    table: TableName = "odds_history"
    columns: PerMatchColumns = PerMatchColumns()


class PricesPerOutcome(Section):
    """The table of prices in the long form."""

    form: Literal["per_outcome"]
    table: TableName = "odds"
    columns: PerOutcomeColumns = PerOutcomeColumns()


class CollectionsColumns(Section):
    """Columns of the log of collections."""

    league: Identifier = "sport"
    matches: Identifier = "matches_count"
    prices_stored: Identifier = "odds_stored"
    opportunities: Identifier = "opportunities_detected"
    requests_left: Identifier = "api_requests_remaining"
    duration: Identifier = "execution_time_seconds"
    status: Identifier = "status"
    error: Identifier = "error_message"
    collected_at: Identifier = "collected_at"


class CollectionsTable(Section):
    """The log of collections."""

    table: TableName = "collection_logs"
    success: Annotated[tuple[Text, ...], Field(min_length=1)] = ("success", "ok", "completed")
    columns: CollectionsColumns = CollectionsColumns()


class BetsColumns(Section):
    """Columns of the bets; `profit` is `actual_profit` in some installations, the optional ones are missing in some."""

    match: Identifier = "match_id"
    outcome: Identifier = "outcome"
    bookmaker: Identifier = "bookmaker"
    price: Identifier = "odds_value"
    stake: Identifier = "stake"
    bet_type: Identifier | None = "bet_type"
    result: Identifier = "result"
    profit: Identifier = "profit_loss"
    closing_price: Identifier | None = "odds_close"
    placed_at: Identifier = "created_at"
    settled_at: Identifier | None = "updated_at"


class BetsTable(Section):
    """The bets; a result that is none of the three lists means that the bet is open."""

    table: TableName = "bets"
    won: Annotated[tuple[Text, ...], Field(min_length=1)] = ("won", "win")
    lost: Annotated[tuple[Text, ...], Field(min_length=1)] = ("lost", "loss")
    void: Annotated[tuple[Text, ...], Field(min_length=1)] = ("void", "push", "refunded", "cancelled")
    columns: BetsColumns = BetsColumns()


class ViewColumns(Section):
    """Columns of the view of opportunities; which spread columns are read depends on `spreads`."""

    match: Identifier = "match_id"
    league: Identifier = "sport"
    home_team: Identifier = "home_team"
    away_team: Identifier = "away_team"
    kick_off: Identifier = "commence_time"
    bookmakers: Identifier = "bookmaker_count"
    last_update: Identifier = "last_update"
    home_spread: Identifier = "home_spread_pct"
    draw_spread: Identifier = "draw_spread_pct"
    away_spread: Identifier = "away_spread_pct"
    spread: Identifier = "spread"


class View(Section):
    """The collector's own view of current opportunities."""

    table: TableName = "v_current_opportunities"
    spreads: Literal["per_outcome", "single"] = "per_outcome"
    columns: ViewColumns = ViewColumns()


class Tables(Section):
    """The tables that are read, and their columns."""

    prices: Annotated[PricesPerMatch | PricesPerOutcome, Field(discriminator="form")] = PricesPerMatch()
    collections: CollectionsTable = CollectionsTable()
    bets: BetsTable = BetsTable()
    view: View = View()

    @model_validator(mode="before")
    @classmethod
    def _default_form(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("prices"), dict) and "form" not in data["prices"]:
            return {**data, "prices": {**data["prices"], "form": "per_match"}}
        return data
