"""What the commands print to: results on standard output, progress and warnings on standard error."""

import sys
from collections.abc import Mapping


def print_result(text: str) -> None:
    """Print to standard output, at once: somebody may wait for it at the other end of a pipe."""
    print(text, flush=True)


def print_progress(text: str) -> None:
    """Print what is being done to standard error."""
    print(text, file=sys.stderr, flush=True)


def print_warning(warning: str | None) -> None:
    """Print a warning to standard error, if there is one."""
    if warning:
        print_progress(f"warning: {warning}")


def print_in_use(users: Mapping[str, str]) -> None:
    """Print what stays in Grafana, and who uses it."""
    for thing, who in users.items():
        print_result(f"left in Grafana, because it is in use: {thing}: {who} uses it")
