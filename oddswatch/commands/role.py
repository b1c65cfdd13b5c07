"""`generate.py role`: the read-only role that Grafana should use."""

import os
from pathlib import Path

from oddswatch.commands.console import print_result
from oddswatch.database import role as roles
from oddswatch.settings import reading as config_file


def role(config: Path, name: str, *, apply: bool) -> None:
    """Print or run the SQL of the read-only role."""
    site = config_file.load(config)
    if apply:
        beyond = roles.apply(site, name)
        print_result(f"the role {name!r} is ready: set PGUSER={name} and its password for Grafana")
        for right in beyond:
            print_result(f"it can also {right}; see docs/operating.md")
    else:
        print_result(roles.script(site, name, os.environ.get("PGDATABASE", "odds")))
