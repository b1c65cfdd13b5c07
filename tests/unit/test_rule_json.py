"""What Grafana reads of a rule: from which value on it fires, from which it is over, and where its mail leads.

That Grafana does so: tests/grafana/test_rule_evaluation.py, tests/grafana/test_mails.py.
"""

from typing import Any

import pytest

from alerting import groups
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.settings.site import Settings

RULES: dict[str, dict[str, Any]] = {
    rule["title"]: rule for group in groups.rule_groups(Catalogue(Settings())) for rule in group["rules"]
}
HOUR = 3600
#: As config.yml says it; a league is late after 1.25 intervals of 4 h, and a bookmaker silent after 3.
FIRES_AND_CLEARS: dict[str, tuple[str, float, str | None, float | None]] = {
    "Watch": ("gt", 0, None, None),
    "Value bet": ("gte", 2, "lt", 1),
    "High spread": ("gte", 50, "lt", 45),
    "Surebet": ("gte", 1, "lt", 0.5),
    "Many opportunities": ("gt", 20, "lt", 15),
    "New opportunities": ("gt", 5, None, None),
    "Suspicious price": ("gt", 10, None, None),
    "Collector late": ("gt", 5 * HOUR, None, None),
    "Collector stuck": ("gt", 10 * HOUR, None, None),
    "Failed collections": ("gte", 3, None, None),
    "Nothing stored": ("gte", 2, None, None),
    "Bookmaker silent": ("gt", 12 * HOUR, None, None),
    "Quota runs out": ("gte", 1, "lt", 0.5),
    "Bankroll low": ("lt", 2, "gte", 4),
    "Yield low": ("lt", -2.5, "gte", -2),
    "Win rate low": ("lt", -2.5, "gte", -2),
}
OF_A_MATCH = ("Value bet", "High spread", "Surebet", "Suspicious price")


def test_every_rule_is_listed_here() -> None:
    assert RULES.keys() == FIRES_AND_CLEARS.keys()


@pytest.mark.parametrize("title", FIRES_AND_CLEARS)
def test_a_rule_fires_on_one_side_of_its_threshold_and_is_over_behind_its_gap(title: str) -> None:
    fires, at, clears, behind = FIRES_AND_CLEARS[title]
    (condition,) = [item["model"] for item in RULES[title]["data"] if item["refId"] == RULES[title]["condition"]]
    assert (condition["type"], condition["expression"]) == ("threshold", "A")
    expected: dict[str, Any] = {"evaluator": {"type": fires, "params": [at]}}
    if clears:
        expected["unloadEvaluator"] = {"type": clears, "params": [behind]}
    assert condition["conditions"] == [expected]


@pytest.mark.parametrize("title", RULES)
def test_a_mail_leads_to_the_page_about_its_alert(title: str) -> None:
    link = RULES[title]["annotations"]["link"]
    if title in OF_A_MATCH:
        assert link == "{{ externalURL }}d/oddswatch-match?var-match={{ $labels.match_id | urlquery }}"
    else:
        assert link == "{{ externalURL }}d/" + RULES[title]["dashboardUid"]


@pytest.mark.parametrize("title", [title for title in RULES if title != "Watch"])
def test_text_and_rank_come_from_the_query_of_the_facts(title: str) -> None:
    annotations = RULES[title]["annotations"]
    assert (
        annotations["summary"] == f"{{{{ with $values.K }}}}{{{{ .Labels.subject }}}}{{{{ else }}}}{title}{{{{ end }}}}"
    )
    assert annotations["description"] == "{{ with $values.K }}{{ .Labels.body }}{{ end }}"
    assert annotations["rank"] == "{{ with $values.K }}{{ .Labels.rank }}{{ end }}"
    (facts,) = [item["model"]["rawSql"] for item in RULES[title]["data"] if item["refId"] == "K"]
    assert " AS rank, value\nFROM (" in facts
