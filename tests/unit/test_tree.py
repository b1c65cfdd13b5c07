"""The tree: the same sources give the same bytes, and nothing moves when a neighbour is added."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dashboards.style.numbers import stat
from dashboards.style.page import Row, dashboard
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.errors import UserError
from oddswatch.names import DASHBOARD_SOURCE, panel_id
from oddswatch.settings.site import Settings
from oddswatch.tree.compose import compose
from oddswatch.tree.tree import Tree
from oddswatch.tree.validate import validate


@pytest.fixture(scope="module")
def tree() -> Tree:
    return compose(Catalogue(Settings()))


def number(key: str, title: str = "") -> Any:
    return stat(key, title or key, "What it says.", "SELECT 1", unit="count")


def page(*rows: Row) -> Any:
    return dashboard("d", "D", "", rows, time_zone="UTC")


def ids(model: dict[str, Any]) -> dict[str, int]:
    return {panel["title"]: panel["id"] for panel in model["panels"]}


def changed(tree: Tree, change: Any) -> Tree:
    """The tree with its first dashboard changed."""
    name = next(name for name in tree.files if name.endswith(".json"))
    model = json.loads(tree.files[name])
    change(model, next(panel for panel in model["panels"] if panel["type"] != "row"))
    return Tree({**tree.files, name: json.dumps(model)})


def test_two_builds_give_the_same_bytes(tree: Tree) -> None:
    assert compose(Catalogue(Settings())).files == tree.files


def test_adding_a_panel_moves_no_other_id() -> None:
    before = page(Row("Why?", (number("a"), number("b"))), Row("How?", (number("c"),)))
    after = page(
        Row("New?", (number("x"),)),
        Row("Why?", (number("y"), number("a"), number("b"))),
        Row("How?", (number("c"),)),
    )
    assert ids(before).items() <= ids(after).items()


def test_a_new_title_keeps_the_id_and_another_dashboard_gives_another() -> None:
    assert panel_id("oddswatch-home", "a") != panel_id("oddswatch-match", "a")
    first = page(Row("Why?", (number("a", "Old"),)))
    second = page(Row("Why?", (number("a", "New"),)))
    assert ids(first)["Old"] == ids(second)["New"]


def test_switching_a_rule_off_moves_no_other_and_writes_its_deletion(tree: Tree) -> None:
    off = compose(Catalogue(Settings.model_validate({"alerts": {"high_spread": {"enabled": False}}})))
    remaining = {rule["uid"]: rule for rule in off.rules()}
    assert {rule["uid"] for rule in tree.rules()} - remaining.keys() == {"oddswatch-high-spread"}
    assert all(remaining[rule["uid"]] == rule for rule in tree.rules() if rule["uid"] in remaining)
    assert "oddswatch-high-spread" in [deletion["uid"] for deletion in off.alerting("deleteRules")]


def test_everything_of_ours_carries_our_prefix(tree: Tree) -> None:
    uids = [model["uid"] for model in tree.dashboards()] + [rule["uid"] for rule in tree.rules()]
    uids += [receiver["uid"] for point in tree.alerting("contactPoints") for receiver in point["receivers"]]
    names = [
        thing["name"] for key in ("contactPoints", "groups", "templates", "muteTimes") for thing in tree.alerting(key)
    ]
    assert [uid for uid in uids if not uid.startswith("oddswatch-")] == []
    assert [name for name in names if not name.startswith("Oddswatch ")] == []


def test_the_tree_holds_names_of_variables_and_never_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPASSWORD", "PGUSER", "PGDATABASE", "ALERT_EMAILS", "GRAFANA_PASSWORD"):
        monkeypatch.setenv(name, "sesame-91")
    text = "".join(compose(Catalogue(Settings())).files.values())
    assert "sesame-91" not in text
    assert "$PGPASSWORD" in text


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        (lambda model, panel: panel.pop("title"), "has no title"),
        (lambda model, panel: panel.pop("description"), "has no description"),
        (lambda model, panel: panel.pop("targets"), "has no query"),
        (lambda model, panel: panel["fieldConfig"]["defaults"].pop("noValue"), "has no text for its empty state"),
        (lambda model, panel: panel["fieldConfig"]["defaults"].pop("unit"), "has no unit"),
        (lambda model, panel: panel.update(datasource={"uid": "x"}), "reads from another data source than oddswatch-p"),
        (
            lambda model, panel: panel.update(datasource=DASHBOARD_SOURCE, targets=[{"refId": "A", "panelId": 9}]),
            "shows the answer of a panel that is not on its page, or has no query",
        ),
        (
            lambda model, panel: panel.update(
                datasource=DASHBOARD_SOURCE, targets=[{"refId": "A", "panelId": panel["id"]}]
            ),
            "shows the answer of a panel that is not on its page, or has no query",
        ),
        (lambda model, panel: model["panels"].append(panel), "panel id '"),
        (lambda model, panel: model.update(uid="home"), "uid 'home' is not oddswatch-… of at most 40 characters"),
        (lambda model, panel: model.update(uid="oddswatch-" + "x" * 31), "of at most 40 characters"),
        (
            lambda model, panel: panel["targets"][0].update(rawSql="SELECT $__timeFiltr(t)"),
            "$__timeFiltr(t)",
        ),
    ],
)
def test_a_dashboard_that_grafana_or_a_person_could_not_read_is_not_written(
    tree: Tree, change: Any, mistake: str
) -> None:
    with pytest.raises(UserError) as caught:
        validate(changed(tree, change))
    assert caught.value.message.startswith("the build is not valid, nothing was written:\n")
    assert mistake in caught.value.message


def test_a_repeated_uid_and_a_repeated_title_are_named(tree: Tree) -> None:
    """Grafana would stop writing all dashboards to its database."""
    name = next(name for name in tree.files if name.endswith(".json"))
    with pytest.raises(UserError) as caught:
        validate(Tree({**tree.files, "dashboards/oddswatch/copy.json": tree.files[name]}))
    model = json.loads(tree.files[name])
    assert f"dashboard uid {model['uid']!r} is used 2 times" in caught.value.message
    assert f"dashboard title {model['title']!r} is used 2 times" in caught.value.message


@pytest.mark.parametrize(
    ("before", "after", "mistake"),
    [
        ("uid: oddswatch-high-spread", "uid: high-spread", "rule High spread: uid 'high-spread' is not oddswatch-…"),
        ("receiver: Oddswatch high", "receiver: Nobody", "rule Value bet: its receiver 'Nobody' does not exist"),
        ("uid: oddswatch-high-spread", "uid: oddswatch-x", 'has no section <a id="x"></a> in docs/runbook.md'),
        ("condition: C", "condition: X", "its condition 'X' is none of its queries"),
        ("dashboardUid: oddswatch-", "dashboardUid: other-", "leads to a panel that does not exist"),
    ],
)
def test_a_rule_that_would_keep_grafana_from_starting_or_lead_nowhere_is_not_written(
    tree: Tree, before: str, after: str, mistake: str
) -> None:
    name = "alerting/oddswatch-rules.yml"
    assert before in tree.files[name]
    with pytest.raises(UserError) as caught:
        validate(replace(tree, files={**tree.files, name: tree.files[name].replace(before, after)}))
    assert mistake in caught.value.message
