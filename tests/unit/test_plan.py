"""The plan: what a build changes, as a person reads it."""

import json

import yaml

from oddswatch.tree.compare import compare
from oddswatch.tree.plan import Plan
from oddswatch.tree.tree import Tree


def tree(
    panels: dict[str, str] | None = None, rules: dict[str, str] | None = None, others: dict[str, object] | None = None
) -> Tree:
    """A tree of one dashboard with panels (query by title) and one group with rules (severity by title)."""
    model = {
        "title": "Home",
        "panels": [{"type": "row", "title": "Is it working?", "panels": []}]
        + [{"title": title, "targets": [{"rawSql": sql}]} for title, sql in (panels or {}).items()],
    }
    stored = [{"uid": title.lower(), "title": title, "labels": {"severity": s}} for title, s in (rules or {}).items()]
    alerting = {"groups": [{"name": "all", "rules": stored}], **(others or {})}
    return Tree({"dashboards/oddswatch/home.json": json.dumps(model), "alerting/oddswatch.yml": yaml.dump(alerting)})


def lines(plan: Plan) -> list[str]:
    return [line.strip() for line in plan.lines()]


def test_a_second_build_has_nothing_to_do() -> None:
    assert compare(tree({"A": "1"}), tree({"A": "1"})).lines() == ["Nothing to change, 4 unchanged"]


def test_everything_is_added_to_an_empty_folder() -> None:
    assert lines(compare(Tree({}), tree({"A": "1"}, {"Stuck": "high"}))) == [
        "+ dashboard     Home",
        "+ panel         Home / Is it working?",
        "+ panel         Home / A",
        "+ rule          Stuck",
        "+ rule group    all",
        "Summary: 5 added, 0 changed, 0 removed, 0 unchanged",
    ]


def test_a_change_names_the_value_before_and_after() -> None:
    plan = compare(tree({"A": "1"}, {"Stuck": "high"}), tree({"A": "2"}, {"Stuck": "critical"}))
    assert lines(plan) == [
        "± panel         Home / A",
        "targets[0].rawSql: '1' -> '2'",
        "± rule          Stuck",
        "labels.severity: 'high' -> 'critical'",
        "Summary: 0 added, 2 changed, 0 removed, 3 unchanged",
    ]


def test_a_long_text_is_named_but_not_printed() -> None:
    plan = compare(tree({"A": "SELECT " + "a, " * 50}), tree({"A": "SELECT " + "b, " * 50}))
    assert lines(plan)[:2] == ["± panel         Home / A", "targets[0].rawSql changed"]


def test_what_is_gone_is_said_and_so_is_its_deletion() -> None:
    after = tree(others={"deleteRules": [{"uid": "stuck"}]})
    assert lines(compare(tree({"A": "1"}, {"Stuck": "high"}), after)) == [
        "± rule group    all",
        "rules: ['stuck'] -> []",
        "+ deletion      stuck",
        "- panel         Home / A",
        "- rule          Stuck",
        "Summary: 1 added, 1 changed, 2 removed, 2 unchanged",
    ]
