"""docs/metrics.md: the reference of all numbers, made from the headers of the catalogue.

`python -m oddswatch.reference FILE` writes it (`make docs`); a test fails when it is not what the catalogue gives.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from oddswatch.catalogue import Catalogue, Metric
from oddswatch.settings import Settings

_INTRODUCTION = """\
<!-- Written by `make docs` from the headers in metrics/; do not edit. -->
# Metrics

Every number that a dashboard, an alert or a mail shows, defined once, in one file of `metrics/`. Times are moments of
the database; percentages are 0 to 100; money is in the currency of the stakes.
"""


def page(catalogue: Catalogue) -> str:
    """Return the page as Markdown: metrics by title, then the alerts' queries, then the parts that several share."""
    metrics = [metric for metric in catalogue if not metric.is_block]
    alerts = [metric for metric in catalogue if metric.path.parent.name == "alerts"]
    blocks = [metric for metric in catalogue if metric.is_block and metric not in alerts]
    parts = [_INTRODUCTION, *_contents(metrics)]
    for heading, members in (("Numbers", metrics), ("Queries of the alerts", alerts), ("Shared parts", blocks)):
        parts.append(f"\n## {heading}\n")
        for metric in sorted(members, key=lambda metric: metric.title):
            parts += _section(metric)
    return "\n".join(parts).rstrip() + "\n"


def _contents(metrics: list[Metric]) -> Iterator[str]:
    yield "| metric | question |"
    yield "|---|---|"
    for metric in sorted(metrics, key=lambda metric: metric.title):
        yield f"| [{metric.title}](#{metric.name}) | {_cell(metric.question)} |"


def _section(metric: Metric) -> Iterator[str]:
    folder = "" if metric.path.parent.name == "metrics" else f"{metric.path.parent.name}/"
    yield f'### {metric.title} <a id="{metric.name}"></a>\n'
    if metric.question:
        yield f"*{metric.question[0].upper()}{metric.question[1:]}*\n"
    yield f"`metrics/{folder}{metric.name}.sql`, {metric.grain}.\n"
    yield "| column | type | unit | is |"
    yield "|---|---|---|---|"
    for column in metric.columns:
        yield f"| `{column.name}` | {column.type} | {column.unit} | {_cell(column.title)} |"
    if metric.parameters:
        chosen = "; ".join(f"`{name}`: {meaning}" for name, meaning in metric.parameters.items())
        yield f"\nParameters: {chosen}."
    if metric.notes:
        yield f"\n{metric.notes}"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(Catalogue(Settings())), encoding="utf-8")
