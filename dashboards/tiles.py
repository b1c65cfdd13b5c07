"""Numbers that several pages show: what each says and what its colours mean is said here, once.

A page gives a tile its key and its place (width, height, where it leads to), and the parameters of its metric.
"""

from collections.abc import Sequence
from typing import TypedDict, Unpack

from dashboards.spreads import spread_steps
from dashboards.style.colours import BLUE, GREEN, GREY, ORANGE, RED, steps
from dashboards.style.curves import timeseries
from dashboards.style.numbers import stat, text_stat
from dashboards.style.panel import Panel
from dashboards.style.shared import part, shared
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json

NO_BETS = "No bets settled yet"
_NO_PRICES = "No current prices"
#: From here on it is shown as more than nothing, which without bets is no good news.
_CENT = 0.005


class Place(TypedDict, total=False):
    """Where a tile stands, in columns and rows of the grid, and where a click on it leads."""

    width: int
    height: int
    links: list[Json]


class Filters(TypedDict, total=False):
    """Parameters of metrics about prices: which prices count at all, and (`filter`) which spreads."""

    leagues: str
    bookmakers: str
    within: str
    filter: str


def last_collection(catalogue: Catalogue, key: str, **place: Unpack[Place]) -> Panel:
    """How long the league that has waited longest has waited."""
    collection = catalogue.settings.collection
    return stat(
        key,
        "Last collection",
        "Time since prices were last collected, of the league that has waited longest. "
        f"Collections come every {collection.interval}; orange is late, red is stuck.",
        catalogue.select("collection_status", "max(age) AS age"),
        unit="duration",
        decimals=1,
        thresholds=steps(GREY, (0, GREEN), (collection.late_seconds, ORANGE), (collection.stuck_seconds, RED)),
        empty="Nothing collected yet",
        **place,
    )


def success_rate(catalogue: Catalogue, key: str, **place: Unpack[Place]) -> Panel:
    """How reliably collections work."""
    return stat(
        key,
        "Successful collections",
        "Share of the collections in the time range that ended without an error.",
        catalogue.select("collection_summary", "success_rate_pct"),
        unit="percent",
        decimals=1,
        thresholds=steps(GREY, (0, RED), (90, ORANGE), (98, GREEN)),
        empty="No collection in this time range",
        **place,
    )


def requests_left(catalogue: Catalogue, key: str, **place: Unpack[Place]) -> Panel:
    """What the odds API still allows this month."""
    quota = catalogue.settings.collection.quota_per_month
    return stat(
        key,
        "Requests left",
        f"Requests of the odds API that are left of {quota} a month; orange below 15 %, red below 5 %.",
        catalogue.select("api_quota", "requests_left"),
        unit="count",
        thresholds=steps(GREY, (0, RED), (quota * 0.05, ORANGE), (quota * 0.15, GREEN)),
        empty="Not logged",
        **place,
    )


def value_bets(catalogue: Catalogue, key: str, filters: Filters, **place: Unpack[Place]) -> Panel:
    """How many offers are worth a bet, by all guards. Its answer holds `best_ev_pct` too."""
    least = catalogue.settings.value.min_ev_pct
    return stat(
        key,
        "Value bets now",
        f"Offers that are worth at least {least:g} % more than their price by the fair one, and that no guard doubts.",
        catalogue.select("value_bet_count", "value_bets, best_ev_pct", **filters),
        unit="count",
        thresholds=steps(GREY, (1, GREEN)),
        empty=_NO_PRICES,
        column="value_bets",
        **place,
    )


def opportunities(catalogue: Catalogue, key: str, minimum: str, filters: Filters, **place: Unpack[Place]) -> Panel:
    """How many opportunities there are; `minimum` says in words what `filters["filter"]` says in SQL."""
    return stat(
        key,
        "Opportunities now",
        f"Outcomes whose best and worst current price differ by {minimum} or more. "
        "That does not make a bet worth it: see what the best price is worth.",
        catalogue.select("opportunity_count", "opportunities", **filters),
        unit="count",
        thresholds=steps(BLUE),
        empty=_NO_PRICES,
        **place,
    )


def widest_spread(catalogue: Catalogue, key: str, matches: Panel, **place: Unpack[Place]) -> Panel:
    """How wide the widest spread of `matches_ahead` is, opportunity or not."""
    widest = stat(
        key,
        "Widest spread",
        "How much more the best current price pays than the worst one, on the outcome where they differ most.",
        "",
        unit="percent",
        decimals=1,
        thresholds=spread_steps(catalogue),
        empty=_NO_PRICES,
        column="spread_pct",
        **place,
    )
    return shared(widest, matches)


def surebets(catalogue: Catalogue, key: str, filters: Filters, **place: Unpack[Place]) -> Panel:
    """How many surebets there are that can be believed."""
    return stat(
        key,
        "Surebets now",
        "Matches whose best prices leave a profit whatever the result, without those that look like an error.",
        catalogue.select("surebet_count", "surebets", **filters),
        unit="count",
        thresholds=steps(BLUE, (1, GREEN)),
        empty=_NO_PRICES,
        **place,
    )


def matches_ahead(catalogue: Catalogue, key: str, filters: Filters, **place: Unpack[Place]) -> Panel:
    """How many matches there are to bet on. Its answer holds `spread_pct`, the widest one, too."""
    return stat(
        key,
        "Matches ahead",
        "Matches that have not started and have a current price.",
        catalogue.select("matches_ahead", "count(*) AS matches, max(spread_pct) AS spread_pct", **filters),
        unit="count",
        thresholds=steps(RED, (1, BLUE)),
        column="matches",
        **place,
    )


def bankroll(catalogue: Catalogue, key: str, others: Sequence[str], **place: Unpack[Place]) -> Panel:
    """What there is now; `others` are the totals of the bets that panels show which share its answer."""
    start = catalogue.settings.bets.starting_bankroll
    return stat(
        key,
        "Bankroll",
        f"The starting bankroll of {start:g} plus the profit of all settled bets, stakes of open bets included.",
        catalogue.select("betting_summary", ", ".join(("bankroll", *others))),
        unit="money",
        decimals=2,
        thresholds=steps(RED, (start * 0.9, ORANGE), (start, BLUE), (start + _CENT, GREEN)),
        column="bankroll",
        **place,
    )


def profit(key: str, totals: Panel, **place: Unpack[Place]) -> Panel:
    """What all bets have brought; `totals` is the page's `bankroll`."""
    brought = stat(
        key,
        "Profit",
        "What all settled bets have brought beyond their stakes.",
        "",
        unit="money",
        decimals=2,
        thresholds=steps(GREY, (-1e9, RED), (0, GREY), (_CENT, GREEN)),
        column="profit",
        **place,
    )
    return shared(brought, totals)


def beat_the_final_price(catalogue: Catalogue, key: str, **place: Unpack[Place]) -> Panel:
    """How much better than their worth the prices taken were, with its error.

    Its answer holds `luck_text`, `won` and `expected_won` too, for panels that share it.
    """
    return text_stat(
        key,
        "Beat the final price",
        "How much more than the final price, without its margin, the prices taken paid: the mean of all bets, and two "
        "standard errors to either side. Above 0 throughout, over some hundred matches, luck alone seldom does it; "
        "profit takes tens of thousands of bets to say as much.",
        catalogue.select("bets_against_close", "likely, luck_text, won, expected_won", ever="true"),
        {},
        empty="No final prices",
        size=20,
        column="likely",
        **place,
    )


def bankroll_curve(catalogue: Catalogue, key: str, *, width: int, height: int) -> Panel:
    """How the bankroll came to what it is. Its answer holds `Drawdown` too."""
    start = catalogue.settings.bets.starting_bankroll
    curve = timeseries(
        key,
        "Bankroll over time",
        f"The bankroll after each settled bet; the dashed line is the starting bankroll of {start:g}.",
        catalogue.select(
            "bankroll_over_time", 'time, bankroll AS "Bankroll", drawdown_pct AS "Drawdown"', order_by="time"
        ),
        unit="money",
        empty=NO_BETS,
        width=width,
        height=height,
        decimals=0,
        thresholds=steps(RED, (start, GREEN)),
        custom={"lineInterpolation": "stepAfter", "thresholdsStyle": {"mode": "dashed"}, "showPoints": "never"},
    )
    return part(curve, columns=("Time", "Bankroll"))
