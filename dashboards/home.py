"""Home: is it working, is there something to bet on, am I winning?"""

from functools import partial

from dashboards.spreads import coloured_spread, narrow, spread_steps
from dashboards.style.colours import BLUE, GAIN, GREEN, ORANGE, RED, steps
from dashboards.style.curves import timeseries
from dashboards.style.links import to_match, to_page
from dashboards.style.numbers import stat
from dashboards.style.page import Row, dashboard
from dashboards.style.panel import Panel
from dashboards.style.tables import table
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json
from oddswatch.names import FOLDER

NAME = "home"

_OPPORTUNITIES = to_page("opportunities", "Opportunities")
_PERFORMANCE = to_page("performance", "Performance")
_HEALTH = to_page("health", "System health")
_NO_BETS = "No bets settled yet"


def build(catalogue: Catalogue) -> Json:
    """Build the dashboard."""
    rows = [
        Row("Is it working?", _working(catalogue)),
        Row("Is there something to bet on?", (*_worth_a_bet(catalogue), _best(catalogue))),
        Row("Am I winning?", (*_winning(catalogue), _curve(catalogue))),
    ]
    return dashboard(
        NAME,
        "Home",
        "Is it working, is there something to bet on, am I winning? Each number leads to the page about it.",
        rows,
        time_from="now-7d",
    )


def _working(catalogue: Catalogue) -> tuple[Panel, ...]:
    collection = catalogue.settings.collection
    return (
        stat(
            "collection-age",
            "Last collection",
            "Time since prices were last collected, of the league that has waited longest. "
            f"Collections come every {collection.interval}; orange is late, red is stuck.",
            catalogue.select("collection_status", "max(age) AS age"),
            unit="duration",
            decimals=1,
            thresholds=steps(GREEN, (collection.late_seconds, ORANGE), (2 * collection.late_seconds, RED)),
            empty="Nothing collected yet",
            links=_HEALTH,
        ),
        stat(
            "success-rate",
            "Collections that succeeded",
            "Share of the collections in the time range that ended without an error.",
            catalogue.select("collection_summary", "success_rate_pct"),
            unit="percent",
            decimals=0,
            thresholds=steps(RED, (80, ORANGE), (95, GREEN)),
            empty="No collection in this time range",
            links=_HEALTH,
        ),
        stat(
            "requests-left",
            "Requests left",
            "What is left of the monthly quota of the odds API.",
            catalogue.select("api_quota", "requests_left"),
            unit="count",
            thresholds=steps(RED, (1, ORANGE), (round(collection.quota_per_month * 0.1) or 2, GREEN)),
            empty="Not recorded",
            links=_HEALTH,
        ),
        _alerts(),
    )


def _alerts() -> Panel:
    return Panel(
        "alerts",
        "Alerts",
        "What is firing now; nothing here is good.",
        "",
        "alertlist",
        6,
        4,
        options={
            "viewMode": "list",
            "groupMode": "default",
            "groupBy": [],
            "maxItems": 20,
            "sortOrder": 3,
            "dashboardAlerts": False,
            "alertName": "",
            "alertInstanceLabelFilter": "",
            "folder": {"uid": "", "title": FOLDER},
            "stateFilter": {"firing": True, "pending": False, "noData": False, "normal": False, "error": True},
        },
    )


def _worth_a_bet(catalogue: Catalogue) -> tuple[Panel, ...]:
    return (
        stat(
            "opportunities",
            "Opportunities now",
            "Outcomes whose best and worst current price differ by "
            f"{catalogue.settings.opportunities.min_spread_pct:g} % or more.",
            catalogue.select("current_opportunities", "count(*) AS opportunities"),
            unit="count",
            thresholds=steps(BLUE, (1, GREEN)),
            links=_OPPORTUNITIES,
        ),
        stat(
            "widest",
            "Widest spread",
            "How much more the best current price pays than the worst one, on the outcome where they differ most.",
            catalogue.select("matches_ahead", "max(spread_pct) AS spread_pct"),
            unit="percent",
            decimals=1,
            thresholds=spread_steps(catalogue),
            empty="No prices",
            links=_OPPORTUNITIES,
        ),
        stat(
            "surebets",
            "Surebets now",
            "Matches whose best prices leave a profit whatever the result, without those that look like an error.",
            catalogue.select("surebets", "count(*) AS surebets", where="suspicious IS NULL"),
            unit="count",
            thresholds=steps(BLUE, (1, GREEN)),
            links=_OPPORTUNITIES,
        ),
        stat(
            "matches",
            "Matches ahead",
            "Matches that have not started and have a current price.",
            catalogue.select("matches_ahead", "count(*) AS matches"),
            unit="count",
            thresholds=steps(RED, (1, BLUE)),
            links=_OPPORTUNITIES,
        ),
    )


def _best(catalogue: Catalogue) -> Panel:
    columns = ("match_id", "match", "spread_pct", "outcome", "best_price", "best_bookmaker", "kick_off", "league_name")
    return table(
        "best",
        "The five widest spreads",
        "The current opportunities with the widest spread; a click on the match shows its prices.",
        catalogue.select(
            "current_opportunities", ", ".join(columns), order_by="spread_pct DESC, match_id, outcome", limit=5
        ),
        catalogue["current_opportunities"],
        columns,
        empty="No opportunity at the moment: bookmakers agree on every match ahead",
        height=7,
        hidden=("match_id",),
        overrides=(to_match(), *narrow(), coloured_spread(catalogue)),
    )


def _winning(catalogue: Catalogue) -> tuple[Panel, ...]:
    start = catalogue.settings.bets.starting_bankroll
    tile = partial(stat, empty=_NO_BETS, links=_PERFORMANCE, width=3, height=6)

    def number(column: str) -> str:
        return catalogue.select("betting_summary", column)

    return (
        tile(
            "bankroll",
            "Bankroll",
            f"The starting bankroll of {start:g} plus the profit of all settled bets.",
            number("bankroll"),
            unit="money",
            decimals=0,
            thresholds=steps(RED, (start * 0.9, ORANGE), (start, GREEN)),
        ),
        tile(
            "profit",
            "Profit",
            "What all settled bets have brought beyond their stakes.",
            number("profit"),
            unit="money",
            decimals=0,
            thresholds=GAIN,
        ),
        tile(
            "yield",
            "Yield",
            "Profit per money staked; above 0 is a gain.",
            number("yield_pct"),
            unit="percent",
            decimals=1,
            thresholds=GAIN,
        ),
        tile("open", "Open bets", "Bets without a result yet.", number("open"), unit="count", thresholds=steps(BLUE)),
    )


def _curve(catalogue: Catalogue) -> Panel:
    start = catalogue.settings.bets.starting_bankroll
    return timeseries(
        "bankroll-curve",
        "Bankroll over time",
        f"The bankroll after each settled bet; the dashed line is the starting bankroll of {start:g}.",
        catalogue.select("bankroll_over_time", 'time, bankroll AS "Bankroll"', order_by="time"),
        unit="money",
        empty=_NO_BETS,
        width=12,
        height=6,
        decimals=0,
        thresholds=steps(RED, (start, GREEN)),
        custom={"lineInterpolation": "stepAfter", "thresholdsStyle": {"mode": "dashed"}, "showPoints": "never"},
    )
