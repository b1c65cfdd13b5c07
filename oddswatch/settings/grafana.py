"""What is in the Grafana already, into which `push` brings ours."""

from typing import Annotated

from oddswatch.names import DATASOURCE
from oddswatch.settings.fields import Section, matching

Uid = Annotated[
    str, matching(r"[A-Za-z0-9_-]{1,40}", "must be the uid of a data source, of at most 40 letters, digits, - and _")
]


class Grafana(Section):
    """Another's Grafana."""

    datasource_uid: Uid = DATASOURCE["uid"]
