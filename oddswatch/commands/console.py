"""What the commands print to: results on standard output, progress on standard error."""

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
progress = Console(stderr=True, highlight=False)


def warn(warning: str | None) -> None:
    """Print a warning to standard error, if there is one."""
    if warning:
        progress.print(f"warning: {warning}", markup=False)
