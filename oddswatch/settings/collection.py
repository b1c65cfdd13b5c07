"""How often prices are collected, and when a collection is late."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from oddswatch.settings.fields import Interval, Section, seconds


class Collection(Section):
    """How often prices are collected, and how many collections a price stays current."""

    interval: Interval = "4h"
    lookback_intervals: Annotated[float, Field(ge=1, le=100)] = 1.5
    late_after_intervals: Annotated[float, Field(ge=1, le=100)] = 1.25
    silent_after_intervals: Annotated[float, Field(ge=1, le=100)] = 3
    forget_league_after: Interval = "7d"
    forget_bookmaker_after: Interval = "2d"
    same_within: Interval = "10m"
    quota_per_month: Annotated[int, Field(ge=1)] = 500

    @model_validator(mode="after")
    def _bookmakers_are_silent_before_they_are_forgotten(self) -> Self:
        if self.forget_bookmaker_seconds <= self.silent_seconds:
            raise PydanticCustomError(
                "conflict",
                "collection.forget_bookmaker_after must be longer than silent_after_intervals x interval, or no "
                "bookmaker is ever silent; set it to more than {silent}s",
                {
                    "silent": self.silent_seconds,
                    "keys": tuple(
                        f"collection.{key}" for key in ("forget_bookmaker_after", "silent_after_intervals", "interval")
                    ),
                },
            )
        return self

    @property
    def interval_seconds(self) -> int:
        """Seconds between two collections."""
        return seconds(self.interval)

    @property
    def quiet_seconds(self) -> int:
        """Seconds after its last row when a collection counts whatever it holds."""
        return 30

    @property
    def same_seconds(self) -> float:
        """Seconds that one collection of a match may span; prices further apart were never offered together."""
        return min(seconds(self.same_within), self.interval_seconds / 2)

    @property
    def lookback_seconds(self) -> int:
        """Seconds after which a price is no longer current."""
        return round(seconds(self.interval) * self.lookback_intervals)

    @property
    def late_seconds(self) -> int:
        """Seconds after which a league's next collection is late."""
        return round(seconds(self.interval) * self.late_after_intervals)

    @property
    def stuck_seconds(self) -> int:
        """Seconds without a collection after which a league's collector is stuck."""
        return self.late_seconds * 2

    @property
    def silent_seconds(self) -> int:
        """Seconds after which a bookmaker without a new price has gone silent."""
        return round(seconds(self.interval) * self.silent_after_intervals)

    @property
    def forget_seconds(self) -> int:
        """Seconds a league may be behind the others before its season counts as over."""
        return seconds(self.forget_league_after)

    @property
    def forget_bookmaker_seconds(self) -> int:
        """Seconds after which a silent bookmaker is gone from the lists."""
        return seconds(self.forget_bookmaker_after)
