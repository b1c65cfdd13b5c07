"""The alert rules: when each fires, how urgent it is, and when it is over."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from oddswatch.settings.fields import Count, Duration, Errors, Money, Percent, Section, Severity, Signed


class AlertSettings(Section):
    """What every alert rule has in common."""

    enabled: bool = True
    severity: Severity = "warning"
    for_: Duration = Field(default="0s", alias="for")

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _Hysteresis(AlertSettings):
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


class ValueBet(AlertSettings):
    """An offer without a doubt that is worth `value.min_ev_pct` more than its price."""

    severity: Severity = "high"


class HighSpread(_Hysteresis):
    """A match and outcome with an unusually high spread, which says nothing about what the best price is worth."""

    severity: Severity = "info"
    threshold_pct: Percent = 50
    clear_pct: Percent = 45


class ManyOpportunities(_Hysteresis):
    """More than `threshold` opportunities at once."""

    severity: Severity = "info"
    for_: Duration = Field(default="2m", alias="for")
    threshold: Count = 20
    clear: Count = 15


class NewOpportunities(AlertSettings):
    """More than `threshold` opportunities that the collection before did not have."""

    severity: Severity = "info"
    threshold: Count = 5


class Surebet(_Hysteresis):
    """A match whose best prices guarantee a profit; above `suspicious_price.threshold_pct` it is not believed."""

    severity: Severity = "high"
    threshold_pct: Percent = 1
    clear_pct: Percent = 0.5
    min_bookmakers: Annotated[int, Field(ge=2)] = 3


class SuspiciousPrice(AlertSettings):
    """A match whose best prices would guarantee more profit than any market gives away."""

    severity: Severity = "info"
    threshold_pct: Percent = 10


class Steam(_Hysteresis):
    """A price that fell together at the bookmakers within `moves.window`, at `moves.min_bookmakers` or more of them."""

    enabled: bool = False
    severity: Severity = "info"
    threshold_pct: Annotated[float, Field(gt=0, lt=100)] = 10
    clear_pct: Annotated[float, Field(gt=0, lt=100)] = 5


class _BelowOfBets(_Hysteresis):
    """Something falls below a limit, counted only from a minimum number of settled bets on."""

    fires_above: ClassVar[bool] = False
    min_settled_bets: Count = 20


class Bankroll(_BelowOfBets):
    """Fewer than `threshold_luck_pct` of all good bettors would have fallen this low; or plainly, below `threshold`."""

    severity: Severity = "critical"
    for_: Duration = Field(default="5m", alias="for")
    by: Literal["luck", "threshold"] = "luck"
    threshold_luck_pct: Percent = 2
    clear_luck_pct: Percent = 4
    threshold: Money = 900
    clear: Money = 920

    @property
    def limit(self) -> float:
        """Below what it fires."""
        return self.threshold_luck_pct if self.by == "luck" else self.threshold

    @property
    def clear_limit(self) -> float:
        """From what on it is over."""
        return self.clear_luck_pct if self.by == "luck" else self.clear


class _BelowByErrors(_BelowOfBets):
    """Something falls below break-even by `threshold_errors` standard errors; or plainly, below `threshold_pct`."""

    by: Literal["errors", "threshold"] = "errors"
    threshold_errors: Errors = -2.5
    clear_errors: Errors = -2
    threshold_pct: Signed
    clear_pct: Signed

    @property
    def limit(self) -> float:
        """Below what it fires."""
        return self.threshold_errors if self.by == "errors" else self.threshold_pct

    @property
    def clear_limit(self) -> float:
        """From what on it is over."""
        return self.clear_errors if self.by == "errors" else self.clear_pct


class Yield(_BelowByErrors):
    """Profit / staked is low."""

    severity: Severity = "critical"
    for_: Duration = Field(default="10m", alias="for")
    threshold_pct: Signed = 0
    clear_pct: Signed = 1


class WinRate(_BelowByErrors):
    """Won / (won + lost) is low."""

    for_: Duration = Field(default="30m", alias="for")
    threshold_pct: Percent = 50
    clear_pct: Percent = 52


class CollectorLate(AlertSettings):
    """A league was not collected for longer than `collection.late_after_intervals`."""


class CollectorStuck(AlertSettings):
    """A league was not collected for twice as long."""

    severity: Severity = "critical"


class FailedCollections(AlertSettings):
    """The last `threshold` collections of a league failed."""

    threshold: Annotated[int, Field(ge=1)] = 3


class QuotaRunsOut(_Hysteresis):
    """At the present pace the quota is used up `threshold_days` or more before the month ends."""

    threshold_days: Annotated[float, Field(ge=0, le=31)] = 1
    clear_days: Annotated[float, Field(ge=0, le=31)] = 0.5


class BookmakerSilent(AlertSettings):
    """A bookmaker has had no price for `collection.silent_after_intervals`, while others had."""


class NothingStored(AlertSettings):
    """The last `threshold` successful collections of a league left no price behind."""

    severity: Severity = "critical"
    threshold: Annotated[int, Field(ge=1)] = 2


class Watch(AlertSettings):
    """The database cannot be asked, or a configured table or column is gone."""

    severity: Severity = "critical"
    for_: Duration = Field(default="10s", alias="for")


class Alerts(Section):
    """The alert rules."""

    value_bet: ValueBet = ValueBet()
    high_spread: HighSpread = HighSpread()
    many_opportunities: ManyOpportunities = ManyOpportunities()
    new_opportunities: NewOpportunities = NewOpportunities()
    surebet: Surebet = Surebet()
    suspicious_price: SuspiciousPrice = SuspiciousPrice()
    steam: Steam = Steam()
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
