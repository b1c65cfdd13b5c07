"""Marks on the graphs of a page."""

from dashboards.style.queries import PostgresTarget
from oddswatch.json_types import Json
from oddswatch.names import DATASOURCE


def annotation(name: str, sql: str, colour: str, *, shown: bool = True) -> Json:
    """Marks on every graph of the dashboard, from a query with the columns time, title, text and tags.

    A viewer switches them on and off by `name`; `shown` is how they are at first.
    """
    return {
        "name": name,
        "datasource": DATASOURCE,
        "enable": shown,
        "hide": False,
        "iconColor": colour,
        "target": {
            **PostgresTarget(refId="Annotation", rawSql=sql, format="table").to_json_data(),
            # For Grafana's own annotations, but its schema wants them of all.
            "limit": 100,
            "matchAny": False,
            "tags": [],
            "type": "dashboard",
        },
    }
