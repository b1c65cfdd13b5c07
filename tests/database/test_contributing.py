"""CONTRIBUTING.md, tried as a newcomer would: its own code, put where it says, builds, runs and says what it should."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from oddswatch.names import ROOT
from tests.data import small_market
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.slow

#: What a build needs.
SOURCES = ("generate.py", "config.yml", "metrics", "dashboards", "alerting", "oddswatch", "docs", "provisioning")


@pytest.fixture(scope="module")
def blocks() -> list[str]:
    """The code of the page, in its order, without the indentation of the list."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.findall(r"^   ```\w+\n(.*?)^   ```$", text, re.MULTILINE | re.DOTALL)
    return [re.sub(r"^   ", "", block, flags=re.MULTILINE) for block in found]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository, to be changed."""
    for name in SOURCES:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


def insert(path: Path, after: str, text: str) -> None:
    """Put text behind the first place where a pattern matches."""
    content = path.read_text(encoding="utf-8")
    found = re.search(after, content, re.DOTALL)
    assert found, f"{path.name} has no {after!r}: CONTRIBUTING.md and this test are out of date"
    path.write_text(content[: found.end()] + text + content[found.end() :], encoding="utf-8")


def indented(text: str, by: int) -> str:
    return re.sub(r"^(?=.)", " " * by, text, flags=re.MULTILINE)


def run(copy: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "generate.py", *arguments],
        cwd=copy,
        env={**os.environ, **environment, "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_metric_a_panel_and_a_rule_as_the_page_says(copy: Path, database: Postgres, blocks: list[str]) -> None:
    metric, panel, query, configurable, documented, explained = blocks
    (copy / "metrics" / "matches_by_league.sql").write_text(metric)
    insert(
        copy / "dashboards" / "opportunities.py",
        r"rows = \[\n",
        f'Row("Which leagues are on?", ({panel.rstrip()},)),\n',
    )
    (copy / "metrics" / "alerts" / "few_matches.sql").write_text(query)
    section, field = configurable.split("# in Alerts:\n")
    settings = copy / "oddswatch" / "settings" / "alerts.py"
    insert(settings, '"""The alert rules."""\n', f"\n    {field}")
    insert(settings, r"(?=class Alerts\(Section\))", f"{section}\n\n")
    insert(copy / "config.yml", r"\nalerts:\n", indented(documented, 2))

    refused = run(copy, {}, "build")
    assert refused.returncode == 2
    assert 'rule Few matches: has no section <a id="few-matches"></a> in docs/runbook.md' in refused.stderr

    with (copy / "docs" / "runbook.md").open("a") as runbook:
        runbook.write(f"\n{explained}")
    built = run(copy, {}, "build")
    assert built.returncode == 0, built.stderr
    assert "  + panel         Opportunities / Matches by league\n" in built.stdout
    assert "  + rule          Few matches\n" in built.stdout
    assert "  + panel         Runbook / Few matches\n" in built.stdout
    assert not re.search(r"^  ± panel", built.stdout, re.MULTILINE) or "gridPos" in built.stdout

    small_market.fill(database.connect(autocommit=False))
    checked = run(copy, dict(database.environment), "check")
    assert checked.returncode == 0, checked.stdout
    assert "Opportunities / Matches by league" in checked.stdout
    database.execute(
        "DELETE FROM odds_history WHERE sport = 'soccer_epl' AND match_id <> (SELECT max(match_id) FROM odds_history"
        " WHERE sport = 'soccer_epl' AND commence_time > now() AT TIME ZONE 'utc')"
    )
    said = run(copy, dict(database.environment), "preview")
    assert said.returncode == 0, said.stderr
    assert "Only 1 matches ahead · Premier League" in said.stdout
