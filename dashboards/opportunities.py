"""Opportunities: what could be worth a bet right now?"""

from typing import TypedDict

from dashboards.charts import histogram, ranking
from dashboards.links import to_dashboard, to_match
from dashboards.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    YELLOW,
    Panel,
    Row,
    annotation,
    by_name,
    choice_variable,
    dashboard,
    query_variable,
    stat,
    steps,
    table,
    timeseries,
)
from dashboards.variables import all_chosen
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.catalogue.header import UNITS
from oddswatch.json_types import Json

NAME = "opportunities"
TABLE = "opportunities"
SUREBETS = "surebets"

_WIDE = "spread_pct >= '${min_spread}'::numeric"
_WINDOWS = {"24": "next 24 hours", "72": "next 3 days", "168": "next 7 days"}
#: Hours of a hundred years: "all" must be a number for the query, and as far as no fixture list reaches.
_ALL = "876000"


def build(catalogue: Catalogue) -> Json:
    """Build the dashboard."""
    rows = [
        Row("What could be worth a bet right now?", (*_numbers(catalogue), opportunities_table(catalogue))),
        Row("Is there a profit that no result can take away?", (_surebets(catalogue),)),
        Row("Is this more than usual?", (_over_time(catalogue), _distribution(catalogue))),
        Row("Where do bookmakers disagree, and who offers most?", (_by_league(catalogue), _bookmakers(catalogue))),
        Row("Which matches are there?", (_matches(catalogue),)),
    ]
    return dashboard(
        NAME,
        "Opportunities",
        "Matches on which bookmakers disagree: now, over time, and which bookmakers.",
        rows,
        variables=_variables(catalogue),
        annotations=[
            annotation("Collections", catalogue.select("collections_annotations", order_by="time"), GREY, shown=False)
        ],
        time_from="now-7d",
    )


class Filters(TypedDict, total=False):
    """Parameters of metrics that the page's filters set."""

    leagues: str
    bookmakers: str
    within: str


def filters(catalogue: Catalogue) -> Filters:
    """What the page's filters are inside a metric, where they apply before best and worst are looked for."""
    chosen = Filters(leagues=all_chosen("league"), within="'${kick_off} hours'::interval")
    # The collector's own view names no bookmakers.
    if catalogue.settings.opportunities.source == "prices":
        chosen["bookmakers"] = all_chosen("bookmaker")
    return chosen


def _variables(catalogue: Catalogue) -> list[Json]:
    minimum = catalogue.settings.opportunities.min_spread_pct
    spreads = [minimum, *(value for value in (10, 20, 30, 50) if value > minimum)]
    league = query_variable(
        "league",
        "League",
        "Only matches of these leagues",
        catalogue.select("leagues", "league_name AS __text, league AS __value", order_by="league_name"),
    )
    bookmaker = query_variable(
        "bookmaker",
        "Bookmaker",
        "Only prices of these bookmakers, as if the others did not exist: choose those where you have an account",
        catalogue.select("bookmakers", "bookmaker", order_by="bookmaker"),
    )
    return [
        league,
        *([bookmaker] if "bookmakers" in filters(catalogue) else []),
        choice_variable(
            "min_spread",
            "Minimum spread",
            "Only spreads from this on",
            {f"{value:g}": f"{value:g} %" for value in spreads},
        ),
        choice_variable("kick_off", "Kick-off", "Only matches that start within this time", {_ALL: "all", **_WINDOWS}),
    ]


def _numbers(catalogue: Catalogue) -> tuple[Panel, ...]:
    chosen = filters(catalogue)
    return (
        stat(
            "count",
            "Opportunities now",
            "Outcomes whose best and worst current price differ by the chosen minimum spread or more.",
            catalogue.select("current_opportunities", "count(*) AS opportunities", where=_WIDE, **chosen),
            unit="count",
            thresholds=steps(BLUE, (1, GREEN)),
        ),
        stat(
            "widest",
            "Widest spread",
            "How much more the best current price pays than the worst one, on the outcome where they differ most.",
            catalogue.select("matches_ahead", "max(spread_pct) AS spread_pct", **chosen),
            unit="percent",
            decimals=1,
            thresholds=spread_steps(catalogue),
            empty="No prices",
        ),
        stat(
            "surebet-count",
            "Surebets now",
            "Matches whose best prices leave a profit whatever the result, without those that look like an error.",
            catalogue.select("surebets", "count(*) AS surebets", where="suspicious IS NULL", **chosen),
            unit="count",
            thresholds=steps(BLUE, (1, GREEN)),
        ),
        stat(
            "matches",
            "Matches ahead",
            "Matches that have not started and have a current price.",
            catalogue.select("matches_ahead", "count(*) AS matches", **chosen),
            unit="count",
            thresholds=steps(RED, (1, BLUE)),
            links=to_dashboard("health", "System health"),
        ),
    )


def opportunities_table(catalogue: Catalogue) -> Panel:
    """The current opportunities, the widest first."""
    metric = catalogue["current_opportunities"]
    # What a phone shows without scrolling comes first.
    columns = (
        "match_id",
        "match",
        "spread_pct",
        "outcome",
        "best_price",
        "best_bookmaker",
        "worst_price",
        "worst_bookmaker",
        "bookmakers",
        "age",
        "kick_off",
        "league_name",
    )
    return table(
        TABLE,
        "Current opportunities",
        "One line per match and outcome, the widest spread first. Age is that of the older of the two prices.",
        catalogue.select(
            "current_opportunities",
            ", ".join(columns),
            where=_WIDE,
            order_by="spread_pct DESC, match_id, outcome",
            **filters(catalogue),
        ),
        metric,
        columns,
        empty="No opportunity at the moment: bookmakers agree on every match ahead",
        height=9,
        hidden=("match_id",),
        overrides=(to_match(), *narrow(), coloured_spread(catalogue)),
    )


def spread_steps(catalogue: Catalogue) -> list[Json]:
    """Colours of a spread: an opportunity, an unusual one, a rare one, and one that is an error or a gift."""
    minimum = catalogue.settings.opportunities.min_spread_pct
    alert = catalogue.settings.alerts.high_spread.threshold_pct
    coloured = ((10, YELLOW), (20, ORANGE), (alert, RED))
    return steps(GREY, (minimum, GREEN), *(step for step in coloured if minimum < step[0] <= alert))


def coloured_spread(catalogue: Catalogue) -> Json:
    """An override that colours the column of spreads by how wide they are."""
    return by_name(
        "spread_pct",
        {"id": "custom.cellOptions", "value": {"type": "color-text"}},
        {"id": "thresholds", "value": {"mode": "absolute", "steps": spread_steps(catalogue)}},
    )


def narrow() -> list[Json]:
    """Overrides that leave the width of a table to the names of the matches."""
    widths = {"league_name": 140, "outcome": 80, "best_bookmaker": 125, "worst_bookmaker": 125}
    return [by_name(name, {"id": "custom.width", "value": width}) for name, width in widths.items()]


def _surebets(catalogue: Catalogue) -> Panel:
    outcomes = ("home", "draw", "away")
    limit = catalogue.settings.alerts.suspicious_price.threshold_pct
    offers = ", ".join(
        f"to_char({outcome}_price, 'FM9990.00') || '  ' || {outcome}_bookmaker AS {outcome}_price, {outcome}_stake"
        for outcome in outcomes
    )
    columns = (
        "match_id",
        "match",
        "profit_pct",
        *(f"{outcome}_{what}" for outcome in outcomes for what in ("price", "stake")),
        "suspicious",
        "bookmakers",
        "kick_off",
    )
    return table(
        SUREBETS,
        "Surebets",
        "Matches whose best prices leave a profit whatever the result, if of 100 in all the given stakes go to the "
        f"given bookmakers. Suspicious ones (above {limit:g} %, a stale price) are nearly always errors. "
        "Age is that of the oldest price.",
        catalogue.select(
            "surebets",
            f"match_id, match, profit_pct, {offers}, coalesce(suspicious, 'no') AS suspicious, bookmakers, "
            "greatest(home_age, draw_age, away_age) AS age, kick_off",
            order_by="suspicious <> 'no', profit_pct DESC, match_id",
            **filters(catalogue),
        ),
        catalogue["surebets"],
        columns,
        empty="No surebet at the moment: every market keeps its margin",
        height=7,
        hidden=("match_id",),
        overrides=(
            to_match(),
            *(by_name(f"{outcome}_price", {"id": "custom.width", "value": 135}) for outcome in outcomes),
            *(
                by_name(
                    f"{outcome}_stake", {"id": "displayName", "value": "Stake"}, {"id": "custom.width", "value": 75}
                )
                for outcome in outcomes
            ),
            by_name(
                "age",
                {"id": "displayName", "value": "Age"},
                {"id": "unit", "value": UNITS["duration"]},
                {"id": "custom.width", "value": 95},
            ),
            by_name(
                "profit_pct",
                {"id": "custom.cellOptions", "value": {"type": "color-text"}},
                {"id": "thresholds", "value": {"mode": "absolute", "steps": steps(GREEN, (limit, ORANGE))}},
            ),
        ),
    )


def _over_time(catalogue: Catalogue) -> Panel:
    return timeseries(
        "over-time",
        "Opportunities over time",
        "How many there were at moments of the chosen time range, from the prices as they were then.",
        catalogue.sql("opportunities_over_time", filter=_WIDE, **filters(catalogue)),
        unit="count",
        empty="No prices in this time range",
        minimum=0,
        decimals=0,
    )


def _distribution(catalogue: Catalogue) -> Panel:
    return histogram(
        "distribution",
        "How wide the spreads are now",
        "Outcomes of all matches ahead by their spread in percent, below the chosen minimum as well.",
        catalogue.select("spread_distribution", "band, outcomes", order_by="from_pct", **filters(catalogue)),
        unit="count",
        empty="No prices",
    )


def _by_league(catalogue: Catalogue) -> Panel:
    return ranking(
        "by-league",
        "Widest spread by league",
        "The widest current spread in each league, also where it is below the chosen minimum.",
        catalogue.select(
            "spreads_by_league",
            "league_name, max_spread_pct",
            order_by="max_spread_pct DESC, league",
            **filters(catalogue),
        ),
        unit="percent",
        empty="No matches ahead",
        thresholds=spread_steps(catalogue),
        decimals=1,
    )


def _bookmakers(catalogue: Catalogue) -> Panel:
    metric = catalogue["active_bookmakers"]
    columns = ("bookmaker", "matches", "prices", "best_prices", "best_pct", "last_update")
    return table(
        "bookmakers",
        "Bookmakers by best prices",
        "How often each bookmaker with current prices has the best one, alone or with others.",
        catalogue.select(
            "active_bookmakers", ", ".join(columns), order_by="best_pct DESC, bookmaker", **filters(catalogue)
        ),
        metric,
        columns,
        empty="No bookmaker has a current price",
        width=12,
        height=8,
        overrides=[by_name("bookmaker", {"id": "custom.minWidth", "value": 130})],
    )


def _matches(catalogue: Catalogue) -> Panel:
    metric = catalogue["matches_ahead"]
    columns = (
        "match_id",
        "match",
        "kick_off",
        "home_best",
        "draw_best",
        "away_best",
        "spread_pct",
        "bookmakers",
        "league_name",
    )
    return table(
        "matches-ahead",
        "Every match ahead",
        "Every match with a current price, the next kick-off first, with the best price of each outcome. "
        "A click on a match shows its prices.",
        catalogue.select("matches_ahead", ", ".join(columns), order_by="kick_off, match_id", **filters(catalogue)),
        metric,
        columns,
        empty="No match ahead has a current price: see System health",
        height=10,
        hidden=("match_id",),
        overrides=(to_match(), *narrow(), coloured_spread(catalogue)),
    )
