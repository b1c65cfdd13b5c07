"""`generate.py remove`: what it says is gone is gone, and where it is not, nothing is lost and the exit code says so.

The same with a real Grafana: tests/grafana/test_removal.py.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.commands.remove import remove
from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana import waiting
from oddswatch.settings.site import Settings
from oddswatch.tree import files
from oddswatch.tree.compose import compose
from oddswatch.tree.tree import Tree
from tests.servers import fake_grafana
from tests.servers.fake_grafana import FakeGrafana

EVERYTHING = compose(
    Catalogue(Settings.model_validate({"mail": {"quiet_hours": {"enabled": True}, "policy_tree": True}}))
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The folder that Grafana reads, with everything of ours."""
    files.write(EVERYTHING, tmp_path / "provisioning")
    return tmp_path / "provisioning"


@pytest.fixture
def grafana(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGrafana]:
    monkeypatch.setattr(waiting, "PATIENCE", 0)
    with fake_grafana.running(tree) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def refused(output: Path) -> str:
    with pytest.raises(UserError) as caught:
        remove(output)
    assert caught.value.exit_code == ExitCode.NOT_ACCEPTED
    return caught.value.message


@pytest.mark.parametrize("provenance", ["file", "classic-file-provisioning"])
def test_everything_goes_and_the_claim_names_what_was_looked_at(
    grafana: FakeGrafana, tree: Path, capsys: pytest.CaptureFixture[str], provenance: str
) -> None:
    grafana.provenance = provenance
    grafana.reload("alerting")
    assert grafana.rules
    assert grafana.mute_timings
    remove(tree)
    assert capsys.readouterr().out == (
        f"{grafana.url} has no data source, dashboard, rule, contact point, mute timing, mail template or policy tree "
        "of ours any more; the folder 'Oddswatch' is yours\n"
    )
    left = [grafana.data_sources, grafana.dashboards, grafana.rules, grafana.contact_points, grafana.mute_timings]
    assert [*left, grafana.templates] == [{}] * 6
    assert grafana.policies["receiver"] == "grafana-default-email"
    assert Tree.read(tree).files == {}


@pytest.mark.parametrize("content", ["nothing", "our tree"])
def test_a_grafana_that_reads_another_folder_is_said_and_nothing_is_lost(
    grafana: FakeGrafana, tmp_path: Path, content: str
) -> None:
    other = tmp_path / "other"
    if content == "our tree":
        files.write(EVERYTHING, other)
    message = refused(other)
    assert message.startswith(f"Grafana at {grafana.url} kept all of ours: does it read {other}?")
    assert "give the folder that it reads with --output" in message
    for thing in (
        "data source 'Oddswatch PostgreSQL'",
        "dashboard 'Opportunities'",
        "rule 'High spread'",
        "contact point 'Oddswatch high'",
        "mute timing 'Oddswatch quiet hours'",
        "mail template 'Oddswatch mail'",
        "policy tree",
    ):
        assert f"\n  {thing}\n" in f"{message}\n"
    assert Tree.read(other).files == (EVERYTHING.files if content == "our tree" else {})


def test_what_stays_of_a_grafana_that_lets_go_of_the_rest_is_named(grafana: FakeGrafana, tree: Path) -> None:
    reload = grafana.reload

    def keep_dashboards(kind: str) -> None:
        if kind != "dashboards":
            reload(kind)

    grafana.reload = keep_dashboards  # type: ignore[method-assign]
    message = refused(tree)
    assert message.splitlines()[0] == (
        f"Grafana at {grafana.url} still has something of ours; its log may say why. Delete there by hand:"
    )
    assert message.splitlines()[1:] == [
        f"  dashboard {title!r}" for title in sorted(model["title"] for model in EVERYTHING.dashboards())
    ]


def test_what_a_person_uses_stays_and_is_named(
    grafana: FakeGrafana, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    routing = {"receiver": "Oddswatch high", "mute_time_intervals": ["Oddswatch quiet hours"]}
    grafana.rules["theirs"] = {"uid": "theirs", "title": "Theirs", "notification_settings": routing}
    remove(tree)
    *kept, claim = capsys.readouterr().out.splitlines()
    assert kept == [
        "left in Grafana, because it is in use: contact point 'Oddswatch high': rule 'Theirs' uses it",
        "left in Grafana, because it is in use: mute timing 'Oddswatch quiet hours': rule 'Theirs' uses it",
    ]
    assert claim.startswith(f"{grafana.url} has no other data source, dashboard, rule, ")
    assert list(grafana.rules) == ["theirs"]
    assert [point["name"] for point in grafana.contact_points.values()] == ["Oddswatch high"]


def test_what_a_person_made_under_our_names_is_not_ours(grafana: FakeGrafana, tree: Path) -> None:
    """What comes from no file was not put there by us."""
    grafana.rules["oddswatch-theirs"] = {"uid": "oddswatch-theirs", "title": "Theirs", "provenance": ""}
    grafana.templates["Oddswatch theirs"] = {"name": "Oddswatch theirs", "provenance": "api"}
    remove(tree)
    assert list(grafana.rules) == ["oddswatch-theirs"]
    assert list(grafana.templates) == ["Oddswatch theirs"]


def test_a_second_removal_has_nothing_to_do(grafana: FakeGrafana, tree: Path) -> None:
    remove(tree)
    remove(tree)
    assert grafana.rules == {}


def test_what_was_pushed_is_not_taken_for_what_came_from_files(
    grafana: FakeGrafana, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grafana.provenance = "api"
    grafana.reload("alerting")
    before = Tree.read(tree)
    message = refused(tree)
    assert " of ours by generate.py push, and files cannot take that over." in message
    assert "python generate.py remove with GRAFANA_TOKEN" in message
    monkeypatch.setenv("GRAFANA_TOKEN", "glsa_x")
    with pytest.raises(UserError, match=r"^GRAFANA_TOKEN is set beside GRAFANA_USER or GRAFANA_PASSWORD: "):
        remove(tree)
    assert Tree.read(tree) == before
    assert grafana.rules
