"""The versions this was tried with; any other gets a warning, never a refusal."""

import re

GRAFANA = ((12, 2),)
POSTGRES = (15, 18)


def grafana_warning(version: str) -> str | None:
    """Return what to say about a Grafana of this version (`12.2.1`); None where it was tried."""
    found = re.match(r"(\d+)\.(\d+)", version)
    if found and (int(found[1]), int(found[2])) in GRAFANA:
        return None
    tried = ", ".join(f"{major}.{minor}" for major, minor in GRAFANA)
    return f"Grafana {version} was not tried with this; it was with {tried}. Look at the dashboards and fire an alert"


def postgres_warning(number: int) -> str | None:
    """Return what to say about a PostgreSQL of this number (`server_version`: 150018); None where it was tried."""
    major = number // 10_000
    if POSTGRES[0] <= major <= POSTGRES[-1]:
        return None
    return f"PostgreSQL {major} was not tried with this; it was with {POSTGRES[0]} and {POSTGRES[-1]}"
