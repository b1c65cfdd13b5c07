"""A lint of the generated dashboards: the rules that careful dashboard repositories have, as far as they fit SQL."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.names import DASHBOARD_SOURCE, DATASOURCE
from oddswatch.settings.site import Settings
from oddswatch.tree.compose import compose
from oddswatch.tree.queries import panels

#: With every row that a site can have.
SETTINGS = Settings.model_validate({"tables": {"results": {"enabled": True, "columns": {"result": "result"}}}})
MODELS = compose(Catalogue(SETTINGS)).dashboards()
#: Kinds of panels that show no data of a query.
DATALESS = ("text", "alertlist", "dashlist")
#: What a query that is drawn over time must hold back from reading all of a table.
TIME_LIMITS = ("$__timeFilter(", "$__timeFrom()")


def words(text: str) -> set[str]:
    return set(text.split())


#: Keys that the schema of Grafana 12.2 knows (`kinds/dashboard/dashboard_kind.cue` in its source).
DASHBOARD_KEYS = words(
    "id uid title description revision gnetId tags timezone editable graphTooltip time timepicker fiscalYearStartMonth "
    "liveNow weekStart refresh schemaVersion version panels templating annotations links snapshot preload"
)
PANEL_KEYS = words(
    "type id pluginVersion targets title description transparent datasource gridPos links repeat repeatDirection "
    "maxPerRow maxDataPoints transformations interval timeFrom timeShift hideTimeOverride libraryPanel cacheTimeout "
    "queryCachingTTL options fieldConfig"
)
ROW_KEYS = {"type", "collapsed", "title", "datasource", "gridPos", "id", "panels", "repeat"}
#: … and those that it wants.
LINK_KEYS = {"title", "type", "icon", "tooltip", "tags", "asDropdown", "targetBlank", "includeVars", "keepTime"}
ANNOTATION_TARGET_KEYS = {"limit", "matchAny", "tags", "type"}
CURRENT_KEYS = {"text", "value"}


@dataclass(frozen=True)
class Exemption:
    """A panel or variable that a rule does not hold for, and why."""

    rule: str
    target: str
    reason: str


EXCEPTIONS = (
    Exemption(
        "variable-refresh",
        "Match / $match",
        "a match that comes by a link need not be in the list, and would be replaced when the list is read again",
    ),
)


def lint() -> Iterator[tuple[str, str, str]]:
    """Yield rule, target and complaint."""
    for model in MODELS:
        yield from of_dashboard(model)
        for variable in model["templating"]["list"]:
            yield from of_variable(model, variable)
        for panel in panels(model):
            yield from of_panel(f"{model['title']} / {panel['title']}", panel)
        yield from of_schema(model)


def of_dashboard(model: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    wanted = {"editable": False, "timezone": Settings().time_zone, "id": None, "tags": ["oddswatch"]}
    for key, value in wanted.items():
        if model.get(key) != value:
            yield "dashboard-frame", model["title"], f"{key} is {model.get(key)!r}, not {value!r}"
    if not model["description"]:
        yield "dashboard-description", model["title"], "has no description"
    if model["schemaVersion"] < 41:
        yield "schema-version", model["title"], "Grafana would have to migrate it"
    for row in (panel for panel in model["panels"] if panel["type"] == "row"):
        if not row["title"].endswith("?"):
            yield "row-question", f"{model['title']} / {row['title']}", "a row is headed by its question"
    for link in model["links"]:
        if link["type"] == "dashboards" and not (link["keepTime"] and link["includeVars"]):
            yield "link-keeps", model["title"], f"the link {link['title']!r} loses time range or variables"


def of_schema(model: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What Grafana's schema of a dashboard does not allow, as far as we have come across it."""
    rows = [panel for panel in model["panels"] if panel["type"] == "row"]
    known = [(model["title"], model, DASHBOARD_KEYS)]
    known += [(f"{model['title']} / {panel['title']}", panel, PANEL_KEYS) for panel in panels(model)]
    known += [(f"{model['title']} / {row['title']}", row, ROW_KEYS) for row in rows]
    for target, thing, keys in known:
        if unknown := set(thing) - keys:
            yield "schema-unknown", target, f"Grafana reads no {', '.join(sorted(unknown))}"
    wanted = [(f"link {link['title']}", link, LINK_KEYS) for link in model["links"]]
    wanted += [(a["name"], a["target"], ANNOTATION_TARGET_KEYS) for a in model["annotations"]["list"]]
    wanted += [(v["name"], v["current"], CURRENT_KEYS) for v in model["templating"]["list"] if "current" in v]
    for name, thing, keys in wanted:
        if missing := keys - set(thing):
            yield "schema-missing", f"{model['title']} / {name}", f"lacks {', '.join(sorted(missing))}"
    for path in nulls(model):
        # The id is Grafana's to give, and the first step of thresholds begins nowhere.
        if path != "id" and not path.endswith("thresholds.steps.0.value") and not path.endswith("value.steps.0.value"):
            yield "schema-null", model["title"], f"{path} is null"


def nulls(thing: Any, path: str = "") -> Iterator[str]:
    """The places in a thing of JSON that are null."""
    if thing is None:
        yield path.removeprefix(".")
    inner = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, value in inner:
        yield from nulls(value, f"{path}.{key}")


def of_variable(model: dict[str, Any], variable: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    target = f"{model['title']} / ${variable['name']}"
    if not (variable.get("label") and variable.get("description")):
        yield "variable-words", target, "has no label or description"
    if variable["type"] == "query":
        if not isinstance(variable["query"], str):
            yield "variable-plain-sql", target, "an object is exported, but never run"
        if variable["datasource"] != DATASOURCE:
            yield "variable-datasource", target, "reads from another data source"
        if variable["refresh"] != 2:
            yield "variable-refresh", target, "does not follow the time range"
    if variable.get("allValue"):
        yield "variable-all-value", target, "allValue goes into the SQL as it stands"
    texts = [sql for _, sql in queries(model)]
    if not any(re.search(rf"\$\{{?{variable['name']}\b", sql) for sql in texts):
        yield "variable-used", target, "no query uses it"
    for place, sql in queries(model):
        # A name from outside could be a macro, which a percent-encoded one never is.
        form = "" if variable["type"] == "custom" else ":customqueryparam" if variable["multi"] else ":percentencode"
        if len(re.findall(rf"\$\{{?{variable['name']}\b", sql)) != len(
            re.findall(rf"'\$\{{{variable['name']}{form}\}}[^']*'", sql)
        ):
            yield "variable-quoting", place, f"{variable['name']} is not written '${{{variable['name']}{form}}}'"


def of_panel(target: str, panel: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    if len(panel["description"]) < 20:
        yield "panel-description", target, "says nothing that the title does not"
    if panel["title"] != panel["title"].strip() or panel["title"].endswith("."):
        yield "panel-title", target, "ends like a sentence"
    if panel["type"] in DATALESS:
        return
    own = [query for query in panel["targets"] if query["datasource"] != DASHBOARD_SOURCE]
    if len(own) < len(panel["targets"]) and (own or panel["datasource"] != DASHBOARD_SOURCE):
        yield "panel-datasource", target, "shows another panel's answer and asks itself"
    for query in own:
        if query["datasource"] != DATASOURCE or panel["datasource"] != DATASOURCE:
            yield "panel-datasource", target, "reads from another data source"
        if query["rawSql"].rstrip().endswith(";") or "--" in query["rawSql"]:
            yield "query-plain", target, "ends with a semicolon or holds a comment"
        if "maxDataPoints" in panel:
            yield "max-data-points", target, "is drawn coarser than the screen allows"
        if query["format"] == "time_series" and not any(limit in query["rawSql"] for limit in TIME_LIMITS):
            yield "query-time-range", target, "is drawn over time and not limited to the time range"
        if re.search(r"\bSELECT \*", query["rawSql"]):
            yield "query-columns", target, "selects whatever there is"
    thresholds = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])
    if thresholds and thresholds[0]["value"] is not None:
        yield "threshold-base", target, "the first step must begin at minus infinity"
    values = [step["value"] for step in thresholds[1:]]
    if values != sorted(values):
        yield "threshold-order", target, "steps do not rise"


def queries(model: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for panel in panels(model):
        for target in panel.get("targets", []):
            if "rawSql" in target:
                yield f"{model['title']} / {panel['title']}", target["rawSql"]


def test_the_dashboards_keep_the_rules() -> None:
    allowed = {(exception.rule, exception.target) for exception in EXCEPTIONS}
    found = [f"{rule}: {target}: {text}" for rule, target, text in lint() if (rule, target) not in allowed]
    assert sorted(set(found)) == []


@pytest.mark.parametrize("exception", EXCEPTIONS, ids=lambda exception: f"{exception.rule} {exception.target}")
def test_an_exception_has_a_reason_and_is_still_needed(exception: Exemption) -> None:
    assert len(exception.reason) > 20
    assert (exception.rule, exception.target) in {(rule, target) for rule, target, _ in lint()}, "no longer needed"


def test_colours_are_named_so_that_they_fit_light_and_dark() -> None:
    text = "".join(name for name in compose(Catalogue(Settings())).files.values())
    assert re.findall(r'"color": "#[0-9a-fA-F]{3,8}"', text) == []
