"""How often prices are collected, and when a collection is late."""

from typing import Annotated

from pydantic import Field

from oddswatch.settings.fields import Interval, Section, seconds


class Collection(Section):
    """How often prices are collected, and how many collections a price stays current."""

    interval: Interval = "4h"
    lookback_intervals: Annotated[float, Field(ge=1, le=100)] = 1.5
    late_after_intervals: Annotated[float, Field(ge=1, le=100)] = 1.25
    silent_after_intervals: Annotated[float, Field(ge=1, le=100)] = 3
    forget_league_after: Interval = "7d"
    same_within: Interval = "10m"
    quota_per_month: Annotated[int, Field(ge=1)] = 500

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
