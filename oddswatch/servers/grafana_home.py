"""Where an installed Grafana stands: Grafana itself is never part of this repository."""

import os
from pathlib import Path

#: The home folder of the official Linux packages.
PACKAGED = Path("/usr/share/grafana")
#: Where the official packages and Homebrew put Grafana's home folder.
USUAL_HOMES = (
    PACKAGED,
    Path("/opt/homebrew/opt/grafana/share/grafana"),
    Path("/usr/local/opt/grafana/share/grafana"),
    Path("/usr/local/share/grafana"),
    Path("/home/linuxbrew/.linuxbrew/opt/grafana/share/grafana"),
)
#: Where the Linux packages put the plugins that come with Grafana from 13.2 on, PostgreSQL's among them.
PACKAGED_PLUGINS = Path("/var/lib/grafana/plugins-bundled")


def find() -> Path | None:
    """Return the home folder of an installed Grafana, or None.

    `$GRAFANA_HOME` alone counts when it is set, so that a wrong one is noticed instead of silently replaced.
    """
    chosen = os.environ.get("GRAFANA_HOME")
    homes = (Path(chosen),) if chosen else USUAL_HOMES
    return next((home for home in homes if binary(home)), None)


def binary(home: Path) -> Path | None:
    """Return the program of this home: Homebrew keeps it beside `share`, the other packages inside the home folder."""
    candidates = (home / "bin" / "grafana", home.parent.parent / "bin" / "grafana")
    return next((path for path in candidates if os.access(path, os.X_OK) and path.is_file()), None)


def plugins(home: Path) -> Path | None:
    """Return the folder of the plugins that come with Grafana, where it has to be told.

    The Linux packages name it on the command line of their service only; other homes have it inside.
    """
    return PACKAGED_PLUGINS if home == PACKAGED and os.access(PACKAGED_PLUGINS, os.R_OK | os.X_OK) else None
