"""The frame of a page: its rows laid out, the menu, the variables and the marks."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import methodcaller

from grafanalib import core as grafana

from dashboards.style.panel import Panel, to_grafana
from oddswatch.json_types import Json
from oddswatch.names import RUNBOOK, TAG, dashboard_uid, panel_id

SCHEMA_VERSION = 41
WIDTH = 24

#: The menu of every page: name, title, what it answers, icon. Match is reached from matches.
MENU = (
    ("home", "Home", "Everything at a glance", "dashboard"),
    ("opportunities", "Opportunities", "What is worth a bet now?", "bolt"),
    ("proof", "Proof", "Do my alerts deserve to be read?", "info"),
    ("performance", "Performance", "Am I winning, or lucky?", "dashboard"),
    ("bookmakers", "Bookmakers", "Who keeps least, who is asleep?", "dashboard"),
    ("health", "System health", "Is it working?", "cloud"),
    (RUNBOOK, "Runbook", "What an alert means, and what to do", "doc"),
)

#: What grafanalib writes and Grafana 12 does not read.
_LEGACY = ("__inputs", "gnetId", "hideControls", "rows", "sharedCrosshair", "style", "version")


@dataclass(frozen=True)
class Row:
    """Panels that answer one question."""

    question: str
    panels: tuple[Panel, ...]
    collapsed: bool = False


def dashboard(
    name: str,
    title: str,
    description: str,
    rows: Sequence[Row],
    *,
    time_zone: str,
    variables: Sequence[Json] = (),
    annotations: Sequence[Json] = (),
    time_from: str = "now-24h",
    refresh: str = "1m",
    fixed: bool = False,
) -> Json:
    """Lay the rows out and return the dashboard's JSON.

    `time_zone` is the site's, so that a list, a tile and a mail say the same time, whoever looks at them. A `fixed`
    page has no time range to choose and is not read again by itself.
    """
    uid = dashboard_uid(name)
    model = grafana.Dashboard(
        title=title,
        description=description,
        uid=uid,
        id=None,
        tags=[TAG],
        timezone=time_zone,
        refresh="" if fixed else refresh,
        time=grafana.Time(time_from, "now"),
        editable=False,
        schemaVersion=SCHEMA_VERSION,
        graphTooltip=grafana.GRAPH_TOOLTIP_MODE_SHARED_CROSSHAIR,
        panels=list(_lay_out(uid, rows)),
        templating=grafana.Templating(list(variables)),
        annotations=grafana.Annotations(list(annotations)),
        links=_menu(),
    )
    frame: Json = json.loads(json.dumps(model.to_json_data(), default=methodcaller("to_json_data")))
    frame["timepicker"] = {"hidden": fixed}
    return {key: value for key, value in frame.items() if key not in _LEGACY}


def _menu() -> list[grafana.DashboardLink]:
    """Links to all pages in the order in which people open them; each opens in a time range of its own."""
    return [
        grafana.DashboardLink(
            type="link", title=title, tooltip=tooltip, icon=icon, uri=f"/d/{dashboard_uid(name)}", keepTime=False
        )
        for name, title, tooltip, icon in MENU
    ]


def _lay_out(uid: str, rows: Sequence[Row]) -> Iterator[Json | grafana.Panel]:
    """Place the rows one below the other: each a header, and its panels below or, in a collapsed one, inside it."""
    top = 0
    for row in rows:
        placed, bottom = _place(row.panels, top + 1)
        panels = [to_grafana(uid, panel, position) for panel, position in placed]
        yield {
            "type": "row",
            "title": row.question,
            "id": panel_id(uid, f"row/{row.question}"),
            "gridPos": {"h": 1, "w": WIDTH, "x": 0, "y": top},
            "collapsed": row.collapsed,
            "panels": panels if row.collapsed else [],
        }
        if not row.collapsed:
            yield from panels
        top = bottom


def _place(panels: Sequence[Panel], top: int) -> tuple[list[tuple[Panel, grafana.GridPos]], int]:
    """Give panels their places from left to right, in lines as high as their tallest one; and where they end."""
    placed = []
    left = tallest = 0
    for panel in panels:
        if left + panel.width > WIDTH:
            top, left, tallest = top + tallest, 0, 0
        placed.append((panel, grafana.GridPos(h=panel.height, w=panel.width, x=left, y=top)))
        left, tallest = left + panel.width, max(tallest, panel.height)
    return placed, top + tallest
