"""Home: is anything worth a bet, is it working, am I winning, or lucky?"""

from dashboards import proof, tiles
from dashboards.style.alerts import alert_list
from dashboards.style.colours import GREEN, GREY
from dashboards.style.columns import by_name, coloured_texts, minimum_widths, widths
from dashboards.style.links import to_match, to_page
from dashboards.style.page import Row, dashboard
from dashboards.style.panel import Panel
from dashboards.style.tables import table
from dashboards.tiles import Filters
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json

NAME = "home"

_OPPORTUNITIES = to_page("opportunities", "Opportunities")
_PERFORMANCE = to_page("performance", "Performance")
_PROOF = to_page("proof", "Proof", fixed=True)
_HEALTH = to_page("health", "System health")
_ALL = Filters()


def build(catalogue: Catalogue) -> Json:
    """Build the dashboard."""
    minimum = f"{catalogue.settings.opportunities.min_spread_pct:g} %"
    bankroll = tiles.bankroll(catalogue, "bankroll", ("profit",), width=4, height=6, links=_PERFORMANCE)
    rows = [
        Row(
            "Is anything worth a bet?",
            (
                tiles.value_bets(catalogue, "value", _ALL, height=3, links=_OPPORTUNITIES),
                tiles.surebets(catalogue, "surebets", _ALL, height=3, links=_OPPORTUNITIES),
                tiles.opportunities(catalogue, "opportunities", minimum, _ALL, height=3, links=_OPPORTUNITIES),
                tiles.matches_ahead(catalogue, "matches", _ALL, height=3, links=_OPPORTUNITIES),
                _best_three(catalogue),
            ),
        ),
        Row(
            "Is it working?",
            (
                tiles.last_collection(catalogue, "collection-age", height=4, links=_HEALTH),
                tiles.success_rate(catalogue, "success-rate", height=4, links=_HEALTH),
                tiles.requests_left(catalogue, "requests-left", height=4, links=_HEALTH),
                alert_list("alerts", "Alerts", "Which of our alerts are firing now."),
            ),
        ),
        Row(
            "Am I winning, or lucky?",
            (
                bankroll,
                tiles.profit("profit", bankroll, width=4, height=6, links=_PERFORMANCE),
                tiles.beat_the_final_price(catalogue, "clv", width=4, height=6, links=_PERFORMANCE),
                tiles.bankroll_curve(catalogue, "bankroll-curve", width=12, height=6),
            ),
        ),
        Row(
            "Do my alerts deserve to be read?",
            proof.verdicts(catalogue, links=_PROOF),
            # Half a second of the database's time, which is not spent each minute while nobody looks.
            collapsed=True,
        ),
    ]
    return dashboard(
        NAME,
        "Home",
        "Is anything worth a bet, is it working, am I winning or lucky? Each number leads to the page about it.",
        rows,
        time_zone=catalogue.settings.time_zone,
        time_from="now-7d",
    )


def _best_three(catalogue: Catalogue) -> Panel:
    """What is worth a bet, and what comes nearest to it, so that there is always something to look at."""
    least = catalogue.settings.value.min_ev_pct
    columns = ("match_id", "match", "bet", "ev_pct", "doubt", "kick_off", "league_name")
    verdict = f"CASE WHEN doubt IS NOT NULL THEN doubt WHEN ev_pct < {least:g} THEN 'too little' ELSE 'worth it' END"
    return table(
        "best",
        "The three best offers",
        f"Offers by their value, those that are worth a bet first: {least:g} % more than their price, and no guard "
        "doubts them. Nothing is worth a bet most of the time; then these are the nearest misses.",
        catalogue.select(
            "value_bets",
            ", ".join(columns).replace("doubt", f"{verdict} AS doubt"),
            order_by=f"{verdict} = 'worth it' DESC, doubt IS NOT NULL, ev_pct DESC, match_id, outcome",
            limit=3,
            least="-1",
            # Of these the three are chosen: what all others are worth takes five times as long.
            nearest="30",
        ),
        catalogue["value_bets"],
        columns,
        empty="No match ahead has a current price",
        height=6,
        hidden=("match_id",),
        overrides=(
            to_match(),
            by_name("doubt", {"id": "displayName", "value": "Worth a bet?"}),
            coloured_texts("doubt", {"worth it": GREEN, "too little": GREY}),
            *minimum_widths({"bet": 175, "doubt": 130}),
            *widths({"league_name": 140}),
        ),
    )
