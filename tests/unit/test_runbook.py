"""The runbook: a section per alert in docs/runbook.md, a panel per section in Grafana, and mails that lead to it."""

import re

import pytest

from alerting import groups, links
from alerting.rules import Rule, rules
from dashboards import runbook
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.errors import UserError
from oddswatch.settings.site import Settings
from oddswatch.tree.queries import panels

SETTINGS = Settings()
CATALOGUE = Catalogue(SETTINGS)
CONTENT = runbook.read()
SECTIONS = {section.anchor: section for section in runbook.sections(CONTENT)}
PAGE = runbook.build(CATALOGUE)
PARTS = ("Meaning", "Without data", "Impact", "What to look at", "What to do")

every_rule = pytest.mark.parametrize("rule", rules(CATALOGUE), ids=lambda rule: rule.name)


@every_rule
def test_every_rule_has_a_section_that_says_all_there_is_to_say(rule: Rule) -> None:
    section = SECTIONS[rule.anchor]
    assert section.title == rule.title
    assert re.findall(r"^\*\*(.+?)\.\*\* \S", section.text, re.MULTILINE) == list(PARTS)


def test_there_is_no_section_of_a_rule_that_is_gone() -> None:
    assert SECTIONS.keys() == {rule.anchor for rule in rules(CATALOGUE)}
    assert len(SECTIONS) == len(re.findall(r"^#", CONTENT, re.MULTILINE)) - 1


def test_every_mail_leads_to_the_panel_of_its_alert() -> None:
    by_id = {panel["id"]: panel for panel in panels(PAGE)}
    written = [rule for group in groups.rule_groups(CATALOGUE) for rule in group["rules"]]
    assert len(written) == sum(rule.settings.enabled for rule in rules(CATALOGUE))
    for rule in written:
        address, _, panel = rule["annotations"]["runbook_url"].partition("?viewPanel=")
        assert address == "{{ externalURL }}d/oddswatch-runbook"
        shown = by_id[int(panel)]
        assert (shown["type"], shown["title"]) == ("text", rule["title"])
        assert "**What to do.** " in shown["options"]["content"]


def test_a_runbook_of_ones_own_takes_the_place_of_the_page() -> None:
    settings = Settings.model_validate({"links": {"runbook": "https://wiki.example.org/runbook"}})
    (rule,) = [rule for rule in rules(Catalogue(settings)) if rule.name == "quota_runs_out"]
    assert links.runbook(rule, "http://grafana/", settings) == "https://wiki.example.org/runbook#quota-runs-out"


def test_the_page_says_what_the_severities_mean() -> None:
    general = next(iter(panels(PAGE)))
    assert "**critical** something is broken" in general["options"]["content"]


def test_the_texts_are_nothing_but_markdown() -> None:
    """Grafana puts its variables in, drops what is no plain HTML, and knows no other file of ours."""
    for panel in panels(PAGE):
        content = panel["options"]["content"]
        assert panel["options"]["mode"] == "markdown"
        assert not re.search(r"\$\w|\$\{|\[\[|<\w|\]\((?!https?://)", content), panel["title"]


def test_without_the_file_nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runbook, "FILE", runbook.FILE.with_name("gone.md"))
    with pytest.raises(UserError, match=r"gone\.md: cannot be read: No such file"):
        runbook.build(CATALOGUE)
