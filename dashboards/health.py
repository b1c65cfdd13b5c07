"""System health: is everything collected, and can it be trusted?"""

from dashboards import tiles
from dashboards.style.annotations import annotation
from dashboards.style.colours import GREEN, GREY, ORANGE, RED, steps
from dashboards.style.columns import coloured, coloured_texts, minimum_widths
from dashboards.style.curves import bars, state_timeline, timeseries
from dashboards.style.numbers import stat, stat_list, text_stat
from dashboards.style.page import Row, dashboard
from dashboards.style.panel import Panel
from dashboards.style.shared import shared
from dashboards.style.tables import table
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json

NAME = "health"

_NOT_LOGGED = "No collections logged in this time range"
_STATES = {1: ("Success", GREEN), 2: ("Late", ORANGE), 0: ("Failed", RED)}


def build(catalogue: Catalogue) -> Json:
    """Build the dashboard."""
    checks = _checks(catalogue)
    rows = [
        Row(
            "Is everything collected?",
            (
                _late_leagues(catalogue),
                tiles.last_collection(catalogue, "oldest", width=4),
                tiles.success_rate(catalogue, "success-rate", width=4),
                tiles.requests_left(catalogue, "quota-left", width=4),
                _outlook(catalogue),
                _failed_checks(checks),
                _leagues(catalogue),
            ),
        ),
        Row("When did it fail, or come late?", (_states(catalogue), _errors(catalogue), _durations(catalogue))),
        Row("Does it bring as much as it used to?", (_prices_stored(catalogue), _opportunities(catalogue))),
        Row("Do the requests last until the month is over?", (_requests_over_time(catalogue), _forecast(catalogue))),
        Row("Can the data be trusted?", (checks,)),
        Row("How large are the tables?", (_tables(catalogue),)),
    ]
    failures = catalogue.select("collections_annotations", where="tags = 'failure'", order_by="time")
    collections = catalogue.select("collections_annotations", where="tags = 'collection'", order_by="time")
    return dashboard(
        NAME,
        "System health",
        "The collector, its quota, the tables, and whether their data can be trusted.",
        rows,
        time_zone=catalogue.settings.time_zone,
        annotations=[
            annotation("Failed collections", failures, RED),
            annotation("Collections", collections, GREY, shown=False),
        ],
        time_from="now-7d",
    )


def _late_leagues(catalogue: Catalogue) -> Panel:
    collection = catalogue.settings.collection
    return stat(
        "not-ok",
        "Leagues late or stuck",
        f"Leagues whose last collection is older than {collection.late_after_intervals:g} intervals of "
        f"{collection.interval}.",
        catalogue.select("collection_status", "sum((state <> 'ok')::int) AS leagues"),
        unit="count",
        thresholds=steps(GREY, (0, GREEN), (1, ORANGE)),
        empty="Never collected",
        width=4,
    )


def _outlook(catalogue: Catalogue) -> Panel:
    return text_stat(
        "runs-out",
        "Will they last?",
        "Whether the requests are used up before the new quota comes, at the pace of the last 3 days.",
        catalogue.select("api_quota", "outlook"),
        {"Enough.*": GREEN, "Used up.*": RED},
        empty="Not logged",
        width=4,
    )


def _failed_checks(checks: Panel) -> Panel:
    failed = stat(
        "problems",
        "Failed data checks",
        "Number of data checks below that have found something.",
        "",
        unit="count",
        thresholds=steps(GREY, (0, GREEN), (1, ORANGE)),
        empty="No prices",
        width=4,
        column="failed",
    )
    return shared(failed, checks)


def _leagues(catalogue: Catalogue) -> Panel:
    collection = catalogue.settings.collection
    columns = ("league_name", "state", "age", "expected", "failures_in_a_row")
    return table(
        "status",
        "Last collection per league",
        f"Late after {collection.late_after_intervals:g} intervals without a collection, stuck after twice that.",
        catalogue.select("collection_status", ", ".join(columns), order_by="age DESC, league_name"),
        catalogue["collection_status"],
        columns,
        empty="No league has ever been collected",
        width=24,
        height=7,
        overrides=(
            *minimum_widths({"league_name": 130}),
            coloured_texts("state", {"ok": GREEN, "late": ORANGE, "stuck": RED}),
            coloured("failures_in_a_row", steps(GREY, (1, ORANGE), (3, RED))),
        ),
    )


def _states(catalogue: Catalogue) -> Panel:
    return state_timeline(
        "states",
        "Collections per league",
        "Green from a successful collection until the next; red from a failed one; orange while the next is late.",
        catalogue.select("collection_states", "time, league_name AS metric, state", order_by="time, league_name"),
        _STATES,
        empty=_NOT_LOGGED,
        height=7,
    )


def _errors(catalogue: Catalogue) -> Panel:
    columns = ("time", "league_name", "error", "duration")
    return table(
        "errors",
        "Failed collections",
        "The newest 100 of the chosen time range, with what the collector said.",
        catalogue.select("collection_errors", ", ".join(columns), order_by="time DESC, league_name", limit=100),
        catalogue["collection_errors"],
        columns,
        empty="No collection failed in this time range",
        width=12,
        height=8,
        overrides=minimum_widths({"error": 250}),
    )


def _durations(catalogue: Catalogue) -> Panel:
    return timeseries(
        "durations",
        "Duration of collections",
        "How long successful collections took.",
        catalogue.select("collections_over_time", "time, league_name AS metric, duration", order_by="time"),
        unit="duration",
        empty=_NOT_LOGGED,
        minimum=0,
        legend_shown=True,
        custom={"fillOpacity": 0},
    )


def _prices_stored(catalogue: Catalogue) -> Panel:
    return bars(
        "stored",
        "Prices stored per hour",
        "From the collector's log; a collector that runs every few hours has a bar every few hours.",
        catalogue.select("prices_stored_per_hour", 'time, prices AS "Prices"', order_by="time"),
        unit="count",
        empty=_NOT_LOGGED,
    )


def _opportunities(catalogue: Catalogue) -> Panel:
    return timeseries(
        "opportunities",
        "Opportunities per collection",
        "Counted by the collector when it stored the prices, by its own definition: not the current opportunities.",
        catalogue.select("collections_over_time", "time, league_name AS metric, opportunities", order_by="time"),
        unit="count",
        empty=_NOT_LOGGED,
        minimum=0,
        legend_shown=True,
        custom={"fillOpacity": 0},
    )


def _requests_over_time(catalogue: Catalogue) -> Panel:
    quota = catalogue.settings.collection.quota_per_month
    return timeseries(
        "quota",
        "Requests left over time",
        f"Of {quota} a month; full again on the first of each month.",
        catalogue.select("requests_left_over_time", 'time, requests_left AS "Requests left"', order_by="time"),
        unit="count",
        empty="No requests logged in this time range",
        width=16,
        minimum=0,
    )


def _forecast(catalogue: Catalogue) -> Panel:
    columns = ("requests_left", "used_per_day", "left_at_reset")
    return stat_list(
        "forecast",
        "Forecast",
        "At the pace of the last 3 days. Left at the reset is negative by what is going to be missing.",
        catalogue.select("api_quota", ", ".join(columns)),
        catalogue["api_quota"],
        columns,
        empty="No requests logged",
        width=8,
        height=8,
        thresholds={"left_at_reset": steps(RED, (0, GREEN))},
    )


def _checks(catalogue: Catalogue) -> Panel:
    columns = ("problem", "found", "detail")
    return table(
        "quality",
        "Data checks",
        "What is wrong with the prices of the last 24 hours and with the bets, and where. All should be 0, but for "
        "results without prices where prices are kept for a shorter time than bets.",
        catalogue.select("data_quality", f"{', '.join(columns)}, sum((found > 0 AND is_fault)::int) OVER () AS failed"),
        catalogue["data_quality"],
        columns,
        empty="–",
        width=24,
        height=9,
        hidden=("failed",),
        overrides=(
            *minimum_widths({"problem": 170, "detail": 250}),
            coloured("found", steps(GREEN, (1, ORANGE)), {"id": "custom.width", "value": 90}),
        ),
    )


def _tables(catalogue: Catalogue) -> Panel:
    metric = catalogue["table_sizes"]
    columns = [column.name for column in metric.columns]
    return table(
        "tables",
        "Tables",
        "Size with indexes, estimated rows, and the oldest and newest row.",
        catalogue.select("table_sizes", ", ".join(columns), order_by="bytes DESC"),
        metric,
        columns,
        empty="–",
        height=6,
        overrides=minimum_widths({"contents": 150, "table_name": 130}),
    )
