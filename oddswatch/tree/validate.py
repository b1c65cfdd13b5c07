"""What must hold before a tree is written.

Everything here would otherwise show as a Grafana that does not start, a dashboard that is not loaded, or a panel that
nobody understands.
"""

import re
from collections import Counter
from collections.abc import Iterator, Set
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboards import runbook
from oddswatch.database.macros import TimeRange, expand
from oddswatch.errors import UserError
from oddswatch.names import DASHBOARD_SOURCE, DATASOURCE, UID_PREFIX, rule_uid
from oddswatch.tree.queries import all_queries, asked_by, panels
from oddswatch.tree.tree import Tree

_EMPTY_LIST = re.compile(r"\bIN\s*\(\s*\$\{?\w+\}?", re.IGNORECASE)
_UID = re.compile(rf"^{UID_PREFIX}[A-Za-z0-9_-]+$")


def validate(tree: Tree) -> None:
    """Raise `UserError` that lists every mistake found in the tree."""
    mistakes = [*_dashboards(tree), *_rules(tree), *_queries(tree)]
    if mistakes:
        raise UserError("the build is not valid, nothing was written:\n  " + "\n  ".join(mistakes))


def _dashboards(tree: Tree) -> Iterator[str]:
    models = tree.dashboards()
    yield from _repeated("dashboard uid", [model["uid"] for model in models])
    yield from _repeated("dashboard title", [model["title"] for model in models])
    for model in models:
        if not _valid_uid(model["uid"]):
            yield f"dashboard {model['title']}: uid {model['uid']!r} is not {UID_PREFIX}… of at most 40 characters"
        yield from _repeated(f"dashboard {model['title']}: panel id", [str(p["id"]) for p in panels(model)])
        titles = [panel["title"] for panel in panels(model) if panel.get("title")]
        yield from _repeated(f"dashboard {model['title']}: panel title", titles)
        asking = {panel["id"] for panel in panels(model) if panel.get("datasource") == DATASOURCE}
        for panel in panels(model):
            yield from _panel(f"{model['title']} / {panel.get('title') or panel['id']}", panel, asking)


def _panel(place: str, panel: dict[str, Any], asking: Set[int]) -> Iterator[str]:
    """The rules of a panel of a page on which these panels have queries.

    The kinds that show no data of their own need only title and description.
    """
    for key in ("title", "description"):
        if not panel.get(key):
            yield f"panel {place}: has no {key}"
    if panel["type"] in ("text", "alertlist", "dashlist"):
        return
    if not panel.get("targets"):
        yield f"panel {place}: has no query"
    elif panel.get("datasource") not in (DATASOURCE, DASHBOARD_SOURCE):
        yield f"panel {place}: reads from another data source than {DATASOURCE['uid']}"
    elif asked_by(panel) not in asking:
        yield f"panel {place}: shows the answer of a panel that is not on its page, or has no query"
    defaults = panel["fieldConfig"]["defaults"]
    if not defaults.get("noValue"):
        yield f"panel {place}: has no text for its empty state"
    if panel["type"] not in ("table", "state-timeline") and not defaults.get("unit"):
        yield f"panel {place}: has no unit"


def _rules(tree: Tree) -> Iterator[str]:
    rules = tree.rules()
    yield from _repeated("rule uid", [rule["uid"] for rule in rules])
    yield from _repeated("rule title", [rule["title"] for rule in rules])
    targets = {(model["uid"], panel["id"]) for model in tree.dashboards() for panel in panels(model)}
    receivers = {point["name"] for point in tree.alerting("contactPoints")}
    explained = {rule_uid(section.anchor) for section in runbook.sections(runbook.read())}
    for rule in rules:
        place = f"rule {rule['title']}"
        if not _valid_uid(rule["uid"]):
            yield f"{place}: uid {rule['uid']!r} is not {UID_PREFIX}… of at most 40 characters"
        if (rule["dashboardUid"], rule["panelId"]) not in targets:
            yield f"{place}: leads to a panel that does not exist ({rule['dashboardUid']}, {rule['panelId']})"
        if rule["condition"] not in [item["refId"] for item in rule["data"]]:
            yield f"{place}: its condition {rule['condition']!r} is none of its queries"
        if rule["notification_settings"]["receiver"] not in receivers:
            yield f"{place}: its receiver {rule['notification_settings']['receiver']!r} does not exist"
        if rule["uid"] not in explained:
            anchor = rule["uid"].removeprefix(UID_PREFIX)
            yield f'{place}: has no section <a id="{anchor}"></a> in docs/runbook.md'


def _queries(tree: Tree) -> Iterator[str]:
    now = datetime.now(UTC)
    day = TimeRange(now - timedelta(days=1), now)
    for query in all_queries(tree):
        try:
            expand(query.sql, day, 60_000)
        except UserError as error:
            yield f"{query.place}: {error.message}"
        if found := _EMPTY_LIST.search(query.sql):
            place = f"{query.place}: {found[0]})"
            yield f"{place} fails where there is nothing to choose from; write = ANY (ARRAY[…]::text[])"
        if query.kind == "rule" and query.format != "table":
            yield f"{query.place}: the query of a rule must be in the format 'table'"


def _repeated(what: str, values: list[str]) -> Iterator[str]:
    for value, count in Counter(values).items():
        if count > 1:
            yield f"{what} {value!r} is used {count} times"


def _valid_uid(uid: str) -> bool:
    return bool(_UID.match(uid)) and len(uid) <= 40
