"""Opportunities: what could be worth a bet right now?"""

from dashboards.style import (
    BLUE,
    GREEN,
    ORANGE,
    RED,
    YELLOW,
    Json,
    Row,
    by_name,
    choice_variable,
    dashboard,
    query_variable,
    stat,
    steps,
    table,
    timeseries,
)
from oddswatch.catalogue import Catalogue

NAME = "opportunities"
TABLE = "opportunities"

_CHOSEN = "league IN ($league) AND spread_pct >= '${min_spread}'::numeric"


def build(catalogue: Catalogue) -> Json:
    """Build the dashboard."""
    metric = catalogue["current_opportunities"]
    columns = [column.name for column in metric.columns if column.name != "last_update"]
    rows = [
        Row(
            "What could be worth a bet right now?",
            (
                stat(
                    "count",
                    "Opportunities now",
                    "Outcomes whose best and worst current price differ by the chosen minimum spread or more.",
                    catalogue.select("current_opportunities", "count(*) AS opportunities", where=_CHOSEN),
                    unit="count",
                    thresholds=steps(BLUE, (1, GREEN)),
                    height=8,
                ),
                timeseries(
                    "over-time",
                    "Opportunities over time",
                    "The same count at moments of the chosen time range, from the prices as they were then.",
                    catalogue.sql("opportunities_over_time", filter=_CHOSEN),
                    unit="count",
                    empty="No prices in this time range",
                    width=18,
                    minimum=0,
                    decimals=0,
                ),
                table(
                    TABLE,
                    "Current opportunities",
                    "One line per match and outcome, the widest spread first. Age is that of the older of the two prices.",
                    catalogue.select(
                        "current_opportunities", ", ".join(columns), where=_CHOSEN, order_by="spread_pct DESC, match_id, outcome"
                    ),
                    metric,
                    columns,
                    empty="No opportunity at the moment: bookmakers agree on every match ahead",
                    height=14,
                    hidden=("match_id",),
                    overrides=(
                        by_name(
                            "spread_pct",
                            {"id": "custom.cellOptions", "value": {"type": "color-background", "mode": "basic"}},
                            {
                                "id": "thresholds",
                                "value": {"mode": "absolute", "steps": steps(GREEN, (10, YELLOW), (20, ORANGE), (50, RED))},
                            },
                        ),
                    ),
                ),
            ),
        ),
    ]
    return dashboard(
        NAME,
        "Opportunities",
        "Matches on which bookmakers disagree: now, over time, and which bookmakers.",
        rows,
        variables=[league_variable(catalogue), min_spread_variable(catalogue)],
    )


def league_variable(catalogue: Catalogue) -> Json:
    """The filter for leagues."""
    return query_variable(
        "league", "League", "Only these leagues", catalogue.select("leagues", "league", order_by="league")
    )


def min_spread_variable(catalogue: Catalogue) -> Json:
    """The filter for spreads: the configured minimum, then wider ones."""
    minimum = catalogue.settings.opportunities.min_spread_pct
    choices = [minimum, *(value for value in (10, 20, 30, 50) if value > minimum)]
    return choice_variable(
        "min_spread", "Minimum spread", "Only spreads from this on", {f"{value:g}": f"{value:g} %" for value in choices}
    )
