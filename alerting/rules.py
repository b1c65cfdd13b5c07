"""The alert rules: what is watched, when it fires, and where it leads.

Every rule is a file in `metrics/alerts/` (its instances, its value and its texts), its keys in `settings.Alerts`, an
entry in `rules` below, and a section in docs/runbook.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oddswatch.names import LABEL, anchor, rule_uid
from oddswatch.settings.alerts import AlertSettings
from oddswatch.settings.site import Settings


@dataclass(frozen=True)
class Threshold:
    """Fires at `fires` (`gte`, `gt`, `lt` …), and is over only when `clears` holds."""

    fires: tuple[str, float]
    clears: tuple[str, float] | None = None


@dataclass(frozen=True)
class Text:
    """Subject and body of a rule whose query cannot say them."""

    subject: str
    body: str


@dataclass(frozen=True)
class Rule:
    """One alert rule.

    Attributes:
        name: its file in `metrics/alerts/`, its key in the configuration and, with the prefix, its uid.
        dashboard: name of the dashboard whose panel shows the alert's state.
        panel: key of that panel.
        group: a key of `alerting.groups.INTERVALS`.
        no_data: Grafana's `noDataState`; the rule's section in docs/runbook.md says why.
        error: Grafana's `execErrState`: `Alerting` for the one rule that tells of failing queries.
        page: name of the dashboard that the mail leads to; that of the panel by default.
        chosen: variables of that dashboard, and the column with their value.
        text: stands in for the columns `subject` and `body`.
    """

    name: str
    title: str
    settings: AlertSettings
    threshold: Threshold
    dashboard: str
    panel: str
    group: str
    no_data: str = "OK"
    error: str = "KeepLast"
    page: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    text: Text | None = None

    @property
    def uid(self) -> str:
        """The rule's uid in Grafana."""
        return rule_uid(self.name)

    @property
    def labels(self) -> dict[str, str]:
        """What all its alerts carry beside the columns of their identity."""
        return {**LABEL, "severity": self.settings.severity}

    @property
    def anchor(self) -> str:
        """The rule's section in docs/runbook.md."""
        return anchor(self.name)


def rules(settings: Settings) -> list[Rule]:
    """All rules of this site, those switched off included."""
    return [_watch(settings), *_finds(settings), *_market(settings), *_collector(settings), *_money(settings)]


def _watch(settings: Settings) -> Rule:
    """The watch itself. It alone fires when a query fails."""
    return Rule(
        name="watch",
        title="Watch",
        settings=settings.alerts.watch,
        threshold=Threshold(("gt", 0)),
        dashboard="health",
        panel="status",
        group="watch",
        error="Alerting",
        text=Text(
            "The odds database cannot be read",
            "The database does not answer, or a configured table or column is gone. No other alert can begin or end "
            "until this is over.",
        ),
    )


def _finds(settings: Settings) -> list[Rule]:
    """What is worth a bet."""
    high_spread, surebet, least = settings.alerts.high_spread, settings.alerts.surebet, settings.value.min_ev_pct
    return [
        Rule(
            name="value_bet",
            title="Value bet",
            settings=settings.alerts.value_bet,
            threshold=Threshold(("gte", least), ("lt", least / 2)),
            dashboard="opportunities",
            panel="value-bets",
            group="finds",
            page="match",
            chosen={"match": "match_id"},
        ),
        Rule(
            name="high_spread",
            title="High spread",
            settings=high_spread,
            threshold=Threshold(("gte", high_spread.threshold_pct), ("lt", high_spread.clear_pct)),
            dashboard="opportunities",
            panel="opportunities",
            group="finds",
            page="match",
            chosen={"match": "match_id"},
        ),
        Rule(
            name="surebet",
            title="Surebet",
            settings=surebet,
            threshold=Threshold(("gte", surebet.threshold_pct), ("lt", surebet.clear_pct)),
            dashboard="opportunities",
            panel="surebets",
            group="finds",
            page="match",
            chosen={"match": "match_id"},
        ),
    ]


def _market(settings: Settings) -> list[Rule]:
    """What is good to know about the prices."""
    alerts = settings.alerts
    return [
        Rule(
            name="many_opportunities",
            title="Many opportunities",
            settings=alerts.many_opportunities,
            threshold=Threshold(("gt", alerts.many_opportunities.threshold), ("lt", alerts.many_opportunities.clear)),
            dashboard="opportunities",
            panel="count",
            group="market",
        ),
        Rule(
            name="new_opportunities",
            title="New opportunities",
            settings=alerts.new_opportunities,
            # No gap: the number changes with a collection only, and then it is another number.
            threshold=Threshold(("gt", alerts.new_opportunities.threshold)),
            dashboard="opportunities",
            panel="over-time",
            group="market",
        ),
        Rule(
            name="suspicious_price",
            title="Suspicious price",
            settings=alerts.suspicious_price,
            # No gap: at or below the limit it is a surebet, and must not be both.
            threshold=Threshold(("gt", alerts.suspicious_price.threshold_pct)),
            dashboard="opportunities",
            panel="surebets",
            group="market",
            page="match",
            chosen={"match": "match_id"},
        ),
        Rule(
            name="steam",
            title="Steam",
            settings=alerts.steam,
            threshold=Threshold(("gte", alerts.steam.threshold_pct), ("lt", alerts.steam.clear_pct)),
            dashboard="opportunities",
            panel="moves",
            group="market",
            page="match",
            chosen={"match": "match_id"},
        ),
    ]


def _collector(settings: Settings) -> list[Rule]:
    """What is wrong with the collector. Hardly any gaps: a collection brings these values back to their best."""
    alerts, collection = settings.alerts, settings.collection
    quota = alerts.quota_runs_out
    return [
        Rule(
            name="collector_late",
            title="Collector late",
            settings=alerts.collector_late,
            threshold=Threshold(("gt", collection.late_seconds)),
            dashboard="health",
            panel="status",
            group="collector",
        ),
        Rule(
            name="collector_stuck",
            title="Collector stuck",
            settings=alerts.collector_stuck,
            threshold=Threshold(("gt", collection.late_seconds * 2)),
            dashboard="health",
            panel="status",
            group="collector",
        ),
        Rule(
            name="failed_collections",
            title="Failed collections",
            settings=alerts.failed_collections,
            threshold=Threshold(("gte", alerts.failed_collections.threshold)),
            dashboard="health",
            panel="errors",
            group="collector",
        ),
        Rule(
            name="nothing_stored",
            title="Nothing stored",
            settings=alerts.nothing_stored,
            threshold=Threshold(("gte", alerts.nothing_stored.threshold)),
            dashboard="health",
            panel="stored",
            group="collector",
        ),
        Rule(
            name="bookmaker_silent",
            title="Bookmaker silent",
            settings=alerts.bookmaker_silent,
            threshold=Threshold(("gt", collection.silent_seconds)),
            dashboard="health",
            panel="bookmakers",
            group="collector",
            no_data="KeepLast",
        ),
        Rule(
            name="quota_runs_out",
            title="Quota runs out",
            settings=quota,
            threshold=Threshold(("gte", quota.threshold_days), ("lt", quota.clear_days)),
            dashboard="health",
            panel="forecast",
            group="collector",
        ),
    ]


def _money(settings: Settings) -> list[Rule]:
    """What the bets say."""
    alerts = settings.alerts
    return [
        Rule(
            name="bankroll",
            title="Bankroll low",
            settings=alerts.bankroll,
            threshold=Threshold(("lt", alerts.bankroll.threshold), ("gte", alerts.bankroll.clear)),
            dashboard="performance",
            panel="bankroll",
            group="money",
        ),
        Rule(
            name="yield",
            title="Yield low",
            settings=alerts.yield_,
            threshold=Threshold(("lt", alerts.yield_.threshold_pct), ("gte", alerts.yield_.clear_pct)),
            dashboard="performance",
            panel="yield",
            group="money",
        ),
        Rule(
            name="win_rate",
            title="Win rate low",
            settings=alerts.win_rate,
            threshold=Threshold(("lt", alerts.win_rate.threshold_pct), ("gte", alerts.win_rate.clear_pct)),
            dashboard="performance",
            panel="win-rate",
            group="money",
        ),
    ]
