"""Runbook: what each alert means and what to do about it, one panel for each section of docs/runbook.md."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dashboards.style.page import Row, dashboard
from dashboards.style.panel import Panel
from dashboards.style.texts import markdown
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.errors import UserError
from oddswatch.json_types import Json
from oddswatch.names import ROOT, RUNBOOK

FILE = ROOT / "docs" / "runbook.md"

_HEADING = re.compile(r'^## (?P<title>.+) <a id="(?P<anchor>[\w-]+)"></a>$', re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """What the file says about one alert; `anchor` is its place in the file and the key of its panel."""

    anchor: str
    title: str
    text: str


def read() -> str:
    """Return the text of the file; raises `UserError` where there is none."""
    try:
        return FILE.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{FILE}: cannot be read: {error.strerror}; mails lead to its sections: bring it back"
        ) from None


def sections(content: str) -> Iterator[Section]:
    """Yield the sections of the file in its order."""
    headings = list(_HEADING.finditer(content))
    ends = [*(heading.start() for heading in headings[1:]), len(content)]
    for heading, end in zip(headings, ends, strict=True):
        yield Section(heading["anchor"], heading["title"], content[heading.end() : end].strip())


def build(catalogue: Catalogue) -> Json:
    """Build the dashboard."""
    content = read()
    introduction = content.partition("\n## ")[0].partition("\n")[2].strip()
    rows = [
        Row("How urgent is an alert?", (_general(introduction),)),
        Row("What does it mean, and what is to be done?", tuple(map(_panel, sections(content)))),
    ]
    return dashboard(
        RUNBOOK,
        "Runbook",
        "What each alert means, and what to do about it. Every mail leads to its section.",
        rows,
        time_zone=catalogue.settings.time_zone,
        fixed=True,
    )


def _general(text: str) -> Panel:
    return markdown("general", "In general", "What severities mean, and what holds for all alerts.", text, width=24)


def _panel(section: Section) -> Panel:
    return markdown(section.anchor, section.title, f"What {section.title!r} means, and what to do.", section.text)
