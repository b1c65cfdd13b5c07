"""docs/metrics.md as a file of the repository: who uses which number, and whether the page is up to date."""

from pathlib import Path

from alerting import rules
from dashboards import BUILDERS
from oddswatch.catalogue import metrics_page
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.names import ROOT

PAGE = ROOT / "docs" / "metrics.md"
#: The committed tree: the page belongs to it, and to no other that a person has built.
TREE = ROOT / "provisioning"


class _Recorder(Catalogue):
    """A catalogue that notes what it is asked for, directly and (in `reached`) by way of other files."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.__dict__.update(catalogue.__dict__)
        # What was rendered before is rendered again, so that every file on the way is noted.
        self._rendered = {}
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
    for rule in rules.rules(catalogue):
        recorder.sql(rule.name)
        by_metric[rule.name].append(f"rule {rule.title}")
    return by_metric, recorder.reached


def render(catalogue: Catalogue) -> str:
    """Return the page's text."""
    by_metric, _ = users(catalogue)
    return metrics_page.render(catalogue, by_metric)


def belongs_to(tree: Path) -> bool:
    """Whether the page is part of what a build into this folder writes."""
    return tree.resolve() == TREE


def is_current(catalogue: Catalogue) -> bool:
    """Whether the page on disk is what the sources give."""
    return PAGE.exists() and PAGE.read_text(encoding="utf-8") == render(catalogue)
