"""What panels of every kind have in common, and their form in Grafana."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grafanalib import core as grafana

from dashboards.style.colours import thresholds
from dashboards.style.queries import PostgresTarget, SharedTarget
from oddswatch.catalogue.header import UNITS
from oddswatch.json_types import Json
from oddswatch.names import DASHBOARD_SOURCE, DATASOURCE, panel_id

#: What grafanalib writes and Grafana 12 does not read.
_LEGACY = ("editable", "error")


@dataclass(frozen=True)
class Panel:
    """One panel of a row; `key` is its identity within the dashboard and never changes.

    `more` are further queries, in the same format, whose results are shown together with the first one's. Instead of a
    query there may be a `source`: the key of the panel of the same page whose answer is shown, see `shared`. With
    `time_from`, such as `30d`, its time range is the last so long, where that of the page is relative to now; the panel
    says so itself.
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
    more: tuple[str, ...] = ()
    source: str = ""
    transformations: tuple[Json, ...] = ()
    time_from: str = ""


def fields(
    unit: str,
    empty: str,
    *,
    levels: list[Json] | None = None,
    colour: Json | None = None,
    decimals: int | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    **others: Json | Sequence[Json] | None,
) -> Json:
    """What holds for all values of a panel: `unit` of the catalogue, and `empty`, which stands where there is none.

    With `levels` (threshold steps) and no other `colour`, a value has the colour of its step.
    """
    given = {
        "unit": UNITS[unit],
        "noValue": empty,
        "color": colour or {"mode": "thresholds"},
        "thresholds": thresholds(levels) if levels else None,
        "decimals": decimals,
        "min": minimum,
        "max": maximum,
        **others,
    }
    return {name: value for name, value in given.items() if value is not None}


def fixed(colour: str) -> Json:
    """One colour for all values, whatever they are."""
    return {"mode": "fixed", "fixedColor": colour}


def reduced(names: str = "", **others: Any) -> Json:
    """How rows become what is shown: the last value of each field that the regular expression `names` finds.

    Without `names` those are the numbers.
    """
    return {"calcs": ["lastNotNull"], "fields": names, "values": False, **others}


def legend(*, shown: bool) -> Json:
    """The names of the series, below the graph."""
    return {"displayMode": "list", "placement": "bottom", "showLegend": shown, "calcs": []}


def tooltip(mode: str, sort: str = "none") -> Json:
    """What is shown at the pointer: the `single` series below it, or all (`multi`)."""
    return {"mode": mode, "sort": sort}


class _GrafanaPanel(grafana.Panel):
    """A panel whose JSON is grafanalib's frame and ours for the rest.

    Its own Stat, Table … have the forms of Grafana 7.
    """

    def __init__(self, panel_type: str, **frame: Any) -> None:
        super().__init__(**frame)
        self.type = panel_type

    def to_json_data(self) -> Json:
        """Return the panel's JSON without what is off or empty."""
        frame = self.panel_json({"type": self.type, "pluginVersion": "12.2.0"})
        return {key: value for key, value in frame.items() if value and key not in _LEGACY}


def to_grafana(uid: str, panel: Panel, position: grafana.GridPos) -> grafana.Panel:
    """Return the panel as it stands at its position of the dashboard `uid`."""
    return _GrafanaPanel(
        panel.type,
        title=panel.title,
        description=panel.description,
        id=panel_id(uid, panel.key),
        gridPos=position,
        dataSource=DASHBOARD_SOURCE if panel.source else DATASOURCE if panel.sql else None,
        # As many as the panel has pixels, which is Grafana's own choice; grafanalib's is 100.
        maxDataPoints=None,
        timeFrom=panel.time_from or None,
        targets=_targets(uid, panel),
        transformations=list(panel.transformations),
        extraJson={
            "fieldConfig": {"defaults": panel.defaults, "overrides": list(panel.overrides)},
            "options": panel.options,
        },
    )


def _targets(uid: str, panel: Panel) -> list[PostgresTarget] | list[SharedTarget]:
    if panel.source:
        return [SharedTarget(panel_id(uid, panel.source))]
    return [
        PostgresTarget(refId=ref_id, rawSql=sql, format=panel.format)
        for ref_id, sql in zip("ABCDEF", filter(None, (panel.sql, *panel.more)), strict=False)
    ]
