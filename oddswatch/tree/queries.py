"""Every query that the tree contains: of panels, variables, annotations and rules."""

from collections.abc import Iterator
from typing import Any

from oddswatch.database.query import Query, Variable
from oddswatch.tree.tree import Tree


def all_queries(tree: Tree) -> Iterator[Query]:
    """Yield the queries of the dashboards and of the rules, in the tree's order."""
    for model in tree.dashboards():
        yield from of_dashboard(model)
    for rule in tree.rules():
        for item in rule["data"]:
            if "rawSql" in item["model"]:
                place = f"rule {rule['title']} / {item['refId']}"
                yield Query("rule", place, item["model"]["rawSql"], item["model"]["format"], key=rule["uid"])


def of_dashboard(model: dict[str, Any]) -> Iterator[Query]:
    """Yield the queries of one dashboard."""
    heading, time_from = model["title"], model["time"]["from"]
    variables = tuple(_variable(v) for v in model["templating"]["list"])

    def query(kind: str, name: str, sql: str, query_format: str, key: str = "") -> Query:
        return Query(kind, f"{heading} / {name}", sql, query_format, model["uid"], time_from, variables, key)

    for variable in model["templating"]["list"]:
        if variable["type"] == "query":
            yield query("variable", f"${variable['name']}", variable["query"], "table")
    for annotation in model["annotations"]["list"]:
        target = annotation.get("target", {})
        if "rawSql" in target:
            yield query("annotation", annotation["name"], target["rawSql"], target["format"])
    for panel in panels(model):
        for target in panel.get("targets", []):
            title = panel.get("title") or str(panel["id"])
            name = title if target["refId"] == "A" else f"{title} ({target['refId']})"
            yield query("panel", name, target["rawSql"], target["format"], str(panel["id"]))


def panels(model: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the panels of a dashboard without the row headers."""
    for panel in model["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from panel.get("panels", [])


def _variable(variable: dict[str, Any]) -> Variable:
    if variable["type"] != "query":
        return Variable(variable["name"], None, str(variable.get("current", {}).get("value", variable["query"])))
    chosen = variable.get("current", {}).get("value", ["$__all"])
    return Variable(
        variable["name"],
        variable["query"],
        None if chosen == ["$__all"] else str(chosen),
        variable["multi"],
    )
