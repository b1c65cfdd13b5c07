"""Every uid and name of ours in Grafana, and how the ids are made; nothing here ever moves."""

import zlib
from pathlib import Path

#: Carried by every uid of ours in Grafana, so that ours can be told from everybody else's.
UID_PREFIX = "oddswatch-"
#: Carried by every name of ours that has no uid (contact points, mute timings, templates, folder).
NAME_PREFIX = "Oddswatch"
#: Carried by every alert of ours, so that lists of alerts and silences can tell ours from everybody else's.
LABEL = {"product": "oddswatch"}
#: Carried by every dashboard of ours.
TAG = "oddswatch"
#: The folder of our dashboards and rules.
FOLDER = NAME_PREFIX
DATASOURCE_NAME = f"{NAME_PREFIX} PostgreSQL"
DATASOURCE = {"type": "grafana-postgresql-datasource", "uid": f"{UID_PREFIX}postgres"}
#: Grafana's own, which gives a panel the answer that another one of the page has got.
DASHBOARD_SOURCE = {"type": "datasource", "uid": "-- Dashboard --"}

#: The rule with the first of our uids. Grafana starts the rules of a tick in the order of their uids, spread over its
#: ten seconds, and counts the group wait from the tick: after a short one, only what the first rule found is all there.
#: Value bets come by the dozen, all others few at a time.
FIRST_RULE = "value_bet"

#: The name of the dashboard with a panel for each alert, which mails lead to.
RUNBOOK = "runbook"

#: The top of the repository.
ROOT = Path(__file__).resolve().parents[1]


def dashboard_uid(name: str) -> str:
    """The uid of the dashboard called `name`."""
    return f"{UID_PREFIX}{name}"


def panel_id(dashboard_uid: str, key: str) -> int:
    """A panel's id, from its name alone, so that it never moves when a neighbour is added (1 … 2^31 - 1)."""
    return zlib.crc32(f"{dashboard_uid}/{key}".encode()) % (2**31 - 1) + 1


def rule_uid(name: str) -> str:
    """The uid of the rule called `name`, which may be its anchor."""
    return f"{UID_PREFIX}{'0-' if anchor(name) == anchor(FIRST_RULE) else ''}{anchor(name)}"


def anchor(name: str) -> str:
    """A rule's section in docs/runbook.md."""
    return name.replace("_", "-")
