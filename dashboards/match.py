"""Match: who offers what on one match, and how did it come to that?"""

from collections.abc import Mapping
from dataclasses import replace

from dashboards.spreads import spread_steps
from dashboards.style.annotations import annotation
from dashboards.style.chosen import chosen
from dashboards.style.colours import BLUE, GREEN, GREY, ORANGE, RED, steps
from dashboards.style.columns import by_name, coloured, coloured_gains, minimum_widths
from dashboards.style.curves import timeseries
from dashboards.style.links import MATCH
from dashboards.style.numbers import stat, stat_list, text_stat
from dashboards.style.page import Row, dashboard
from dashboards.style.panel import Panel, fixed, reduced
from dashboards.style.shared import part, shared
from dashboards.style.tables import table
from dashboards.style.variables import single_variable
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json

NAME = MATCH

_MATCH = chosen("match")
_OUTCOMES = ("home", "draw", "away")
_BEST = "Best price"
_FAIR = "Fair price"
_BEST_BOOK = "Best prices"
_UNKNOWN = "No prices of this match"
_FAIR_PRICES = ("home_fair", "draw_fair", "away_fair", "fair_from")
_BOOKMAKER = minimum_widths({"bookmaker_name": 130})
#: Less than a twentieth of a percent is no move.
_MOVES = steps(GREY, (-100, ORANGE), (-0.05, GREY), (0.05, BLUE))
#: A price holds until the next one; a gap is a gap.
_STEPS = {
    "lineInterpolation": "stepAfter",
    "fillOpacity": 0,
    "pointSize": 3,
    "spanNulls": False,
}


def build(catalogue: Catalogue) -> Json:
    """Build the dashboard."""
    summary = _name(catalogue)
    rows = [
        Row(
            "Is there anything in it?",
            (
                summary,
                shared(_sentence(), summary),
                shared(_fair(catalogue), summary),
                shared(_time_to_kick_off(), summary),
                shared(_age(catalogue), summary),
            ),
        ),
        Row("Who pays more than fair, and which way did it go?", (_prices(catalogue), _moves(catalogue))),
        Row("Where is it going?", tuple(_curves(catalogue, outcome) for outcome in _OUTCOMES)),
        Row(
            "Is the gap opening or closing?",
            (
                shared(_widest_spread(catalogue), summary),
                shared(_best_margin(), summary),
                _spread(catalogue),
                _margins(catalogue),
            ),
            collapsed=True,
        ),
        Row("What did I bet on it?", (_bets(catalogue),)),
    ]
    bets = catalogue.select("bets_annotations", "time, title, text, tags", match=_MATCH, order_by="time")
    return dashboard(
        NAME,
        "Match",
        "One match: whether anything in it is worth a bet, all prices now and over time, and the bets on it.",
        rows,
        time_zone=catalogue.settings.time_zone,
        variables=[
            single_variable(
                "match",
                "Match",
                "Matches ahead, then those with bets; every other one is reached by a link to it",
                catalogue.select("match_choice", "label AS __text, match_id AS __value", order_by="position"),
            )
        ],
        annotations=[
            annotation("Placed bets", bets, BLUE),
            annotation("Collections", catalogue.select("collections_annotations", order_by="time"), GREY, shown=False),
        ],
        time_from="now-7d",
    )


def _name(catalogue: Catalogue) -> Panel:
    """Its answer holds whatever the page says of the match in one value."""
    columns = ("match", "league_name", "kick_off")
    others = (*_FAIR_PRICES, "sentence", "to_kick_off", "age", "spread_pct", "best_margin_pct")
    name = stat_list(
        "match",
        "Match",
        "The match, its league and its kick-off in the site's time zone.",
        catalogue.select("match_summary", ", ".join((*columns, *others)), match=_MATCH),
        catalogue["match_summary"],
        columns,
        empty=_UNKNOWN,
        width=6,
        height=6,
        # Texts and moments too, which speak for themselves.
        reduceOptions=reduced("/.*/"),
        textMode="value",
    )
    return part(name, columns=columns)


def _sentence() -> Panel:
    return text_stat(
        "sentence",
        "Anything in it?",
        "The best offer, if it is worth a bet by the fair price, or why there is none.",
        "",
        {"Nothing.*": GREY},
        empty=_UNKNOWN,
        width=6,
        height=6,
        size=20,
        column="sentence",
    )


def _fair(catalogue: Catalogue) -> Panel:
    fair = stat_list(
        "fair",
        "Fair prices",
        "What each outcome is worth: the price of its chance, without a margin, and whose chance it is.",
        "",
        catalogue["match_summary"],
        _FAIR_PRICES,
        empty="No fair price: too few complete prices",
        width=4,
        height=6,
        reduceOptions=reduced("/.*/"),
    )
    return part(fair, columns=_FAIR_PRICES)


def _time_to_kick_off() -> Panel:
    return stat(
        "to-kick-off",
        "Time to kick-off",
        "How long a bet is still possible; negative when the match has started.",
        "",
        unit="duration",
        decimals=1,
        thresholds=steps(GREY, (0, ORANGE), (3600, BLUE)),
        empty=_UNKNOWN,
        width=4,
        height=6,
        column="to_kick_off",
    )


def _widest_spread(catalogue: Catalogue) -> Panel:
    return stat(
        "spread",
        "Widest spread",
        "How much more the best price pays than the worst one, on the outcome where they differ most.",
        "",
        unit="percent",
        decimals=1,
        thresholds=spread_steps(catalogue),
        empty="No current prices",
        width=12,
        column="spread_pct",
    )


def _best_margin() -> Panel:
    return stat(
        "best-margin",
        "Margin of the best prices",
        "What is lost when every outcome is backed at its best price. Below 0 it would be won: a surebet, or a wrong "
        "price. Opportunities says what speaks against it.",
        "",
        unit="percent",
        decimals=1,
        thresholds=steps(ORANGE, (0, BLUE)),
        empty="No current prices",
        width=12,
        column="best_margin_pct",
    )


def _age(catalogue: Catalogue) -> Panel:
    collection = catalogue.settings.collection
    return stat(
        "age",
        "Last price",
        "How old the newest price is; orange when the next one is late. At kick-off for a match that has started.",
        "",
        unit="duration",
        decimals=1,
        thresholds=steps(GREEN, (collection.late_seconds, ORANGE), (collection.stuck_seconds, RED)),
        empty=_UNKNOWN,
        width=4,
        height=6,
        column="age",
    )


def _prices(catalogue: Catalogue) -> Panel:
    most = catalogue.settings.value.max_ev_pct
    columns = ("bookmaker_name", "home_price", "draw_price", "away_price", "overround_pct", "age", "remark")
    marked = ", ".join(
        f"to_char({outcome}_price, 'FM9990.00') || CASE WHEN {outcome}_is_best THEN ' ★' ELSE '' END"
        f" || CASE WHEN {outcome}_value_pct > {most:g} THEN ' ▲?' WHEN {outcome}_value_pct > 0 THEN ' ▲' ELSE '' END"
        f" AS {outcome}_price"
        for outcome in _OUTCOMES
    )
    above_fair = [
        {"type": "regex", "options": {"pattern": pattern, "result": {"text": "$1", "color": colour, "index": index}}}
        for index, (pattern, colour) in enumerate((("/(.*▲\\?)/", ORANGE), ("/(.*▲)/", GREEN)))
    ]
    return table(
        "prices",
        "Latest prices",
        "The price of each bookmaker, the lowest margin first. Green ▲: after commission it pays more than fair; "
        f"orange ▲?: by more than {most:g} %, which is nearly always an error; ★: the best one of its outcome. "
        "For a match that has started, the last prices before kick-off.",
        catalogue.select(
            "match_prices",
            f"bookmaker_name, {marked}, overround_pct, age, remark",
            order_by="overround_pct, bookmaker",
            match=_MATCH,
        ),
        catalogue["match_prices"],
        columns,
        empty="No bookmaker has a current price for this match",
        width=12,
        height=12,
        overrides=[
            *_BOOKMAKER,
            *(
                by_name(
                    f"{outcome}_price",
                    {"id": "custom.align", "value": "right"},
                    {"id": "custom.cellOptions", "value": {"type": "color-text"}},
                    {"id": "mappings", "value": above_fair},
                )
                for outcome in _OUTCOMES
            ),
        ],
    )


def _moves(catalogue: Catalogue) -> Panel:
    metric = catalogue["match_moves"]
    columns = ("bookmaker_name", *(f"{outcome}_{what}" for outcome in _OUTCOMES for what in ("opening", "move_pct")))
    return table(
        "moves",
        "Moves since opening",
        "The first price of each bookmaker, and how far it has moved since: + pays more than at first, "
        "- less. News, not a tip.",
        catalogue.select(
            "match_moves", ", ".join(columns), order_by="abs(home_move_pct) DESC NULLS LAST, bookmaker", match=_MATCH
        ),
        metric,
        columns,
        empty="No bookmaker has a current price for this match",
        width=12,
        height=12,
        overrides=[
            *_BOOKMAKER,
            *(coloured(f"{outcome}_move_pct", _MOVES) for outcome in _OUTCOMES),
        ],
    )


def _curves(catalogue: Catalogue, outcome: str) -> Panel:
    panel = timeseries(
        f"curve-{outcome}",
        f"Prices for {outcome}",
        f"What each bookmaker offered for {outcome}, after commission, and two thick lines: the best of them, and the "
        "fair price, above which a price is worth more than it costs. A line ends where the bookmaker was left out.",
        catalogue.select(
            "match_prices_over_time",
            "time, curve AS metric, price",
            where=f"outcome = '{outcome}'",
            order_by="time, curve",
            match=_MATCH,
        ),
        unit="price",
        empty=f"Nobody offered a {outcome} price in this time range",
        width=8,
        height=9,
        decimals=2,
        custom=_STEPS,
    )
    return _bundle(panel, {_BEST: GREEN, _FAIR: BLUE})


def _bundle(panel: Panel, thick: Mapping[str, str]) -> Panel:
    """Draw the bookmakers as one thin grey bundle, named when pointed at, and the `thick` series in their colours."""
    emphasis = tuple(
        by_name(name, {"id": "custom.lineWidth", "value": 3}, {"id": "color", "value": fixed(colour)})
        for name, colour in thick.items()
    )
    thin = fixed("rgba(140, 140, 150, 0.55)")
    defaults = {**panel.defaults, "color": thin, "custom": {**panel.defaults["custom"], "lineWidth": 1}}
    return replace(panel, defaults=defaults, overrides=emphasis)


def _spread(catalogue: Catalogue) -> Panel:
    return timeseries(
        "spread-over-time",
        "Spread over time",
        "How much more the best price paid than the worst one. The dashed line is where an opportunity begins.",
        catalogue.select(
            "match_spread_over_time",
            "time, outcome AS metric, spread_pct",
            where="spread_pct IS NOT NULL",
            order_by="time, outcome",
            match=_MATCH,
        ),
        unit="percent",
        empty="No two bookmakers had a price in this time range",
        height=9,
        legend_shown=True,
        minimum=0,
        thresholds=steps(GREEN, (catalogue.settings.opportunities.min_spread_pct, ORANGE)),
        custom={**_STEPS, "thresholdsStyle": {"mode": "dashed"}},
    )


def _margins(catalogue: Catalogue) -> Panel:
    panel = timeseries(
        "margins",
        "Margin per bookmaker over time",
        "How far the chances behind a bookmaker's prices add up to more than 100 %, after commission, and those of the "
        "book made of all best prices (thick line). "
        "Below the dashed line the best prices were a surebet.",
        catalogue.select(
            "match_overround_over_time",
            "time, bookmaker AS metric, overround_pct",
            order_by="time, bookmaker",
            match=_MATCH,
        ),
        unit="percent",
        empty="No bookmaker had a price for each outcome in this time range",
        height=9,
        thresholds=steps(RED, (0, GREEN)),
        custom={**_STEPS, "thresholdsStyle": {"mode": "dashed"}},
    )
    return _bundle(panel, {_BEST_BOOK: GREEN})


def _bets(catalogue: Catalogue) -> Panel:
    metric = catalogue["bets_at_close"]
    columns = (
        "placed_at",
        "outcome",
        "bookmaker",
        "bet_type",
        "price",
        "closing_price",
        "clv_pct",
        "stake",
        "result",
        "profit",
    )
    return table(
        "bets",
        "Bets on this match",
        "Every bet on the match, whenever it was placed. An open one has no result yet.",
        catalogue.select("bets_at_close", ", ".join(columns), match=_MATCH, order_by="placed_at DESC"),
        metric,
        columns,
        empty="No bet on this match",
        height=6,
        overrides=coloured_gains("profit", "clv_pct"),
    )
