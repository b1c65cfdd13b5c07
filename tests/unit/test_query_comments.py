"""Every query begins with a comment that names who asks, and no title can make more of it than a comment."""

import json
import re
from datetime import UTC, datetime, timedelta

import yaml
from hypothesis import given
from hypothesis import strategies as st

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.database.macros import TimeRange, expand, interpolate
from oddswatch.settings.site import Settings
from oddswatch.tree.compose import compose
from oddswatch.tree.query_comments import commented

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = TimeRange(NOW - timedelta(days=1), NOW)


def queries() -> list[tuple[str, str]]:
    """Every query of the tree, found in its JSON, under the name of the page or the rule that it belongs to."""
    found: list[tuple[str, str]] = []

    def look(owner: str, part: object) -> None:
        if isinstance(part, dict):
            found.extend((owner, part[key]) for key in ("rawSql",) if key in part)
            if part.get("type") == "query":  # a variable; a custom one has its choices there
                found.append((owner, part["query"]))
        for child in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            look(owner, child)

    files = compose(Catalogue(Settings())).files
    for name, text in files.items():
        if name.endswith(".json"):
            model = json.loads(text)
            look(model["title"], model)
    rules = yaml.load(files["alerting/oddswatch-rules.yml"], Loader=yaml.CSafeLoader)
    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        look(f"rule {rule['title']}", rule)
    return found


def test_every_query_begins_with_its_page_or_rule() -> None:
    found = queries()
    assert len(found) > 100
    assert [sql for owner, sql in found if not sql.startswith(f"/* Oddswatch: {owner} / ")] == []
    assert [sql for _, sql in found if not re.match(r"/\* [^*$\n]+ \*/\n(SELECT|WITH)\b", sql)] == []
    assert [sql for _, sql in found if sql.count("/*") != 1] == []


def test_a_place_says_which_panel_variable_annotation_or_query_of_a_rule_asks() -> None:
    first_lines = [sql.splitlines()[0] for _, sql in queries()]
    assert {
        "/* Oddswatch: Opportunities / Surebets */",
        "/* Oddswatch: Opportunities / variable league */",
        "/* Oddswatch: Opportunities / annotation Collections */",
        "/* Oddswatch: rule Surebet / A */",
        "/* Oddswatch: rule Surebet / K */",
    } <= set(first_lines)
    assert len(first_lines) == len(set(first_lines)), "two that cannot be told apart"


@given(st.text() | st.text("*/$_{}[]()timeFrom- \n\u2028'"))
def test_no_title_ends_the_comment_or_means_something_to_grafana(place: str) -> None:
    sql = commented(place, "SELECT 1")
    comment, query = sql.splitlines()
    assert query == "SELECT 1"
    assert comment.startswith("/* Oddswatch: ")
    assert comment.endswith(" */")
    assert re.findall(r"\*/|/\*", comment) == ["/*", "*/"]
    chosen = dict.fromkeys(("a", "time", "_"), "*/ DROP TABLE bets; /*")
    assert expand(interpolate(sql, chosen), DAY, 60_000) == sql
