"""Performance: am I winning, and where does it come from?"""

from dashboards import tiles
from dashboards.style.annotations import annotation
from dashboards.style.colours import BLUE, GAIN, GREEN, GREY, ORANGE, RED, steps
from dashboards.style.columns import by_name, coloured_gains, coloured_texts, minimum_widths, widths
from dashboards.style.curves import band, bars, timeseries
from dashboards.style.links import to_match
from dashboards.style.numbers import stat, stat_list, text_stat
from dashboards.style.page import Row, dashboard
from dashboards.style.panel import Panel, fixed
from dashboards.style.shared import part, shared
from dashboards.style.tables import table
from dashboards.tiles import NO_BETS
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json

NAME = "performance"

_STATES = {"ahead": BLUE, "running": GREEN, "awaiting result": ORANGE, "unknown": GREY}
_RESULTS = {"won": GREEN, "lost": RED, "void": GREY}
_WIDTHS = {"outcome": 80, "result": 70, "state": 120, "bet_type": 90}
_GROUPS = {"league": "By league", "bookmaker": "By bookmaker", "bet_type": "By type of bet"}
_NONE_IN_RANGE = "No bets settled in this time range"
_TOTALS = ("profit", "yield_pct", "win_rate_pct", "drawdown_pct", "raw_clv_pct", "open", "exposure")


def build(catalogue: Catalogue) -> Json:
    """Build the dashboard."""
    final_price = tiles.beat_the_final_price(catalogue, "clv", width=6)
    in_range = _in_range(catalogue)
    bankroll = tiles.bankroll(catalogue, "bankroll", _TOTALS, width=4)
    bankroll_curve = tiles.bankroll_curve(catalogue, "bankroll-curve", width=18, height=9)
    rows = [
        Row(
            "Am I winning?",
            (
                bankroll,
                tiles.profit("profit", bankroll, width=4),
                shared(_yield(), bankroll),
                shared(_win_rate(), bankroll),
                shared(_drawdown_now(), bankroll),
                shared(_raw_closing_line_value(), bankroll),
            ),
        ),
        Row(
            "Is it skill or luck?",
            (
                final_price,
                shared(_luck(), final_price),
                shared(_expected_wins(catalogue), final_price),
                _against_expected(catalogue),
            ),
        ),
        Row(
            "How did it go in this range?",
            (
                bankroll_curve,
                in_range,
                _profit_by_day(catalogue),
                shared(_drawdown(), bankroll_curve),
                _closing_line_value(catalogue),
            ),
        ),
        Row(
            "Where does it come from?",
            tuple(_by_group(catalogue, in_range, group, title) for group, title in _GROUPS.items()),
        ),
        Row("What is still open?", (shared(_exposure(catalogue), bankroll), _open_bets(catalogue))),
        Row("What did I bet on?", (_bets(catalogue),)),
    ]
    return dashboard(
        NAME,
        "Performance",
        "Bankroll, profit and yield of the bets; where they come from, and what is still open.",
        rows,
        time_zone=catalogue.settings.time_zone,
        annotations=[
            annotation("Placed bets", catalogue.select("bets_annotations", order_by="time"), BLUE, shown=False)
        ],
        time_from="now-30d",
        refresh="5m",
    )


def _yield() -> Panel:
    return stat(
        "yield",
        "Yield",
        "Profit per money staked, over all settled bets but the void ones. Above 0 is a gain.",
        "",
        unit="percent",
        decimals=1,
        thresholds=GAIN,
        empty=NO_BETS,
        width=4,
        column="yield_pct",
    )


def _win_rate() -> Panel:
    return stat(
        "win-rate",
        "Win rate",
        "Share of won bets among the won and lost ones. What it must be to win depends on the prices.",
        "",
        unit="percent",
        decimals=1,
        thresholds=steps(BLUE),
        empty=NO_BETS,
        width=4,
        column="win_rate_pct",
    )


def _drawdown_now() -> Panel:
    return stat(
        "drawdown-now",
        "Below the peak",
        "How far the bankroll is now below the highest it has ever been.",
        "",
        unit="percent",
        decimals=1,
        thresholds=steps(GREEN, (10, ORANGE), (20, RED)),
        width=4,
        column="drawdown_pct",
    )


def _raw_closing_line_value() -> Panel:
    return stat(
        "raw-clv",
        "Raw closing line value",
        "Price taken against the closing price that the bets recorded. Its margin makes that look like skill: "
        "what counts is the final price without it, below.",
        "",
        unit="percent",
        decimals=1,
        thresholds=steps(GREY),
        empty="Not recorded",
        width=4,
        column="raw_clv_pct",
    )


def _luck() -> Panel:
    return text_stat(
        "luck",
        "Luck",
        "Profit against what the final prices say the bets were worth, and about how many of all bettors with these "
        "bets would be at least as far off.",
        "",
        {},
        empty="Too few results with a final price",
        width=12,
        size=20,
        column="luck_text",
    )


def _expected_wins(catalogue: Catalogue) -> Panel:
    columns = ("won", "expected_won")
    return stat_list(
        "wins",
        "Wins",
        "How many bets won, and how many should have by the final prices.",
        "",
        catalogue["bets_against_close"],
        columns,
        empty="No final prices",
        height=4,
    )


def _against_expected(catalogue: Catalogue) -> Panel:
    return timeseries(
        "against-expected",
        "Profit against what was expected",
        "The profit of the bets, and what they were worth by the final prices. Where the two part, it is luck.",
        catalogue.select(
            "profit_against_expected",
            'time, profit AS "Profit", expected_profit AS "Expected by the final prices"',
            order_by="time",
        ),
        unit="money",
        empty="No results with a final price in this time range",
        width=24,
        height=8,
        decimals=0,
        legend_shown=True,
        custom={"lineInterpolation": "stepAfter", "showPoints": "never", "fillOpacity": 0},
    )


def _in_range(catalogue: Catalogue) -> Panel:
    shown = ("profit", "yield_pct", "win_rate_pct", "bets")
    # In the order in which this panel and the tables that share it show them.
    columns = ", ".join(("name", *shown, "staked", "grouped_by"))
    in_range = stat_list(
        "in-range",
        "In this time range",
        "The bets settled in the chosen time range.",
        catalogue.select("betting_by_group", columns, order_by="profit DESC, name"),
        catalogue["betting_by_group"],
        shown,
        empty=_NONE_IN_RANGE,
        thresholds={"profit": GAIN, "yield_pct": GAIN},
    )
    return part(in_range, where={"grouped_by": "all"}, columns=shown)


def _profit_by_day(catalogue: Catalogue) -> Panel:
    return bars(
        "profit-by-day",
        "Profit by day",
        f"Profit of the bets settled on each day of {catalogue.settings.time_zone}.",
        catalogue.select("profit_by_day", 'time, profit AS "Profit"', order_by="time"),
        unit="money",
        empty=_NONE_IN_RANGE,
        width=8,
        decimals=2,
        thresholds=steps(RED, (0, GREEN)),
    )


def _drawdown() -> Panel:
    drawdown = timeseries(
        "drawdown",
        "Drawdown",
        "How far the bankroll was below the highest it had been until then; 0 is a new high.",
        "",
        unit="percent",
        empty=NO_BETS,
        width=8,
        minimum=0,
        custom={"lineInterpolation": "stepAfter", "fillOpacity": 30, "showPoints": "never"},
        overrides=(by_name("Drawdown", {"id": "color", "value": fixed(ORANGE)}),),
    )
    return part(drawdown, columns=("Time", "Drawdown"))


def _closing_line_value(catalogue: Catalogue) -> Panel:
    return timeseries(
        "clv-over-time",
        "Closing line value over time",
        "The mean of all bets so far with two standard errors to either side, and as points that of the matches that "
        "began at each moment. Above 0 the prices taken were better than what they were worth by the final prices.",
        catalogue.select(
            "closing_line_value",
            'time, clv_pct AS "Then", mean_clv_pct AS "Mean so far", from_pct, to_pct',
            order_by="time",
        ),
        unit="percent",
        empty="No final prices in this time range",
        width=8,
        legend_shown=True,
        thresholds=steps(RED, (0, GREEN)),
        custom={"thresholdsStyle": {"mode": "dashed"}, "fillOpacity": 0},
        overrides=(
            by_name(
                "Then",
                {"id": "custom.drawStyle", "value": "points"},
                {"id": "color", "value": fixed(GREY)},
            ),
            by_name("Mean so far", {"id": "color", "value": fixed(BLUE)}),
            *band("from_pct", "to_pct"),
        ),
    )


def _by_group(catalogue: Catalogue, in_range: Panel, group: str, title: str) -> Panel:
    columns = ("name", "profit", "yield_pct", "bets", "staked")
    what = title.removeprefix("By ")
    by_group = table(
        f"by-{group.replace('_', '-')}",
        title,
        f"Profit and yield of the bets settled in the chosen time range, per {what}, the largest profit first. "
        "Yields of fewer than thousands of bets are mostly luck.",
        "",
        catalogue["betting_by_group"],
        columns,
        empty=_NONE_IN_RANGE,
        width=8,
        height=9,
        overrides=(*minimum_widths({"name": 125}), *coloured_gains("profit")),
    )
    return part(shared(by_group, in_range), where={"grouped_by": group}, columns=columns)


def _exposure(catalogue: Catalogue) -> Panel:
    columns = ("open", "exposure")
    exposure = stat_list(
        "exposure",
        "Money at stake",
        "Number of open bets, and the money that is at stake in them.",
        "",
        catalogue["betting_summary"],
        columns,
        empty="–",
        width=4,
        height=8,
    )
    return part(exposure, columns=columns)


def _open_bets(catalogue: Catalogue) -> Panel:
    columns = (
        *("match", "stake", "outcome", "kick_off", "price", "to_win", "state"),
        *("bookmaker", "league", "bet_type", "match_id"),
    )
    return table(
        "open",
        "Open bets",
        "Bets without a result, the next kick-off first. Those that await a result should be settled.",
        catalogue.select("open_bets", ", ".join(columns), order_by="kick_off, match_id, outcome"),
        catalogue["open_bets"],
        columns,
        empty="No open bets",
        width=20,
        height=8,
        hidden=("match_id",),
        overrides=(
            to_match(),
            *minimum_widths({"match": 190}),
            *widths(_WIDTHS),
            coloured_texts("state", _STATES),
        ),
    )


def _bets(catalogue: Catalogue) -> Panel:
    columns = (
        *("match", "profit", "outcome", "result", "settled_at", "stake", "price", "closing_price", "clv_pct"),
        *("bookmaker", "league", "bet_type", "match_id"),
    )
    return table(
        "bets",
        "Settled bets",
        "The bets settled in the chosen time range, the newest first, 500 at most.",
        catalogue.select("bet_list", ", ".join(columns), order_by="settled_at DESC, match_id, outcome", limit=500),
        catalogue["bet_list"],
        columns,
        empty=_NONE_IN_RANGE,
        height=12,
        hidden=("match_id",),
        overrides=(
            *coloured_gains("profit", "clv_pct"),
            to_match(),
            *minimum_widths({"match": 190}),
            *widths(_WIDTHS),
            coloured_texts("result", _RESULTS),
        ),
    )
