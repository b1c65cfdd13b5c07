"""docs/metrics.md: every number of the catalogue, what it means, and who uses it; written by `generate.py build`."""

from collections.abc import Iterator
from pathlib import Path

from alerting import rules
from dashboards import BUILDERS
from oddswatch.catalogue.catalogue import Catalogue, Metric
from oddswatch.names import ROOT

PAGE = ROOT / "docs" / "metrics.md"
#: The committed tree: the page belongs to it, and to no other that a person has built.
TREE = ROOT / "provisioning"

_INTRODUCTION = """\
<!-- Written by `python generate.py`; do not edit: the sources are the headers in metrics/. -->

# Metrics

Every number on the dashboards and in the mails is defined once, in a file in `metrics/`. Columns have PostgreSQL's \
type and a unit; `timestamp` is the type that the site's columns have (`times` in `config.yml`).
"""


class _Recorder(Catalogue):
    """A catalogue that notes what it is asked for, directly and (in `reached`) by way of other files."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.__dict__.update(catalogue.__dict__)
        self.asked: set[str] = set()
        self.reached: set[str] = set()
        self._depth = 0

    def sql(self, name: str, **parameters: str) -> str:
        """Return the SELECT of a metric, and note it."""
        self.reached.add(name)
        if self._depth == 0:
            self.asked.add(name)
        self._depth += 1
        try:
            return super().sql(name, **parameters)
        finally:
            self._depth -= 1


def users(catalogue: Catalogue) -> tuple[dict[str, list[str]], set[str]]:
    """Titles of the dashboards and rules by the metric that they ask for, and all metrics reached that way."""
    by_metric: dict[str, list[str]] = {metric.name: [] for metric in catalogue}
    recorder = _Recorder(catalogue)
    for build in BUILDERS:
        recorder.asked = set()
        title = build(recorder)["title"]
        for name in sorted(recorder.asked):
            by_metric[name].append(f"dashboard {title}")
    for rule in rules.rules(catalogue.settings):
        recorder.sql(rule.name)
        by_metric[rule.name].append(f"rule {rule.title}")
    return by_metric, recorder.reached


def render(catalogue: Catalogue) -> str:
    """Return the page's text."""
    by_metric, _ = users(catalogue)
    metrics = sorted(catalogue, key=lambda metric: metric.name)
    shown = [metric for metric in metrics if not metric.is_block]
    parts = [_INTRODUCTION, "## Shown to people\n"]
    parts += ["\n".join(f"- [{metric.title}](#{metric.name})" for metric in shown), ""]
    for metric in shown:
        parts += _section(metric, by_metric[metric.name])
    parts.append("## Alerts\n\nTheir meaning, and what to do: [runbook.md](runbook.md).\n")
    for metric in (metric for metric in metrics if _is_alert(metric)):
        parts += _section(metric, by_metric[metric.name])
    parts.append("## Building blocks\n\nShared by several of the above.\n")
    for metric in (metric for metric in metrics if metric.is_block and not _is_alert(metric)):
        parts += _section(metric, by_metric[metric.name])
    return "\n".join(parts).rstrip() + "\n"


def belongs_to(tree: Path) -> bool:
    """Whether the page is part of what a build into this folder writes."""
    return tree.resolve() == TREE


def is_current(catalogue: Catalogue) -> bool:
    """Whether the page on disk is what the sources give."""
    return PAGE.exists() and PAGE.read_text(encoding="utf-8") == render(catalogue)


def _is_alert(metric: Metric) -> bool:
    return metric.path.parent.name == "alerts"


def _section(metric: Metric, used_by: list[str]) -> Iterator[str]:
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
    if used_by:
        yield f"- used by: {', '.join(used_by)}"
    yield ""
