"""How wide a spread is: its colours, and the columns of the tables that list spreads."""

from dashboards.style.colours import BLUE, GREY, ORANGE, RED, YELLOW, steps
from dashboards.style.columns import coloured, widths
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json


def spread_steps(catalogue: Catalogue) -> list[Json]:
    """Colours of a spread by how unusual it is; never green: a wide spread is not good for anybody by itself."""
    minimum = catalogue.settings.opportunities.min_spread_pct
    alert = catalogue.settings.alerts.high_spread.threshold_pct
    coloured = ((10, YELLOW), (20, ORANGE), (alert, RED))
    return steps(GREY, (minimum, BLUE), *(step for step in coloured if minimum < step[0] <= alert))


def coloured_spread(catalogue: Catalogue) -> Json:
    """An override that colours the column of spreads by how wide they are."""
    return coloured("spread_pct", spread_steps(catalogue))


def narrow() -> tuple[Json, ...]:
    """Overrides that leave the width of a table to the names of the matches."""
    return widths({"league_name": 140, "outcome": 80, "best_bookmaker": 125, "worst_bookmaker": 125})
