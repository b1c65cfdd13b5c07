"""The settings of one site, every key with a default; `oddswatch.settings.reading` reads them from `config.yml`.

The models below are the reference of all keys; the comments in `config.yml` explain them to a person.
"""

import difflib
import re
from typing import Annotated, Any, ClassVar, Literal, Self, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator


def _matching(pattern: str, saying: str) -> AfterValidator:
    """A check whose complaint says what would be right instead of showing a pattern."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(saying)
        return value

    return AfterValidator(check)


# `$` would reach Grafana's macro expansion, a NUL cannot be in an identifier; the length is PostgreSQL's.
Identifier = Annotated[
    str, _matching(r"[^$\x00-\x1f]{1,63}", "must be a name of 1 to 63 characters, without $ and control characters")
]
TableName = Annotated[
    str,
    _matching(
        r"[^$.\x00-\x1f]{1,63}(\.[^$.\x00-\x1f]{1,63})?",
        "must be table or schema.table, each of 1 to 63 characters, without $ and control characters",
    ),
]
# Texts that become part of a query.
Text = Annotated[str, _matching(r"[^$\x00-\x1f]{1,200}", "must be one line without $, which Grafana would expand")]
Duration = Annotated[str, _matching(r"[0-9]{1,6}[smhd]", "must be a duration such as 90s, 5m, 4h or 2d")]
Severity = Literal["critical", "high", "warning", "info"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ClockTime = Annotated[str, _matching(r"([01][0-9]|2[0-3]):[0-5][0-9]", 'must be a time of day such as "22:00"')]
Percent = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Signed = Annotated[float, Field(ge=-100, le=100_000, allow_inf_nan=False)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(duration: str) -> int:
    """Return a duration such as `90s` or `4h` in seconds."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


class Section(BaseModel):
    """A part of the configuration: unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


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


class Collection(Section):
    """How often prices are collected, and how many collections a price stays current."""

    interval: Duration = "4h"
    lookback_intervals: Annotated[float, Field(ge=1, le=100)] = 1.5
    late_after_intervals: Annotated[float, Field(ge=1, le=100)] = 1.25
    silent_after_intervals: Annotated[float, Field(ge=1, le=100)] = 3
    forget_league_after: Duration = "7d"
    quota_per_month: Annotated[int, Field(ge=1)] = 500

    @field_validator("interval")
    @classmethod
    def _not_zero(cls, value: str) -> str:
        if seconds(value) == 0:
            raise ValueError("an interval must be longer than 0")
        return value

    @property
    def interval_seconds(self) -> int:
        """Seconds between two collections."""
        return seconds(self.interval)

    @property
    def lookback_seconds(self) -> int:
        """Seconds after which a price is no longer current."""
        return round(seconds(self.interval) * self.lookback_intervals)

    @property
    def late_seconds(self) -> int:
        """Seconds after which a league's next collection is late; after twice as many the collector is stuck."""
        return round(seconds(self.interval) * self.late_after_intervals)

    @property
    def silent_seconds(self) -> int:
        """Seconds after which a bookmaker without a new price has gone silent."""
        return round(seconds(self.interval) * self.silent_after_intervals)

    @property
    def forget_seconds(self) -> int:
        """Seconds a league may be behind the others before its season counts as over."""
        return seconds(self.forget_league_after)


class Opportunities(Section):
    """What counts as an opportunity."""

    source: Literal["prices", "view"] = "prices"
    min_spread_pct: Percent = 5
    min_bookmakers: Annotated[int, Field(ge=2)] = 2
    max_price: Annotated[float, Field(gt=1, allow_inf_nan=False)] = 1000


class Bets(Section):
    """What the bets are held against."""

    starting_bankroll: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1000


class Rule(Section):
    """What every alert rule has in common."""

    enabled: bool = True
    severity: Severity = "warning"
    for_: Duration = Field(default="0s", alias="for")

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _Hysteresis(Rule):
    """A rule that is over only when its value has come back some way behind the threshold."""

    fires_above: ClassVar[bool] = True

    @model_validator(mode="after")
    def _gap(self) -> Self:
        for name in type(self).model_fields:
            if not name.startswith("clear"):
                continue
            behind = name.replace("clear", "threshold")
            wrong = getattr(self, name) > getattr(self, behind)
            if not self.fires_above:
                wrong = getattr(self, name) < getattr(self, behind)
            if wrong:
                raise ValueError(f"{name} must not be {'above' if self.fires_above else 'below'} {behind}")
        return self


class HighSpread(_Hysteresis):
    """A match and outcome with an unusually high spread."""

    severity: Severity = "high"
    threshold_pct: Percent = 50
    clear_pct: Percent = 45


class ManyOpportunities(_Hysteresis):
    """More than `threshold` opportunities at once."""

    severity: Severity = "info"
    for_: Duration = Field(default="2m", alias="for")
    threshold: Count = 20
    clear: Count = 15


class NewOpportunities(Rule):
    """More than `threshold` opportunities that the collection before did not have."""

    severity: Severity = "info"
    threshold: Count = 5


class Surebet(_Hysteresis):
    """A match whose best prices guarantee a profit; above `suspicious_price.threshold_pct` it is not believed."""

    severity: Severity = "high"
    threshold_pct: Percent = 1
    clear_pct: Percent = 0.5
    min_bookmakers: Annotated[int, Field(ge=2)] = 3


class SuspiciousPrice(Rule):
    """A match whose best prices would guarantee more profit than any market gives away."""

    severity: Severity = "info"
    threshold_pct: Percent = 10


class _BelowOfBets(_Hysteresis):
    """Something falls below a limit, counted only from a minimum number of settled bets on."""

    fires_above: ClassVar[bool] = False
    min_settled_bets: Count = 20


class Bankroll(_BelowOfBets):
    """The bankroll falls below `threshold`, in the currency of the stakes."""

    severity: Severity = "critical"
    for_: Duration = Field(default="5m", alias="for")
    threshold: Money = 900
    clear: Money = 920


class Yield(_BelowOfBets):
    """Profit / staked falls below `threshold_pct`."""

    severity: Severity = "critical"
    for_: Duration = Field(default="10m", alias="for")
    threshold_pct: Signed = 0
    clear_pct: Signed = 1


class WinRate(_BelowOfBets):
    """Won / (won + lost) falls below `threshold_pct`."""

    for_: Duration = Field(default="30m", alias="for")
    threshold_pct: Percent = 50
    clear_pct: Percent = 52


class CollectorLate(Rule):
    """A league was not collected for longer than `collection.late_after_intervals`."""


class CollectorStuck(Rule):
    """A league was not collected for twice as long."""

    severity: Severity = "critical"


class FailedCollections(Rule):
    """The last `threshold` collections of a league failed."""

    threshold: Annotated[int, Field(ge=1)] = 3


class QuotaRunsOut(_Hysteresis):
    """At the present pace the quota is used up `threshold_days` or more before the month ends."""

    threshold_days: Annotated[float, Field(ge=0, le=31)] = 1
    clear_days: Annotated[float, Field(ge=0, le=31)] = 0.5


class BookmakerSilent(Rule):
    """A bookmaker has had no price for `collection.silent_after_intervals`, while others had."""


class NothingStored(Rule):
    """The last `threshold` successful collections of a league left no price behind."""

    severity: Severity = "critical"
    threshold: Annotated[int, Field(ge=1)] = 2


class Watch(Rule):
    """The database cannot be asked, or a configured table or column is gone."""

    severity: Severity = "critical"
    for_: Duration = Field(default="10s", alias="for")


class Alerts(Section):
    """The alert rules."""

    high_spread: HighSpread = HighSpread()
    many_opportunities: ManyOpportunities = ManyOpportunities()
    new_opportunities: NewOpportunities = NewOpportunities()
    surebet: Surebet = Surebet()
    suspicious_price: SuspiciousPrice = SuspiciousPrice()
    bankroll: Bankroll = Bankroll()
    yield_: Yield = Field(default=Yield(), alias="yield")
    win_rate: WinRate = WinRate()
    collector_late: CollectorLate = CollectorLate()
    collector_stuck: CollectorStuck = CollectorStuck()
    failed_collections: FailedCollections = FailedCollections()
    quota_runs_out: QuotaRunsOut = QuotaRunsOut()
    bookmaker_silent: BookmakerSilent = BookmakerSilent()
    nothing_stored: NothingStored = NothingStored()
    watch: Watch = Watch()

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="after")
    def _believable(self) -> Self:
        if self.surebet.threshold_pct > self.suspicious_price.threshold_pct:
            raise ValueError("surebet.threshold_pct must not be above suspicious_price.threshold_pct")
        return self


# Either the name of an environment variable of Grafana's (capitals), or addresses.
Receivers = Annotated[
    str,
    _matching(
        r"[A-Z][A-Z0-9_]*|[^$\s,;]+@[^$\s,;]+([,;] ?[^$\s,;]+@[^$\s,;]+)*",
        "must be mail addresses with commas between them, or the NAME of an environment variable that holds them",
    ),
]


class MailReceivers(Section):
    """Who gets the mails of a severity."""

    critical: Receivers = "ALERT_EMAILS"
    high: Receivers = "ALERT_EMAILS"
    warning: Receivers = "ALERT_EMAILS"
    info: Receivers = "ALERT_EMAILS"


class QuietHours(Section):
    """Hours, in the configured time zone, in which mails of the severities info and warning wait."""

    enabled: bool = False
    from_: ClockTime = Field(default="22:00", alias="from")
    to: ClockTime = "07:00"
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = get_args(Weekday)

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.from_ == self.to:
            raise ValueError("from and to must differ")
        return self


PageAddress = Annotated[str, _matching(r"https?://[^\s$#{}]+", "must be the address of a page, without a part after #")]


class Links(Section):
    """Addresses that mails lead to."""

    runbook: PageAddress | None = None


class Mail(Section):
    """Who gets mails, how they are grouped and repeated."""

    to: MailReceivers = MailReceivers()
    group_wait: Duration = "30s"
    group_wait_urgent: Duration = "10s"
    group_interval: Duration = "1m"
    repeat_interval: Duration = "24h"
    quiet_hours: QuietHours = QuietHours()
    policy_tree: bool = False


class Settings(Section):
    """All settings of one site."""

    times: Literal["naive_utc", "timestamptz"] = "naive_utc"
    time_zone: str = "Europe/Paris"
    leagues: dict[Text, Text] = {}
    tables: Tables = Tables()
    collection: Collection = Collection()
    opportunities: Opportunities = Opportunities()
    bets: Bets = Bets()
    alerts: Alerts = Alerts()
    mail: Mail = Mail()
    links: Links = Links()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            close = difflib.get_close_matches(value, available_timezones(), n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"unknown time zone {value!r}{hint}")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which mails and quiet hours are written."""
        return ZoneInfo(self.time_zone)
