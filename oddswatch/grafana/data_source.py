"""The data source that is there already, which what is pushed asks."""

from oddswatch.errors import UserError
from oddswatch.grafana.api import Grafana
from oddswatch.names import DATASOURCE

#: How it was called before Grafana 10, and may still be where it was made then.
_TYPES = (DATASOURCE["type"], "postgres")


def require(grafana: Grafana, uid: str) -> None:
    """Raise `UserError` that names those that are there, where none of them is a PostgreSQL with this uid."""
    found = {source["uid"]: source["name"] for source in grafana.data_sources() if source["type"] in _TYPES}
    if uid not in found:
        there = ", ".join(f"{other} ({name})" for other, name in found.items()) or "none: make one first"
        raise UserError(
            f"grafana.datasource_uid: Grafana at {grafana.url} has no PostgreSQL data source with the uid {uid!r}; "
            f"there are {there}"
        )
