"""The versions of Grafana that this was tried with; any other gets a warning, never a refusal."""

import re

GRAFANA = ((12, 2),)


def grafana_warning(version: str) -> str | None:
    """Return what to say about a Grafana of this version (`12.2.1`); None where it was tried."""
    found = re.match(r"(\d+)\.(\d+)", version)
    if found and (int(found[1]), int(found[2])) in GRAFANA:
        return None
    tried = ", ".join(f"{major}.{minor}" for major, minor in GRAFANA)
    return f"Grafana {version} was not tried with this; it was with {tried}. Look at the dashboards and fire an alert"
