"""A query of a panel or an annotation, or the answer to that of another panel."""

from dataclasses import dataclass

from grafanalib import core as grafana

from oddswatch.json_types import Json
from oddswatch.names import DASHBOARD_SOURCE, DATASOURCE


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
class SharedTarget:
    """The answer that another panel of the same page has got; `panel_id` is its id."""

    panel_id: int

    def to_json_data(self) -> Json:
        """Return the target's JSON."""
        return {"refId": "A", "datasource": DASHBOARD_SOURCE, "panelId": self.panel_id, "withTransforms": False}
