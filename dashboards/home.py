"""Home: is it working, is there something to bet on, am I winning?"""

from dashboards import tiles
from dashboards.spreads import coloured_spread, narrow
from dashboards.style.alerts import alert_list
from dashboards.style.links import to_match, to_page
from dashboards.style.numbers import stat
from dashboards.style.page import Row, dashboard
from dashboards.style.panel import Panel
from dashboards.style.tables import table
from dashboards.tiles import Filters
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json

NAME = "home"

_OPPORTUNITIES = to_page("opportunities", "Opportunities")
_PERFORMANCE = to_page("performance", "Performance")
_HEALTH = to_page("health", "System health")
_ALL = Filters()


def build(catalogue: Catalogue) -> Json:
    """Build the dashboard."""
    minimum = f"{catalogue.settings.opportunities.min_spread_pct:g} %"
    rows = [
        Row(
            "Is it working?",
            (
                tiles.last_collection(catalogue, "collection-age", links=_HEALTH),
                tiles.success_rate(catalogue, "success-rate", links=_HEALTH),
                tiles.requests_left(catalogue, "requests-left", links=_HEALTH),
                alert_list("alerts", "Alerts", "Which of our alerts are firing now; none is good."),
            ),
        ),
        Row(
            "Is there something to bet on?",
            (
                tiles.opportunities(catalogue, "opportunities", minimum, _ALL, links=_OPPORTUNITIES),
                tiles.widest_spread(catalogue, "widest", _ALL, links=_OPPORTUNITIES),
                tiles.surebets(catalogue, "surebets", _ALL, links=_OPPORTUNITIES),
                tiles.matches_ahead(catalogue, "matches", _ALL, links=_OPPORTUNITIES),
                _widest_five(catalogue),
            ),
        ),
        Row(
            "Am I winning?",
            (
                tiles.bankroll(catalogue, "bankroll", width=3, height=6, links=_PERFORMANCE),
                tiles.profit(catalogue, "profit", width=3, height=6, links=_PERFORMANCE),
                tiles.betting_yield(catalogue, "yield", width=3, height=6, links=_PERFORMANCE),
                _open_bets(catalogue),
                tiles.bankroll_curve(catalogue, "bankroll-curve", width=12, height=6),
            ),
        ),
    ]
    return dashboard(
        NAME,
        "Home",
        "Is it working, is there something to bet on, am I winning? Each number leads to the page about it.",
        rows,
        time_zone=catalogue.settings.time_zone,
        time_from="now-7d",
    )


def _widest_five(catalogue: Catalogue) -> Panel:
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


def _open_bets(catalogue: Catalogue) -> Panel:
    return stat(
        "open",
        "Open bets",
        "Bets without a result yet.",
        catalogue.select("betting_summary", "open"),
        unit="count",
        empty=tiles.NO_BETS,
        width=3,
        height=6,
        links=_PERFORMANCE,
    )
