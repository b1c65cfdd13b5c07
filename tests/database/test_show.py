"""Home in a terminal: what a person reads who has no browser at hand, and what they read when something is wrong."""

import os
import re
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest

from oddswatch.commands.show import show
from oddswatch.demo.schema import create_schema
from tests.servers.command import generate
from tests.servers.postgres import Postgres

QUESTIONS = [
    "Is anything worth a bet?",
    "Is it working?",
    "Am I winning, or lucky?",
    "Do my alerts deserve to be read?",
]
ESCAPE = "\x1b["


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of defaults."""
    path = tmp_path / "config.yml"
    path.write_text("")
    return path


def printed(config: Path, database: Postgres, capsys: pytest.CaptureFixture[str], **environment: str) -> str:
    """What is printed on this database."""
    with mock.patch.dict(
        os.environ, {"COLUMNS": "80", "TERM": "xterm-256color", **database.environment, **environment}
    ):
        show(config)
    return capsys.readouterr().out


def test_the_demos_home_in_a_terminal(market: Postgres, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = printed(config, market, capsys)
    lines = plain.splitlines()
    assert [line for line in lines if not line.startswith(" ") and line.endswith("?")] == QUESTIONS
    assert len(lines) <= 26
    assert max(map(len, lines)) <= 80
    assert ESCAPE not in plain
    assert re.search(r"^  Last collection +\d+\.\d mins *$", plain, re.MULTILINE)
    assert re.search(r"^  Matches ahead +12 *$", plain, re.MULTILINE)
    # From a row that is folded on the page. What a past spread reached depends on the hour of the seed.
    assert re.search(r"^  High spreads +(Too few: |No such alert so far: )", plain, re.MULTILINE)
    assert re.search(r"^  Profit +-?\d+\.\d\d *$", plain, re.MULTILINE)
    heading = lines.index(next(line for line in lines if line.split()[:2] == ["Match", "Bet"]))
    # In 80 columns the names are cut, and the league is left out; in 160 there is room for it.
    assert lines[heading].split() == ["Match", "Bet", "Value", "Worth", "a", "bet?", "Kick-off"]
    assert lines[heading + 4] == "Is it working?", "three offers, one line each"
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    assert all(re.search(rf" -?\d+\.\d% .* {moment} *$", line) for line in lines[heading + 1 : heading + 4])
    wide = printed(config, market, capsys, COLUMNS="160")
    assert re.search(rf"^  \w.* – .* · \w+ +-?\d+\.\d%  .* {moment}  \w+", wide, re.MULTILINE)


def test_colours_are_those_of_the_panels_steps_where_a_terminal_shows_them(
    market: Postgres, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # 12 matches: blue from 1 on. The name of the panel has no colour.
    coloured = printed(config, market, capsys, FORCE_COLOR="1")
    assert re.search(r"^  Matches ahead +\x1b\[94m12\x1b\[0m *$", coloured, re.MULTILINE)
    assert ESCAPE + "94m" not in printed(config, market, capsys, FORCE_COLOR="1", NO_COLOR="1")


def test_an_empty_database_says_what_the_panels_say(
    database: Postgres, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(database.connect(autocommit=False)) as session:
        create_schema(session)
    plain = printed(config, database, capsys)
    for name, said in {
        "Value bets now": "No current prices",
        "The three best offers": "No match ahead has a current price",
        "Last collection": "Nothing collected yet",
        "Successful collections": "No collection in this time range",
        "Requests left": "Not logged",
        "Beat the final price": "No final prices",
    }.items():
        assert re.search(rf"^  {name} +{said} *$", plain, re.MULTILINE), name


def test_a_query_that_fails_is_named_with_its_remedy_and_the_others_answer(new_schema: Postgres, config: Path) -> None:
    with closing(new_schema.connect(autocommit=False)) as session:
        create_schema(session)
    new_schema.execute("ALTER TABLE collection_logs RENAME TO logs")
    done = generate("show", "--config", config, environment=new_schema.environment)
    assert (done.returncode, done.stderr) == (1, "")
    assert re.search(
        r'^  Last collection +failed: relation "collection_logs" does not exist; '
        r"name the right table with tables\.\w+\.table in config\.yml *$",
        done.stdout,
        re.MULTILINE,
    )
    assert re.search(r"^  Value bets now +No current prices *$", done.stdout, re.MULTILINE)


def test_a_terminal_that_knows_ascii_only_gets_the_rest_as_question_marks(market: Postgres, config: Path) -> None:
    done = generate("show", "--config", config, environment={**market.environment, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^  \w.* \? .*%", done.stdout, re.MULTILINE)


def test_a_database_that_is_not_there_is_exit_code_3(postgres: Postgres, config: Path) -> None:
    done = generate("show", "--config", config, environment={**postgres.environment, "PGDATABASE": "nothing_here"})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert 'database "nothing_here" does not exist; check the PG* variables' in done.stderr
