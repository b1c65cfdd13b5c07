"""What a price is worth: the fair chance, when an offer above it is worth a bet, and how signals are proven."""

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from oddswatch.settings.fields import Day, Duration, Interval, Percent, Section, Text, seconds

Commission = Annotated[float, Field(ge=0, le=50, allow_inf_nan=False)]


#: What the usual exchanges keep of a profit, in percent.
_COMMISSION_PCT: dict[str, float] = {
    "betfair_ex_eu": 5,
    "betfair_ex_uk": 5,
    "betfair_ex_au": 5,
    "matchbook": 2,
    "smarkets": 2,
}


class Bookmakers(Section):
    """The bookmakers: what people call them, what exchanges keep of a profit, and where a person can bet."""

    names: dict[Text, Text] = Field(default_factory=dict)
    mine: tuple[Text, ...] = ()
    commission_pct: dict[Text, Commission] = Field(default_factory=lambda: dict(_COMMISSION_PCT))

    @field_validator("commission_pct")
    @classmethod
    def _beside_the_usual(cls, given: dict[str, float]) -> dict[str, float]:
        """Whoever names one exchange keeps the others: offers without their commission seem profits that are none."""
        return {**_COMMISSION_PCT, **given}

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        shared = [name for name, count in Counter(self.names.values()).items() if count > 1]
        if shared:
            raise ValueError(f"names gives {shared[0]!r} to two bookmakers, whose curves would be one")
        return self


class Value(Section):
    """The fair price, and when an offer above it is worth a bet; reasons in docs/betting.md."""

    fair: Literal["sharp", "consensus"] = "sharp"
    sharp: Annotated[tuple[Text, ...], Field(min_length=1)] = ("pinnacle", "betfair_ex_eu")
    method: Literal["power", "shin", "additive", "multiplicative"] = "power"
    min_ev_pct: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 2
    max_ev_pct: Percent = 12
    min_bookmakers: Annotated[int, Field(ge=3)] = 4
    max_price: Annotated[float, Field(gt=1, allow_inf_nan=False)] = 6
    alone_pct: Percent = 15
    stakes: bool = True
    kelly_fraction: Annotated[float, Field(gt=0, le=1)] = 0.25
    max_stake_pct: Annotated[float, Field(gt=0, le=100)] = 2

    @property
    def clear_ev_pct(self) -> float:
        """The value below which an alert about an offer is over."""
        return self.min_ev_pct / 2

    @model_validator(mode="after")
    def _room_for_value(self) -> Self:
        if self.min_ev_pct >= self.max_ev_pct:
            raise ValueError("min_ev_pct must be below max_ev_pct, or nothing would ever be worth a bet")
        return self


class Moves(Section):
    """When prices that fall together count as a move."""

    window: Interval = "24h"
    drop_pct: Annotated[float, Field(gt=0, lt=100)] = 10
    min_bookmakers: Annotated[int, Field(ge=2)] = 4

    @property
    def window_seconds(self) -> int:
        """Seconds back to the prices that today's are compared with."""
        return seconds(self.window)


class Proof(Section):
    """What past signals are held against."""

    window: Interval = "30d"
    since: Day | None = None
    closing_within: Duration = "6h"
    sample_rows: Annotated[int, Field(ge=1000)] = 200_000

    @property
    def window_seconds(self) -> int:
        """Seconds back from now in which matches must have started to be judged."""
        return seconds(self.window)

    @property
    def closing_seconds(self) -> int:
        """Seconds before kick-off in which a collection can be the close, where collections are frequent enough."""
        return seconds(self.closing_within)
