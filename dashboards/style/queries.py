"""A query of a panel or an annotation."""

from grafanalib import core as grafana

from oddswatch.json_types import Json
from oddswatch.names import DATASOURCE


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
