"""The settings of one site, every key with a default; `oddswatch.settings.reading` reads them from `config.yml`.

The models in this room are the reference of all keys; the comments in `config.yml` explain them to a person.
"""

import difflib
from datetime import datetime
from math import ceil
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from oddswatch.settings.alerts import Alerts
from oddswatch.settings.channels import Channels
from oddswatch.settings.collection import Collection
from oddswatch.settings.fields import PASSED_DAY, Percent, Section, Text
from oddswatch.settings.grafana import Grafana
from oddswatch.settings.mail import Links, Mail
from oddswatch.settings.tables import Table, Tables
from oddswatch.settings.value import Bookmakers, Moves, Proof, Value


class Opportunities(Section):
    """What counts as an opportunity."""

    source: Literal["prices", "view"] = "prices"
    min_spread_pct: Percent = 5
    min_bookmakers: Annotated[int, Field(ge=2)] = 2
    max_price: Annotated[float, Field(gt=1, allow_inf_nan=False)] = 1000


class Bets(Section):
    """What the bets are held against."""

    starting_bankroll: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1000


class Settings(Section):
    """All settings of one site."""

    times: Literal["naive_utc", "timestamptz"] = "naive_utc"
    time_zone: str = "Europe/Paris"
    leagues: dict[Text, Text] = Field(default_factory=dict)
    tables: Tables = Tables()
    collection: Collection = Collection()
    opportunities: Opportunities = Opportunities()
    bookmakers: Bookmakers = Bookmakers()
    value: Value = Value()
    moves: Moves = Moves()
    proof: Proof = Proof()
    bets: Bets = Bets()
    alerts: Alerts = Alerts()
    mail: Mail = Mail()
    channels: Channels = Channels()
    links: Links = Links()
    grafana: Grafana = Grafana()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            close = difflib.get_close_matches(value, available_timezones(), n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"unknown time zone {value!r}{hint}")
        return value

    @model_validator(mode="after")
    def _spreads_reach_the_mail(self) -> Self:
        alert = self.alerts.high_spread
        if alert.enabled and self.opportunities.min_spread_pct > alert.clear_pct:
            raise PydanticCustomError(
                "conflict",
                "opportunities.min_spread_pct is above alerts.high_spread.clear_pct, but narrower spreads are no "
                "opportunities and no alert is about them; lower the one or raise the other",
                {"keys": ("opportunities.min_spread_pct", "alerts.high_spread.clear_pct")},
            )
        return self

    @model_validator(mode="after")
    def _proof_has_begun(self) -> Self:
        since = self.proof.since
        if since and since > datetime.now(self.zone).date():
            message = f"proof.since: {PASSED_DAY}, not {since}"
            raise PydanticCustomError("conflict", message, {"keys": ("proof.since",)})
        return self

    @property
    def tables_read(self) -> dict[str, Table]:
        """The tables that are read, by their keys; those that a site need not have only where it says so."""
        found: dict[str, Table] = {
            "prices": self.tables.prices,
            "collections": self.tables.collections,
            "bets": self.tables.bets,
        }
        if self.opportunities.source == "view":
            found["view"] = self.tables.view
        if self.tables.results.enabled:
            found["results"] = self.tables.results
        return found

    @property
    def proof_step(self) -> int:
        """Seconds between the moments at which Proof looks for past matches: one collected for less may be missed.

        0 where collections are so rare that all of `proof.window` is looked through.
        """
        interval = self.collection.interval_seconds
        # A window of a year has no more moments than one of a month has days to be read.
        return 0 if interval >= 14400 else max(21600, interval * 48, ceil(self.proof.window_seconds / 128))

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which mails and quiet hours are written."""
        return ZoneInfo(self.time_zone)
