"""Opportunities: what could be worth a bet right now?"""

from dashboards import tiles
from dashboards.spreads import coloured_spread, narrow, spread_steps
from dashboards.style.annotations import annotation
from dashboards.style.chosen import all_chosen
from dashboards.style.colours import GREEN, GREY, steps
from dashboards.style.columns import by_name, coloured_texts, minimum_widths, widths
from dashboards.style.curves import timeseries
from dashboards.style.links import to_match, to_page
from dashboards.style.numbers import stat
from dashboards.style.page import Row, dashboard
from dashboards.style.panel import Panel
from dashboards.style.rankings import histogram, ranking
from dashboards.style.shared import shared
from dashboards.style.tables import table
from dashboards.style.variables import choice_variable, query_variable
from dashboards.tiles import Filters
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.catalogue.header import UNITS
from oddswatch.json_types import Json

NAME = "opportunities"

_WIDE = "spread_pct >= '${min_spread}'::numeric"
_WINDOWS = {"24": "next 24 hours", "72": "next 3 days", "168": "next 7 days"}
#: Hours of a hundred years: "all" must be a number for the query, and as far as no fixture list reaches.
_ALL = "876000"


def build(catalogue: Catalogue) -> Json:
    """Build the dashboard."""
    chosen = filters(catalogue)
    value_bets = tiles.value_bets(catalogue, "value-count", _offers(catalogue), width=8)
    matches = tiles.matches_ahead(catalogue, "matches", chosen, width=8, links=to_page("health", "System health"))
    rows = [
        Row(
            "What is worth a bet now?",
            (
                value_bets,
                shared(_best_value(catalogue), value_bets),
                matches,
                _value_bets(catalogue),
            ),
        ),
        Row(
            "Is there a profit that no result takes away?",
            (tiles.surebets(catalogue, "surebet-count", chosen, height=7), _surebets(catalogue)),
        ),
        Row(
            "Where do bookmakers disagree?",
            (
                tiles.opportunities(catalogue, "count", "the chosen minimum", {**chosen, "filter": _WIDE}, width=12),
                tiles.widest_spread(catalogue, "widest", matches, width=12),
                _table(catalogue),
            ),
        ),
        Row("Which prices fell?", (_moves(catalogue),)),
        Row(
            "Is this more than usual?",
            (_over_time(catalogue), _distribution(catalogue), _by_league(catalogue), _bookmakers(catalogue)),
            collapsed=True,
        ),
        Row("Which matches are there?", (_matches(catalogue),), collapsed=True),
    ]
    return dashboard(
        NAME,
        "Opportunities",
        "What is worth a bet now, which profit no result takes away, and where bookmakers disagree.",
        rows,
        time_zone=catalogue.settings.time_zone,
        variables=_variables(catalogue),
        annotations=[
            annotation("Collections", catalogue.select("collections_annotations", order_by="time"), GREY, shown=False)
        ],
        time_from="now-7d",
    )


def filters(catalogue: Catalogue) -> Filters:
    """What the page's filters are inside a metric, where they apply before best and worst are looked for."""
    chosen = Filters(leagues=all_chosen("league"), within="'${kick_off} hours'::interval")
    # The collector's own view names no bookmakers.
    if catalogue.settings.opportunities.source == "prices":
        chosen["bookmakers"] = all_chosen("bookmaker")
    return chosen


def _offers(catalogue: Catalogue) -> Filters:
    """The same for value: the filter on bookmakers limits offers, the fair price still comes from all."""
    return Filters(
        leagues=all_chosen("league"), within="'${kick_off} hours'::interval", bookmakers=all_chosen("bookmaker")
    )


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
        "Only prices of these bookmakers, for example where you have an account; what is fair still comes from all",
        catalogue.select("bookmakers", "bookmaker_name AS __text, bookmaker AS __value", order_by="bookmaker_name"),
    )
    return [
        league,
        bookmaker,
        choice_variable(
            "min_spread",
            "Minimum spread",
            "Only spreads from this on",
            {f"{value:g}": f"{value:g} %" for value in spreads},
        ),
        choice_variable("kick_off", "Kick-off", "Only matches that start within this time", {_ALL: "all", **_WINDOWS}),
    ]


def _best_value(catalogue: Catalogue) -> Panel:
    least = catalogue.settings.value.min_ev_pct
    return stat(
        "best-value",
        "Best value",
        "How much more than its price the best offer without a doubt is worth, in percent of the stake.",
        "",
        unit="percent",
        decimals=1,
        thresholds=steps(GREY, (least, GREEN)),
        empty=f"No offer is worth {least:g} % more than its price",
        width=8,
        column="best_ev_pct",
    )


def _value_bets(catalogue: Catalogue) -> Panel:
    """What is worth a bet first, then what would be but for a doubt."""
    value = catalogue.settings.value
    stake = ("stake",) if value.stakes else ()
    columns = (
        *("match_id", "match", "bet", "ev_pct", "doubt", "price_down_to", "fair_price", "fair_from", *stake),
        *("age", "kick_off", "others_ev_pct", "net_price", "next_price", "league_name"),
    )
    return table(
        "value-bets",
        "Value bets",
        "Offers that pay more than their chance is worth, those without a doubt first. Value: net price × fair chance "
        f"− 1. Down to: the lowest price that is worth {value.min_ev_pct:g} % and the others agree with; the stake is "
        "for the price of the bet, and less for a lower one. Fair price: by the bookmaker named beside it, or the "
        "median of the others, without the margin. Past ones: see Proof.",
        catalogue.select(
            "value_bets",
            ", ".join(columns).replace(" doubt,", " coalesce(doubt, 'none') AS doubt,"),
            order_by="doubt <> 'none', ev_pct DESC, match_id, outcome",
            **_offers(catalogue),
        ),
        catalogue["value_bets"],
        columns,
        empty="Nothing at the moment: no offer pays more than its chance is worth. That is the usual state",
        height=8,
        hidden=("match_id",),
        overrides=(
            to_match(),
            coloured_texts("doubt", {"none": GREEN}),
            *minimum_widths({"bet": 175, "doubt": 130}),
            *widths({"fair_from": 95, "league_name": 140}),
        ),
    )


def _table(catalogue: Catalogue) -> Panel:
    """The current opportunities, the widest first."""
    metric = catalogue["current_opportunities"]
    # What a phone shows without scrolling comes first.
    columns = (
        "match_id",
        "match",
        "outcome",
        "spread_pct",
        "worth_pct",
        "best_price",
        "best_bookmaker",
        "worst_price",
        "worst_bookmaker",
        "odd_one",
        "fair_price",
        "fair_from",
        "bookmakers",
        "age",
        "kick_off",
        "league_name",
    )
    return table(
        "opportunities",
        "Current opportunities",
        "One line per match and outcome, the widest spread first. A spread says that somebody is slow; what the best "
        "price is worth against the fair one stands beside it, mostly below 0. Age: of the older of the two prices.",
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
        overrides=(
            to_match(),
            *narrow(),
            *widths({"odd_one": 85, "fair_from": 95}),
            coloured_spread(catalogue),
        ),
    )


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
        "gross_profit_pct",
        *(f"{outcome}_{what}" for outcome in outcomes for what in ("price", "stake")),
        "suspicious",
        "bookmakers",
        "kick_off",
    )
    return table(
        "surebets",
        "Surebets",
        "Matches whose best prices leave a profit whatever the result, if of 100 in all the given stakes go to the "
        f"given bookmakers. Suspicious ones (above {limit:g} %, a stale price, swapped sides) are mostly errors. "
        "Age is that of the oldest price.",
        catalogue.select(
            "surebets",
            f"match_id, match, profit_pct, gross_profit_pct, {offers}, "
            "coalesce(suspicious, 'no') AS suspicious, bookmakers, "
            "greatest(home_age, draw_age, away_age) AS age, kick_off",
            order_by="suspicious <> 'no', profit_pct DESC, match_id",
            **filters(catalogue),
        ),
        catalogue["surebets"],
        columns,
        empty="No surebet at the moment: every market keeps its margin",
        width=18,
        height=7,
        hidden=("match_id",),
        overrides=(
            to_match(),
            *widths({f"{outcome}_price": 135 for outcome in outcomes}),
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
            coloured_texts("suspicious", {"no": GREEN}),
        ),
    )


def _moves(catalogue: Catalogue) -> Panel:
    moves = catalogue.settings.moves
    columns = (
        "match_id",
        "match",
        "drop_pct",
        "outcome",
        "worth_pct",
        "best_price",
        "best_bookmaker",
        "bookmakers",
        "age",
        "kick_off",
    )
    return table(
        "moves",
        "Prices that fell together",
        f"Outcomes whose price fell by {moves.drop_pct:g} % or more within {moves.window} at the middle one of the "
        "bookmakers, and what the best price that is left is worth: a move is news, not a tip.",
        catalogue.select(
            "price_moves", ", ".join(columns), order_by="drop_pct DESC, match_id, outcome", **filters(catalogue)
        ),
        catalogue["price_moves"],
        columns,
        empty="No price fell together",
        height=7,
        hidden=("match_id",),
        overrides=(to_match(), *narrow()),
    )


def _over_time(catalogue: Catalogue) -> Panel:
    return timeseries(
        "over-time",
        "Opportunities over time",
        "How many there were at moments of the chosen time range, from the prices as they were then.",
        catalogue.select("opportunities_over_time", order_by="time", filter=_WIDE, **filters(catalogue)),
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
    columns = ("bookmaker_name", "matches", "prices", "best_prices", "best_pct", "last_update")
    return table(
        "bookmakers",
        "Bookmakers by best prices",
        "How often each bookmaker has the best price after commission, of the outcomes that at least one other offers.",
        catalogue.select(
            "active_bookmakers", ", ".join(columns), order_by="best_pct DESC, bookmaker", **filters(catalogue)
        ),
        metric,
        columns,
        empty="No bookmaker has a current price",
        width=12,
        height=8,
        overrides=minimum_widths({"bookmaker_name": 130}),
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
