"""Where an alert leads: to the page about it, and to what is to be done."""

from collections.abc import Callable

from alerting.rules import Rule
from oddswatch.names import RUNBOOK, dashboard_uid, panel_id
from oddswatch.settings.site import Settings


def page(rule: Rule, root: str, value: Callable[[str], str]) -> str:
    """Return the address of the page that a mail leads to.

    Args:
        rule: the alert's rule.
        root: the address of Grafana, with a slash at the end.
        value: gives the alert's value of a column, ready to be part of an address.
    """
    chosen = "&".join(f"var-{name}={value(column)}" for name, column in rule.chosen.items())
    return f"{root}d/{dashboard_uid(rule.page or rule.dashboard)}{'?' if chosen else ''}{chosen}"


def runbook(rule: Rule, root: str, settings: Settings) -> str:
    """Return the address of the rule's section: of the site's own runbook, or of the page in the Grafana `root`."""
    if settings.links.runbook:
        return f"{settings.links.runbook}#{rule.anchor}"
    uid = dashboard_uid(RUNBOOK)
    return f"{root}d/{uid}?viewPanel={panel_id(uid, rule.anchor)}"
