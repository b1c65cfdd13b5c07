"""`generate.py run` and `demo` where no database is named."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from oddswatch.commands.run import run
from oddswatch.demo import collector, session
from oddswatch.demo.seed import seed
from oddswatch.servers import grafana_home
from tests.data import small_market

pytestmark = pytest.mark.slow


@pytest.fixture
def run_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[partial[None]]:
    """`generate.py run` without a Grafana, which ends once Home is shown."""
    monkeypatch.setattr(session, "seed", partial(seed, market=small_market.MARKET))
    monkeypatch.setattr(grafana_home, "find", lambda: None)
    monkeypatch.delenv("GRAFANA_HOME", raising=False)
    config = tmp_path / "config.yml"
    config.write_text("")
    # Not below pytest's own folder: as root the server is another user.
    with tempfile.TemporaryDirectory(prefix="oddswatch-test-") as folder, mock.patch.dict(os.environ):
        yield partial(run, config, tmp_path / "tree", Path(folder))


def test_without_pghost_the_demo_is_shown_whatever_else_is_set(
    run_demo: partial[None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.environ |= {
        "PGUSER": "somebody",
        "PGDATABASE": "theirs",
        "PGSERVICE": "no_such_service",
        "PGOPTIONS": "-c no_such_setting=1",
    }
    run_demo()
    said = capsys.readouterr()
    assert "no PGHOST is set: starting the embedded PostgreSQL with the demo\n" in said.err
    assert re.search(r"^  Matches ahead +[1-9]\d* *$", said.out, re.MULTILINE)
    assert "failed" not in said.out
    assert "make run DOWNLOAD=yes" in said.out
    assert "make run DOCKER=yes" in said.out
    assert (tmp_path / "tree" / "alerting" / "oddswatch-rules.yml").exists()


def test_no_variable_changes_while_the_feed_may_read_them(
    run_demo: partial[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that is set in one thread while libpq reads them in another ends the process with a signal."""
    in_background, seen = collector.in_background, []

    @contextmanager
    def watched(*arguments: Any) -> Iterator[None]:
        seen.append(dict(os.environ))
        with in_background(*arguments):
            yield
        seen.append(dict(os.environ))

    monkeypatch.setattr(collector, "in_background", watched)
    run_demo()
    before, after = seen
    assert before["PGUSER"] == "oddswatch"
    assert before == after
