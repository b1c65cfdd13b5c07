"""`generate.py role`: the read-only role that Grafana should use."""

import os
from pathlib import Path

from oddswatch.commands.console import out
from oddswatch.database import role as roles
from oddswatch.settings import reading as config_file


def role(config: Path, name: str, *, apply: bool) -> None:
    """Print or run the SQL of the read-only role."""
    site = config_file.load(config)
    if apply:
        beyond = roles.apply(site, name)
        out.print(f"the role {name!r} is ready: set PGUSER={name} and its password for Grafana", markup=False)
        for right in beyond:
            out.print(f"it can also {right}, as everybody can (PUBLIC); see docs/operating.md", markup=False)
    else:
        out.print(roles.script(site, name, os.environ.get("PGDATABASE", "odds")), markup=False)
