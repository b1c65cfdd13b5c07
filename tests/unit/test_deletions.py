"""What is gone from the sources is deleted from Grafana: written into the tree, or by a file that Grafana reads once.

The same with a real Grafana: tests/grafana/test_life_of_rules.py.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.commands.build import build
from oddswatch.json_types import Json
from oddswatch.settings.site import Settings
from oddswatch.tree import files
from oddswatch.tree.compose import compose
from oddswatch.tree.deletions import with_deletions
from oddswatch.tree.tree import Tree
from oddswatch.tree.yaml_text import provisioning_file
from tests.servers import fake_grafana
from tests.servers.fake_grafana import FakeGrafana


def rules(*uids: str, deleted: tuple[str, ...] = ()) -> Tree:
    """A tree with rules, and with deletions of others."""
    found: dict[str, Json] = {"rules": {"groups": [{"rules": [{"uid": uid} for uid in uids]}]}}
    if deleted:
        found["deletions"] = {"deleteRules": [{"uid": uid} for uid in deleted]}
    return Tree({f"alerting/oddswatch-{name}.yml": provisioning_file(content) for name, content in found.items()})


@pytest.mark.parametrize(
    ("before", "tree", "stored", "deleted"),
    [
        (rules("oddswatch-a", "oddswatch-b"), rules("oddswatch-a"), [], ["oddswatch-b"]),
        (rules("oddswatch-a", deleted=("oddswatch-b",)), rules("oddswatch-a"), [], ["oddswatch-b"]),
        (rules("oddswatch-a", deleted=("oddswatch-b",)), rules("oddswatch-a", "oddswatch-b"), [], []),
        (Tree({}), rules("oddswatch-a"), ["oddswatch-a", "oddswatch-c"], ["oddswatch-c"]),
        (rules("oddswatch-b"), rules(deleted=("oddswatch-c",)), [], ["oddswatch-b", "oddswatch-c"]),
        (rules("somebody-elses"), rules("oddswatch-a"), ["theirs"], []),
    ],
    ids=["gone", "gone long ago", "back again", "only in Grafana", "beside those that the sources know", "not ours"],
)
def test_a_rule_that_is_gone_is_written_out_until_it_comes_back(
    before: Tree, tree: Tree, stored: list[str], deleted: list[str]
) -> None:
    found = with_deletions(tree, before, stored)
    assert [rule["uid"] for rule in found.alerting("deleteRules")] == deleted
    assert found.rules() == tree.rules()


def test_where_nothing_is_gone_the_tree_is_the_same() -> None:
    tree = compose(Catalogue(Settings()))
    assert with_deletions(tree, tree, [rule["uid"] for rule in tree.rules()]) == tree


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A tree with everything that can be switched off, and with a rule and a contact point of an older version."""
    settings = {"mail": {"quiet_hours": {"enabled": True}, "policy_tree": True}}
    receiver = {"uid": "oddswatch-mail-old", "type": "email"}
    old = {
        "groups": [{"name": "Oddswatch old", "rules": [{"uid": "oddswatch-old", "title": "Old"}]}],
        "contactPoints": [{"name": "Oddswatch old", "receivers": [receiver]}],
        "templates": [{"name": "Oddswatch old"}],
    }
    tree = compose(Catalogue(Settings.model_validate(settings)))
    files.write(Tree({**tree.files, "alerting/oddswatch-old.yml": provisioning_file(old)}), tmp_path / "tree")
    return tmp_path / "tree"


@pytest.fixture
def grafana(older: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGrafana]:
    with fake_grafana.running(older) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def test_what_a_version_no_longer_has_goes_and_what_is_in_use_stays_and_is_named(
    grafana: FakeGrafana, older: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    routing = {"active_time_intervals": ["Oddswatch quiet hours"]}
    grafana.rules["theirs"] = {"uid": "theirs", "title": "Theirs", "notification_settings": routing}
    config = tmp_path / "config.yml"
    config.write_text("alerts: {watch: {enabled: false}}\n")

    build(config, older)
    said = capsys.readouterr().out
    assert "left in Grafana, because it is in use: mute timing 'Oddswatch quiet hours': rule 'Theirs' uses it\n" in said
    assert {"oddswatch-old", "oddswatch-watch"} & grafana.rules.keys() == set()
    assert {"theirs", "oddswatch-high-spread"} <= grafana.rules.keys()
    assert [uid for uid in grafana.contact_points if uid == "oddswatch-mail-old"] == []
    assert list(grafana.templates) == ["Oddswatch mail"]
    assert list(grafana.mute_timings) == ["Oddswatch quiet hours"]
    assert grafana.policies["receiver"] == "grafana-default-email"

    # The tree deletes rules wherever it is read later, and holds no deletion that can keep a Grafana from starting.
    written = Tree.read(older)
    assert [rule["uid"] for rule in written.alerting("deleteRules")] == [
        "oddswatch-old",
        "oddswatch-steam",
        "oddswatch-value-bet",
        "oddswatch-watch",
    ]
    for key in ("deleteContactPoints", "deleteMuteTimes", "deleteTemplates", "resetPolicies"):
        assert written.alerting(key) == []

    build(config, older)
    assert "Nothing to change, " in capsys.readouterr().out


def test_what_the_tree_still_has_stays(grafana: FakeGrafana, older: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("mail: {quiet_hours: {enabled: true}, policy_tree: true}\n")
    build(config, older)
    assert grafana.policies["receiver"] == "Oddswatch warning"
    # Without the policy tree, which would be a user of them.
    config.write_text("mail: {quiet_hours: {enabled: true}}\n")
    build(config, older)
    assert list(grafana.mute_timings) == ["Oddswatch quiet hours"]
    assert list(grafana.templates) == ["Oddswatch mail"]
    names = {point["name"] for point in grafana.contact_points.values()}
    assert names == {f"Oddswatch {severity}" for severity in ("critical", "high", "warning", "info")}
