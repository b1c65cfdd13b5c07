"""`generate.py` as a person runs it: a process with an environment of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from oddswatch.names import ROOT

#: The beginning of every call.
GENERATE = (sys.executable, str(ROOT / "generate.py"))


def generate(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run it to the end and return exit code, standard output and standard error.

    Args:
        arguments: after `generate.py`.
        environment: on top of what this process has.
    """
    return subprocess.run(
        [*GENERATE, *map(str, arguments)],
        env={**os.environ, "COLUMNS": "300", "NO_COLOR": "1", **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
