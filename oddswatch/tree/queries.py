"""Every query that the tree contains: of panels, variables, annotations and rules."""

from collections.abc import Iterator

from oddswatch.database.query import Query, Variable
from oddswatch.json_types import Json
from oddswatch.tree.tree import Tree

#: A query, and the part of the tree in which it stands under a key.
Found = tuple[Json, str, Query]


def all_queries(tree: Tree) -> Iterator[Query]:
    """Yield the queries of the dashboards and of the rules, in the tree's order."""
    for model in tree.dashboards():
        yield from of_dashboard(model)
    for rule in tree.rules():
        yield from (query for _, _, query in in_rule(rule))


def of_dashboard(model: Json) -> Iterator[Query]:
    """Yield the queries of one dashboard."""
    yield from (query for _, _, query in in_dashboard(model))


def in_rule(rule: Json) -> Iterator[Found]:
    """Yield the queries of one rule, and where they stand in it."""
    for item in rule["data"]:
        part = item["model"]
        if "rawSql" in part:
            place = f"rule {rule['title']} / {item['refId']}"
            yield part, "rawSql", Query("rule", place, part["rawSql"], part["format"], key=rule["uid"])


def in_dashboard(model: Json) -> Iterator[Found]:
    """Yield the queries of one dashboard, and where they stand in it."""
    heading, time_from = model["title"], model["time"]["from"]
    variables = tuple(_variable(v) for v in model["templating"]["list"])

    def query(kind: str, name: str, sql: str, query_format: str, key: str = "") -> Query:
        return Query(kind, f"{heading} / {name}", sql, query_format, model["uid"], time_from, variables, key)

    for variable in model["templating"]["list"]:
        if variable["type"] == "query":
            yield variable, "query", query("variable", f"variable {variable['name']}", variable["query"], "table")
    for annotation in model["annotations"]["list"]:
        target = annotation.get("target", {})
        if "rawSql" in target:
            name = f"annotation {annotation['name']}"
            yield target, "rawSql", query("annotation", name, target["rawSql"], target["format"])
    for panel in panels(model):
        for target in panel.get("targets", []):
            if "rawSql" not in target:
                continue
            title = panel.get("title") or str(panel["id"])
            name = title if target["refId"] == "A" else f"{title} ({target['refId']})"
            yield target, "rawSql", query("panel", name, target["rawSql"], target["format"], str(panel["id"]))


def asked_by(panel: Json) -> int:
    """The id of the panel whose query's answer a panel shows: its own, or that of the one whose answer it shares."""
    (target, *_) = panel["targets"]
    return int(target.get("panelId", panel["id"]))


def panels(model: Json) -> Iterator[Json]:
    """Yield the panels of a dashboard without the row headers."""
    for panel in model["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from panel.get("panels", [])


def _variable(variable: Json) -> Variable:
    if variable["type"] != "query":
        return Variable(variable["name"], None, str(variable.get("current", {}).get("value", variable["query"])))
    chosen = variable.get("current", {}).get("value", ["$__all"])
    return Variable(
        variable["name"],
        variable["query"],
        None if chosen == ["$__all"] else str(chosen),
        variable["multi"],
    )
