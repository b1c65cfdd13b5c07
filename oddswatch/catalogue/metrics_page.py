"""The text of docs/metrics.md: every number of the catalogue, what it means, and who uses it."""

from collections.abc import Iterator, Mapping, Sequence

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.catalogue.header import Metric
from oddswatch.names import ROOT

_INTRODUCTION = """\
<!-- Written by `python generate.py`; do not edit: the sources are the headers in metrics/. -->

# Metrics

Every number on the dashboards and in the mails is defined once, in a file in `metrics/`. Columns have PostgreSQL's \
type and a unit; `timestamp` is the type that the site's columns have (`times` in `config.yml`).
"""


def render(catalogue: Catalogue, users: Mapping[str, Sequence[str]]) -> str:
    """Return the page's text; `users` are the titles of those who ask for a metric, by its name."""
    metrics = sorted(catalogue, key=lambda metric: metric.name)
    shown = [metric for metric in metrics if not metric.is_block]
    parts = [_INTRODUCTION, "## Shown to people\n"]
    parts += ["\n".join(f"- [{metric.title}](#{metric.name})" for metric in shown), ""]
    for metric in shown:
        parts += _section(metric, users[metric.name])
    parts.append("## Alerts\n\nTheir meaning, and what to do: [runbook.md](runbook.md).\n")
    for metric in (metric for metric in metrics if metric.is_alert):
        parts += _section(metric, users[metric.name])
    parts.append("## Building blocks\n\nShared by several of the above.\n")
    for metric in (metric for metric in metrics if metric.is_block and not metric.is_alert):
        parts += _section(metric, users[metric.name])
    return "\n".join(parts).rstrip() + "\n"


def _section(metric: Metric, used_by: Sequence[str]) -> Iterator[str]:
    yield f'### {metric.title} <a id="{metric.name}"></a>\n'
    if metric.question:
        yield f"*{metric.question[0].upper()}{metric.question[1:]}*\n"
    yield f"`{metric.path.relative_to(ROOT).as_posix()}`, {metric.grain}.\n"
    if metric.notes:
        yield metric.notes + "\n"
    yield "| column | | type | unit |\n|---|---|---|---|"
    yield from (f"| `{column.name}` | {column.title} | {column.type} | {column.unit} |" for column in metric.columns)
    yield ""
    for name, meaning in metric.parameters.items():
        yield f"- parameter `{name}`: {meaning}"
    if fires := metric.rule.get("Fires"):
        yield f"- fires: {fires}"
    if used_by:
        yield f"- used by: {', '.join(used_by)}"
    yield ""
