"""Who gets mails, when, and where they lead to."""

from typing import Annotated, Self, get_args

from pydantic import ConfigDict, Field, model_validator

from oddswatch.settings.fields import ClockTime, Duration, Interval, Section, Weekday, matching

# Either the name of an environment variable of Grafana's (capitals), or addresses.
Receivers = Annotated[
    str,
    matching(
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


PageAddress = Annotated[str, matching(r"https?://[^\s$#{}]+", "must be the address of a page, without a part after #")]


class Links(Section):
    """Addresses that mails lead to."""

    runbook: PageAddress | None = None


class Mail(Section):
    """Who gets mails, how they are grouped and repeated."""

    to: MailReceivers = MailReceivers()
    group_wait: Duration = "30s"
    group_wait_urgent: Duration = "1s"
    group_interval: Interval = "1m"
    repeat_interval: Interval = "24h"
    quiet_hours: QuietHours = QuietHours()
    policy_tree: bool = False
