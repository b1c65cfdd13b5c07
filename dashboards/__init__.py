"""All dashboards, in the order in which people open them."""

from collections.abc import Callable

from dashboards import bookmakers, health, home, match, opportunities, performance, proof, runbook
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json

BUILDERS: tuple[Callable[[Catalogue], Json], ...] = (
    home.build,
    opportunities.build,
    proof.build,
    match.build,
    performance.build,
    bookmakers.build,
    health.build,
    runbook.build,
)


def build_all(catalogue: Catalogue) -> list[Json]:
    """Build every dashboard's JSON."""
    return [build(catalogue) for build in BUILDERS]
