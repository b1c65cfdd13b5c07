"""Bookmakers: who keeps least, whose prices are best, and who is asleep?"""

from dashboards.style.chosen import range_end
from dashboards.style.colours import BLUE, GREEN, GREY, ORANGE, RED, steps
from dashboards.style.columns import coloured_texts, minimum_widths
from dashboards.style.page import Row, dashboard
from dashboards.style.panel import Panel
from dashboards.style.rankings import ranking
from dashboards.style.shared import part, shared
from dashboards.style.tables import table
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json

NAME = "bookmakers"

_EMPTY = "No bookmaker has been collected lately"


def build(catalogue: Catalogue) -> Json:
    """Build the dashboard."""
    measured = _measured(catalogue)
    rows = [
        Row("Who keeps least?", (_payback(catalogue, measured),)),
        Row("Whose prices are best, and whose are asleep?", (measured,)),
    ]
    return dashboard(
        NAME,
        "Bookmakers",
        "What each bookmaker pays back, how often it has the best price, and whether its prices move.",
        rows,
        time_zone=catalogue.settings.time_zone,
        time_from=f"now-{catalogue.settings.proof.window}",
        fixed=True,
    )


def _payback(catalogue: Catalogue, measured: Panel) -> Panel:
    payback = ranking(
        "payback",
        "Pays back",
        "What comes back of 100 that are staked on all outcomes of a book, after commission; the rest is the "
        "bookmaker's margin." + (" ★ is one of yours." if catalogue.settings.bookmakers.mine else ""),
        "",
        unit="percent",
        empty=_EMPTY,
        thresholds=steps(BLUE),
        width=24,
        height=11,
        decimals=1,
        bounds=(85, 100),
    )
    columns = ("payback_pct", "bookmaker")
    return part(shared(payback, measured), known="payback_pct", columns=columns, largest_first="payback_pct")


def _measured(catalogue: Catalogue) -> Panel:
    star = " || CASE WHEN is_mine THEN ' ★' ELSE '' END" if catalogue.settings.bookmakers.mine else ""
    columns = (
        *("bookmaker_name", "best_pct", "state", "alone_pct", "outlier_pct", "asleep_pct"),
        *("payback_pct", "overround_pct", "books", "matches", "last_price"),
    )
    return table(
        "measured",
        "Bookmakers, measured",
        "Best share: how often its price was the best one, where others offered too. Alone at top: nobody as high. "
        "Outliers: prices far from the median, either way: often errors. Asleep: no change while the others moved.",
        catalogue.select(
            "bookmaker_quality",
            f"{', '.join(columns)}, bookmaker_name{star} AS bookmaker",
            order_by="best_pct DESC NULLS LAST, bookmaker_name",
            sampled_at=range_end(catalogue.settings.times),
        ),
        catalogue["bookmaker_quality"],
        columns,
        empty=_EMPTY,
        height=14,
        hidden=("bookmaker",),
        overrides=(
            coloured_texts("state", {"ok": GREEN, "asleep": ORANGE, "silent": RED, "gone": GREY}),
            *minimum_widths({"bookmaker_name": 130}),
        ),
    )
