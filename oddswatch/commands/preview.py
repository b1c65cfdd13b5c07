"""`generate.py preview`: the mails that would be sent now."""

import os
from pathlib import Path

from rich.console import Console

from oddswatch.checks import preview as previews
from oddswatch.commands.console import print_result
from oddswatch.commands.loading import load
from oddswatch.errors import ExitCode, UserError


def preview(config: Path) -> None:
    """Print the mails that would be sent now; exit 1 when a rule's query fails."""
    catalogue, _ = load(config)
    found = previews.preview(catalogue)
    mails = found.mails(catalogue.settings, os.environ.get("GRAFANA_URL") or "http://localhost:3000")
    console = Console(highlight=False)
    for mail in mails:
        settings = mail.rule.settings
        lasting = "" if settings.for_ == "0s" else f", once it lasted {settings.for_}"
        console.rule(f"{mail.rule.title} ({settings.severity}{lasting})", align="left")
        print_result(f"Subject: {mail.subject}\n")
        print_result(mail.text)
    print_result(f"{_number(len(found.alerts), 'alert')} would fire now, in {_number(len(mails), 'mail')}")
    if found.failures:
        raise UserError("\n".join(found.failures), ExitCode.FOUND)


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
