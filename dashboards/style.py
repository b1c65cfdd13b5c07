"""The house style: panels, colours, thresholds and units over grafanalib, in the forms that Grafana 12 reads.

A dashboard is a list of rows, each headed by the question it answers, each a list of panels. Titles of columns and
units come from the catalogue; a panel states its own title, its size, and what its colours mean.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grafanalib import core as grafana
from grafanalib._gen import DashboardEncoder

from oddswatch.catalogue.header import UNITS, Metric
from oddswatch.json_types import Json
from oddswatch.names import DATASOURCE, NAME_PREFIX, dashboard_uid, panel_id

SCHEMA_VERSION = 41

GREEN, YELLOW, ORANGE, RED, BLUE, GREY = "green", "yellow", "orange", "red", "blue", "text"

#: Pixels that a table's values of a unit need.
_WIDTHS = dict.fromkeys(UNITS, 80) | {"duration": 95, "time": 145, "from_now": 110}

_LEGACY = ("editable", "error", "hideTimeOverride")
_LEGACY_DASHBOARD = ("__inputs", "gnetId", "hideControls", "rows", "style")


def steps(base: str, *higher: tuple[float, str]) -> list[Json]:
    """Threshold steps: a colour from minus infinity on, then one from each value on."""
    return [{"color": base, "value": None}, *({"color": colour, "value": value} for value, colour in higher)]


class TypedPanel(grafana.Panel):
    """A panel whose JSON is grafanalib's frame and ours for the rest.

    Its own Stat, Table … have the forms of Grafana 7.
    """

    def __init__(self, panel_type: str, **frame: Any) -> None:
        super().__init__(**frame)
        self.type = panel_type

    def to_json_data(self) -> Json:
        """Return the panel's JSON without grafanalib's empty legacy keys."""
        frame = self.panel_json({"type": self.type, "pluginVersion": "12.2.0"})
        return {key: value for key, value in frame.items() if value not in (None, [], "") and key not in _LEGACY}


class PostgresTarget(grafana.SqlTarget):
    """A query in the form that the PostgreSQL data source reads, and nothing else."""

    def to_json_data(self) -> Json:
        """Return the target's JSON; the format is mandatory there."""
        return {
            "refId": self.refId,
            "datasource": DATASOURCE,
            "format": self.format,
            "rawSql": self.rawSql,
            "rawQuery": True,
            "editorMode": "code",
        }


@dataclass(frozen=True)
class Panel:
    """One panel of a row; `key` is its identity within the dashboard and never changes.

    `more` are further queries, in the same format, whose results are shown together with the first one's.
    """

    key: str
    title: str
    description: str
    sql: str
    type: str
    width: int
    height: int
    format: str = "table"
    defaults: Json = field(default_factory=dict)
    overrides: tuple[Json, ...] = ()
    options: Json = field(default_factory=dict)
    extra: Json = field(default_factory=dict)
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """Panels that answer one question."""

    question: str
    panels: tuple[Panel, ...]
    collapsed: bool = False


def column_overrides(metric: Metric, names: Sequence[str]) -> list[Json]:
    """Titles and units of table columns, from the catalogue."""
    overrides = []
    for name in names:
        column = metric.column(name)
        properties: list[Json] = [{"id": "displayName", "value": column.title}]
        if column.unit != "text":
            properties.append({"id": "unit", "value": UNITS[column.unit]})
            # As wide as the title or the value needs (8 pixels a letter), so that names and texts get what is left.
            properties.append({"id": "custom.width", "value": max(_WIDTHS[column.unit], 8 * len(column.title) + 30)})
        if column.unit == "price":
            properties.append({"id": "decimals", "value": 2})
        if column.unit in ("percent", "money"):
            properties.append({"id": "decimals", "value": 1 if column.unit == "percent" else 2})
        overrides.append(by_name(name, *properties))
    return overrides


def by_name(name: str, *properties: Json) -> Json:
    """An override for the field called `name`."""
    return {"matcher": {"id": "byName", "options": name}, "properties": list(properties)}


def stat(
    key: str,
    title: str,
    description: str,
    sql: str,
    *,
    unit: str,
    thresholds: list[Json] | None = None,
    empty: str = "–",
    width: int = 6,
    height: int = 4,
    decimals: int | None = None,
    mappings: list[Json] | None = None,
    links: list[Json] | None = None,
    trend: bool = False,
) -> Panel:
    """One number (or one per row); `empty` is what the panel says when there is no value."""
    return Panel(
        key,
        title,
        description,
        sql,
        "stat",
        width,
        height,
        format="time_series" if trend else "table",
        defaults={
            "unit": UNITS[unit],
            "noValue": empty,
            "color": {"mode": "thresholds"},
            "thresholds": {"mode": "absolute", "steps": thresholds or steps(BLUE)},
            **({"decimals": decimals} if decimals is not None else {}),
            **({"mappings": mappings} if mappings else {}),
            **({"links": links} if links else {}),
        },
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value",
            "graphMode": "area" if trend else "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "textMode": "value",
            "wideLayout": True,
        },
    )


def timeseries(
    key: str,
    title: str,
    description: str,
    sql: str,
    *,
    unit: str,
    empty: str,
    width: int = 12,
    height: int = 8,
    custom: Json | None = None,
    thresholds: list[Json] | None = None,
    overrides: Sequence[Json] = (),
    legend: bool = False,
    minimum: float | None = None,
    decimals: int | None = None,
) -> Panel:
    """Lines over time from a query in the `time_series` format."""
    return Panel(
        key,
        title,
        description,
        sql,
        "timeseries",
        width,
        height,
        format="time_series",
        defaults={
            "unit": UNITS[unit],
            "noValue": empty,
            "color": {"mode": "palette-classic"},
            "thresholds": {"mode": "absolute", "steps": thresholds or steps(GREEN)},
            "custom": {
                "drawStyle": "line",
                "lineInterpolation": "linear",
                "lineWidth": 2,
                "fillOpacity": 10,
                "showPoints": "auto",
                "spanNulls": True,
                "axisPlacement": "auto",
                **(custom or {}),
            },
            **({"min": minimum} if minimum is not None else {}),
            **({"decimals": decimals} if decimals is not None else {}),
        },
        overrides=tuple(overrides),
        options={
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": legend, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    )


def table(
    key: str,
    title: str,
    description: str,
    sql: str,
    metric: Metric,
    columns: Sequence[str],
    *,
    empty: str,
    width: int = 24,
    height: int = 10,
    hidden: Sequence[str] = (),
    overrides: Sequence[Json] = (),
    sort_by: str | None = None,
) -> Panel:
    """A table of `columns` of a metric, with the catalogue's titles and units."""
    return Panel(
        key,
        title,
        description,
        sql,
        "table",
        width,
        height,
        defaults={
            "noValue": empty,
            "color": {"mode": "thresholds"},
            "thresholds": {"mode": "absolute", "steps": steps(GREY)},
            "custom": {
                "align": "auto",
                "cellOptions": {"type": "auto"},
                "filterable": False,
                "inspect": False,
                "minWidth": 90,
            },
        },
        overrides=(
            # What a table says when it has no rows is not what one of its cells says.
            {"matcher": {"id": "byRegexp", "options": "/.*/"}, "properties": [{"id": "noValue", "value": "–"}]},
            *column_overrides(metric, columns),
            *(by_name(name, {"id": "custom.hidden", "value": True}) for name in hidden),
            *overrides,
        ),
        options={
            "showHeader": True,
            "cellHeight": "sm",
            "footer": {"show": False, "reducer": ["sum"], "fields": ""},
            **({"sortBy": [{"displayName": metric.column(sort_by).title, "desc": True}]} if sort_by else {}),
        },
    )


def query_variable(name: str, label: str, description: str, sql: str) -> Json:
    """A variable whose values come from a query; several can be chosen, and all of them at first."""
    return {
        "name": name,
        "label": label,
        "description": description,
        "type": "query",
        "datasource": DATASOURCE,
        # The SQL as plain text: an object is exported, but never run (see reference of Grafana's variables).
        "query": sql,
        "definition": sql,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "current": {"text": ["All"], "value": ["$__all"]},
        "options": [],
        "regex": "",
        "hide": 0,
        "skipUrlSync": False,
    }


def single_variable(name: str, label: str, description: str, sql: str) -> Json:
    """A variable of which one value is chosen, the query's first one at first; see `query_variable`.

    The query returns `__value` and `__text`, in the order of the list. A value that comes by a link need not be among
    them: it stays because the list is read once, when the page is opened, and not again with each time range.
    """
    several = query_variable(name, label, description, sql)
    return {**several, "multi": False, "includeAll": False, "current": {}, "sort": 0, "refresh": 1}


def choice_variable(name: str, label: str, description: str, choices: Mapping[str, str]) -> Json:
    """A variable with a fixed list of choices, text by value; the first is the default."""
    first = next(iter(choices))
    return {
        "name": name,
        "label": label,
        "description": description,
        "type": "custom",
        "query": ",".join(f"{text} : {value}" for value, text in choices.items()),
        "multi": False,
        "includeAll": False,
        "current": {"text": choices[first], "value": first, "selected": True},
        "options": [{"text": text, "value": value, "selected": value == first} for value, text in choices.items()],
        "hide": 0,
        "skipUrlSync": False,
    }


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
        "target": PostgresTarget(refId="Annotation", rawSql=sql, format="table").to_json_data(),
    }


def dashboard(
    name: str,
    title: str,
    description: str,
    rows: Sequence[Row],
    *,
    variables: Sequence[Json] = (),
    annotations: Sequence[Json] = (),
    time_from: str = "now-24h",
    refresh: str = "1m",
) -> Json:
    """Lay the rows out and return the dashboard's JSON."""
    uid = dashboard_uid(name)
    model = grafana.Dashboard(
        title=title,
        description=description,
        uid=uid,
        id=None,
        tags=["oddswatch"],
        timezone="browser",
        refresh=refresh,
        time=grafana.Time(time_from, "now"),
        editable=False,
        schemaVersion=SCHEMA_VERSION,
        graphTooltip=grafana.GRAPH_TOOLTIP_MODE_SHARED_CROSSHAIR,
        panels=_lay_out(uid, rows),
    )
    frame: Json = json.loads(json.dumps(model.to_json_data(), cls=DashboardEncoder))
    return {
        **{key: value for key, value in frame.items() if key not in _LEGACY_DASHBOARD},
        "templating": {"list": list(variables)},
        "annotations": {"list": list(annotations)},
        "links": [_dashboards_link()],
    }


def _dashboards_link() -> Json:
    """Links to all our dashboards, which keep the time range and the variables."""
    return {
        "type": "dashboards",
        "title": NAME_PREFIX,
        "tags": ["oddswatch"],
        "asDropdown": False,
        "keepTime": True,
        "includeVars": True,
        "targetBlank": False,
    }


def _lay_out(uid: str, rows: Sequence[Row]) -> list[Any]:
    """Place panels from left to right, 24 units wide, rows one below the other."""
    placed: list[Any] = []
    top = 0
    for row in rows:
        header: Json = {
            "type": "row",
            "title": row.question,
            "id": panel_id(uid, f"row/{row.question}"),
            "gridPos": {"h": 1, "w": 24, "x": 0, "y": top},
            "collapsed": row.collapsed,
            "panels": [],
        }
        top += 1
        left = tallest = 0
        inside = []
        for panel in row.panels:
            if left + panel.width > 24:
                top, left, tallest = top + tallest, 0, 0
            position = grafana.GridPos(h=panel.height, w=panel.width, x=left, y=top)
            inside.append(_to_grafana(uid, panel, position))
            left, tallest = left + panel.width, max(tallest, panel.height)
        top += tallest
        if row.collapsed:
            header["panels"] = inside
            placed.append(header)
        else:
            placed += [header, *inside]
    return placed


def _to_grafana(uid: str, panel: Panel, position: grafana.GridPos) -> TypedPanel:
    return TypedPanel(
        panel.type,
        title=panel.title,
        description=panel.description,
        id=panel_id(uid, panel.key),
        gridPos=position,
        dataSource=DATASOURCE,
        targets=[
            PostgresTarget(refId=ref_id, rawSql=sql, format=panel.format)
            for ref_id, sql in zip("ABCDEF", filter(None, (panel.sql, *panel.more)), strict=False)
        ],
        extraJson={
            "fieldConfig": {"defaults": panel.defaults, "overrides": list(panel.overrides)},
            "options": panel.options,
            **panel.extra,
        },
    )
