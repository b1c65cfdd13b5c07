"""`generate.py run` and `demo` where no database is named."""

import os
import re
import tempfile
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

from oddswatch.commands.run import run
from oddswatch.demo import session
from oddswatch.demo.seed import seed
from oddswatch.servers import grafana_home
from tests.data import small_market

pytestmark = pytest.mark.slow


def test_without_pghost_the_demo_is_shown_whatever_else_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(session, "seed", partial(seed, market=small_market.MARKET))
    monkeypatch.setattr(grafana_home, "find", lambda: None)
    monkeypatch.delenv("GRAFANA_HOME", raising=False)
    config = tmp_path / "config.yml"
    config.write_text("")
    of_another_database = {
        "PGUSER": "somebody",
        "PGDATABASE": "theirs",
        "PGSERVICE": "no_such_service",
        "PGOPTIONS": "-c no_such_setting=1",
    }
    # Not below pytest's own folder: as root the server is another user.
    with tempfile.TemporaryDirectory(prefix="oddswatch-test-") as folder, mock.patch.dict(os.environ):
        os.environ |= of_another_database
        run(config, tmp_path / "tree", Path(folder))
    said = capsys.readouterr()
    assert "no PGHOST is set: starting the embedded PostgreSQL with the demo\n" in said.err
    assert re.search(r"^  Matches ahead +[1-9]\d* *$", said.out, re.MULTILINE)
    assert "failed" not in said.out
    assert "make run DOWNLOAD=yes" in said.out
    assert "make run DOCKER=yes" in said.out
    assert (tmp_path / "tree" / "alerting" / "oddswatch-rules.yml").exists()
