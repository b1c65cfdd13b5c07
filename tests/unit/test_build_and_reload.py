"""A build that a running Grafana takes: in which order, and what is said when it does not.

The same with a real Grafana: tests/grafana/test_good_company.py, tests/grafana/test_life_of_rules.py.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oddswatch.commands.build import build
from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana import reload, waiting
from oddswatch.tree.tree import Tree
from tests.servers import fake_grafana
from tests.servers.fake_grafana import FakeGrafana


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of defaults."""
    path = tmp_path / "config.yml"
    path.write_text("")
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The folder that Grafana reads, which knows us not yet."""
    return tmp_path / "provisioning"


@pytest.fixture
def grafana(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGrafana]:
    monkeypatch.setattr(waiting, "PATIENCE", 0)
    monkeypatch.setattr(reload, "POLL", 0)
    with fake_grafana.running(tree) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def refused(config: Path, output: Path) -> str:
    with pytest.raises(UserError) as caught:
        build(config, output)
    assert caught.value.exit_code == ExitCode.NOT_ACCEPTED
    return caught.value.message


def test_a_grafana_that_knows_us_not_yet_gets_the_rules_when_its_alert_manager_has_the_contact_points(
    grafana: FakeGrafana, config: Path, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[tuple[bool, bool]] = []
    reload_one = grafana.reload

    def watch(kind: str) -> None:
        known = "Oddswatch high" in grafana.active_receivers
        reload_one(kind)
        seen.append((known, bool(grafana.rules)))

    grafana.reload = watch  # type: ignore[method-assign]
    build(config, tree)
    assert (True, True) in seen
    assert (False, True) not in seen
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"{grafana.url} has {len(grafana.dashboards)} dashboards and {len(grafana.rules)} rules, and every rule "
        "evaluates"
    )


def test_a_grafana_that_reads_another_folder_is_said_and_the_one_given_is_as_it_was(
    grafana: FakeGrafana, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    monkeypatch.delenv("GRAFANA_URL")
    build(config, other)
    before = Tree.read(other)
    monkeypatch.setenv("GRAFANA_URL", grafana.url)
    config.write_text("opportunities: {min_spread_pct: 7}\n")

    message = refused(config, other)
    assert message.startswith(f"Grafana at {grafana.url} did not take the contact points: does it read {other}?")
    assert "--output" in message
    assert before.files
    assert Tree.read(other) == before


def test_no_rule_is_written_while_the_alert_manager_does_not_know_where_to_send(
    grafana: FakeGrafana, config: Path, tree: Path
) -> None:
    grafana.polls = False
    message = refused(config, tree)
    assert "its alert manager did not take them in 0 s" in message
    assert f"{tree} holds everything but the rules" in message
    assert grafana.rules == {}
    assert Tree.read(tree).rules() == []

    grafana.polls = True
    build(config, tree)
    assert "oddswatch-watch" in grafana.rules


def test_ours_are_known_again_whatever_grafana_calls_what_came_from_a_file(
    grafana: FakeGrafana, config: Path, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grafana.provenance = "classic-file-provisioning"
    build(config, tree)
    capsys.readouterr()
    build(config, tree)
    assert capsys.readouterr().out.endswith("and every rule evaluates\n")


def test_what_did_not_arrive_is_named(grafana: FakeGrafana, config: Path, tree: Path) -> None:
    build(config, tree)
    grafana.provisioning = tree.parent / "empty"
    config.write_text("alerts: {high_spread: {severity: high}}\n")
    message = refused(config, tree)
    assert message.splitlines()[0] == f"Grafana at {grafana.url} did not take everything (does it read {tree}?):"
    assert "  rule 'High spread' did not arrive as built" in message.splitlines()


def test_what_was_pushed_is_not_built_over(
    grafana: FakeGrafana, config: Path, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(config, tree)
    before = Tree.read(tree)
    grafana.provenance = "api"
    grafana.reload("alerting")
    config.write_text("alerts: {high_spread: {severity: high}}\n")
    assert " of ours by generate.py push, and files cannot take that over." in refused(config, tree)
    assert Tree.read(tree) == before

    monkeypatch.setenv("GRAFANA_TOKEN", "glsa_x")
    monkeypatch.delenv("GRAFANA_USER")
    with pytest.raises(UserError, match=r"with GRAFANA_TOKEN there is python generate.py push$"):
        build(config, tree)
