"""`generate.py sql`: one metric as the database gets it, for a person with psql."""

import difflib
import re
from datetime import UTC, datetime, timedelta

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.database.macros import TimeRange, expand, interval_ms
from oddswatch.errors import UserError
from oddswatch.tree.query_comments import commented

#: The time range of metrics that have one, as on the page Opportunities.
LAST = timedelta(days=7)


def metric_sql(catalogue: Catalogue, name: str) -> str:
    """Return a metric's query with Grafana's macros expanded for the last week, up to its semicolon.

    All of it is asked for, as when no filter is set on a page; where one match must be named, it is the one that the
    page Match opens with. Raises `UserError` when there is no such metric, or when it works on another one's rows.
    """
    if name not in catalogue.metrics:
        close = difflib.get_close_matches(name, catalogue.metrics, n=1)
        remedy = f"did you mean {close[0]!r}?" if close else "docs/metrics.md lists them"
        raise UserError(f"no metric is called {name!r}; {remedy}")
    if "of" in catalogue[name].parameters:
        raise UserError(
            f"{name!r} works on the rows of the metrics that use it and cannot be asked alone; "
            f"ask one of those: {', '.join(_users(catalogue, name))}"
        )
    sql = catalogue.select(name)
    # A parameter that cannot be left out leaves a hole, in which Jinja writes this.
    if "match" in catalogue[name].parameters and re.search(r"\bNone\b", sql):
        first = catalogue.select("match_choice", "match_id", order_by="position", limit=1)
        sql = catalogue.select(name, match=f"({first})")
    now = datetime.now(UTC)
    week = TimeRange(now - LAST, now)
    return commented(f"metric {name}", expand(sql, week, interval_ms(week)) + ";")


def _users(catalogue: Catalogue, name: str) -> list[str]:
    """Return the metrics that use this one, through others or not, and can be asked alone."""
    direct = [metric for metric in catalogue if name in catalogue.references[metric.name]]
    found = (_users(catalogue, user.name) if "of" in user.parameters else [user.name] for user in direct)
    return sorted({user for users in found for user in users})
