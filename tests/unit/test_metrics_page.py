"""Every metric is documented, and every metric is used."""

import re
from pathlib import Path

import pytest

from oddswatch.catalogue.catalogue import METRICS, Catalogue
from oddswatch.names import ROOT
from oddswatch.settings import reading as config_file
from oddswatch.settings.site import Settings
from oddswatch.tree import metrics_page

CATALOGUE = Catalogue(config_file.load(ROOT / "config.yml"))
NAMES = sorted(path.stem for path in METRICS.rglob("*.sql"))


def test_page_is_what_the_sources_give() -> None:
    assert metrics_page.is_current(CATALOGUE), "docs/metrics.md is out of date; run python generate.py"


@pytest.mark.parametrize("name", NAMES)
def test_metric_is_documented(name: str) -> None:
    section = re.search(rf'^### .* <a id="{name}"></a>\n(.*?)(?=^##|\Z)', _page(), re.MULTILINE | re.DOTALL)
    assert section, f"{name} has no section"
    assert all(f"| `{column.name}` | {column.title} |" in section[1] for column in CATALOGUE[name].columns)
    assert CATALOGUE[name].notes in section[1]
    assert CATALOGUE[name].question[1:] in section[1]


@pytest.mark.parametrize("source", ["prices", "view"])
def test_metric_is_used_by_a_dashboard_a_rule_or_another_metric(source: str) -> None:
    results = {"enabled": True, "columns": {"result": "result"}}
    settings = Settings.model_validate({"opportunities": {"source": source}, "tables": {"results": results}})
    _, reached = metrics_page.users(Catalogue(settings))
    unused = set(NAMES) - reached
    # Read from the view, opportunities need none of what computes them from the prices.
    assert unused <= (set() if source == "prices" else {"wide_spreads", "price_extremes"})


def test_page_says_who_uses_a_metric() -> None:
    by_metric, _ = metrics_page.users(CATALOGUE)
    assert "dashboard Performance" in by_metric["betting_summary"]
    assert by_metric["high_spread"] == ["rule High spread"]


def test_links_of_the_page_lead_to_its_sections() -> None:
    links = re.findall(r"\]\(#([\w-]+)\)", _page())
    assert links
    assert all(f'<a id="{link}"></a>' in _page() for link in links)


def test_page_belongs_to_the_committed_tree_only(tmp_path: Path) -> None:
    assert metrics_page.belongs_to(ROOT / "provisioning")
    assert metrics_page.belongs_to(ROOT / "docs" / ".." / "provisioning")
    assert not metrics_page.belongs_to(tmp_path / "provisioning")


def _page() -> str:
    return metrics_page.PAGE.read_text(encoding="utf-8")
