"""Where an alert leads: to the page about it, and to what is to be done."""

from collections.abc import Callable

from alerting.rules import Rule
from oddswatch.names import RUNBOOK, dashboard_uid, panel_id
from oddswatch.settings.site import Settings


def page(rule: Rule, root: str, value: Callable[[str], str]) -> str:
    """Return the address of the page that a mail leads to: of the match, where the alert is about one.

    Args:
        rule: the alert's rule.
        root: the address of Grafana, with a slash at the end.
        value: gives the alert's value of a column, ready to be part of an address.
    """
    if "match_id" in rule.identity:
        return f"{root}d/{dashboard_uid('match')}?var-match={value('match_id')}"
    return f"{root}d/{dashboard_uid(rule.dashboard)}"


def record(rule: Rule, root: str) -> str:
    """Return the address of the page about what such alerts were worth so far, or nothing where there is none."""
    return f"{root}d/{dashboard_uid(rule.record)}" if rule.record else ""


def runbook(rule: Rule, root: str, settings: Settings) -> str:
    """Return the address of the rule's section: of the site's own runbook, or of the page in the Grafana `root`."""
    if settings.links.runbook:
        return f"{settings.links.runbook}#{rule.anchor}"
    uid = dashboard_uid(RUNBOOK)
    return f"{root}d/{uid}?viewPanel={panel_id(uid, rule.anchor)}"
