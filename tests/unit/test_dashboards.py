"""The dashboards: what holds for all of them, and what their filters and links put into queries and addresses."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from dashboards import build_all
from dashboards.style.chosen import all_chosen, chosen
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.catalogue.header import UNITS, Column
from oddswatch.database.macros import interpolate
from oddswatch.json_types import Json
from oddswatch.names import DASHBOARD_SOURCE, DATASOURCE
from oddswatch.settings.site import Settings
from oddswatch.tree.queries import asked_by, of_dashboard, panels

#: With every row that a site can have.
CATALOGUE = Catalogue(
    Settings.model_validate({"tables": {"results": {"enabled": True, "columns": {"result": "result"}}}})
)
MODELS = {model["uid"].removeprefix("oddswatch-"): model for model in build_all(CATALOGUE)}
HOSTILE = "'; DROP TABLE bets; --"


def every(model: Json) -> list[Any]:
    return [pytest.param(panel, id=f"{model['title']} / {panel.get('title')}") for panel in panels(model)]


PANELS = [parameter for model in MODELS.values() for parameter in every(model)]
BY_ID = {shown["id"]: shown for model in MODELS.values() for shown in panels(model)}


def panel(dashboard: str, title: str) -> Json:
    return next(panel for panel in panels(MODELS[dashboard]) if panel["title"] == title)


def test_dashboards_come_in_the_order_in_which_people_open_them() -> None:
    assert list(MODELS) == ["home", "opportunities", "proof", "match", "performance", "bookmakers", "health", "runbook"]


def test_the_same_sources_give_the_same_bytes() -> None:
    assert json.dumps(build_all(Catalogue(CATALOGUE.settings))) == json.dumps(list(MODELS.values()))


@pytest.mark.parametrize("shown", PANELS)
def test_every_panel_says_what_it_is_in_what_unit_and_what_its_emptiness_means(shown: Json) -> None:
    assert shown["title"]
    assert shown["description"].endswith(".")
    if shown["type"] in ("alertlist", "text"):
        return
    assert shown["datasource"] in (DATASOURCE, DASHBOARD_SOURCE)
    assert shown["fieldConfig"]["defaults"]["noValue"]
    if shown["type"] not in ("table", "state-timeline"):
        assert shown["fieldConfig"]["defaults"]["unit"]


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_panels_fill_the_width_and_do_not_overlap(model: Json) -> None:
    taken: dict[tuple[int, int], str] = {}
    for shown in model["panels"]:
        place = shown["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), shown["title"]) == shown["title"]


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_no_value_of_a_variable_leaves_its_quotes(model: Json) -> None:
    several = {v["name"]: [HOSTILE, "b"] for v in model["templating"]["list"] if v.get("multi")}
    single = {v["name"]: HOSTILE for v in model["templating"]["list"] if not v.get("multi")}
    for query in of_dashboard(model):
        sent = interpolate(query.sql, {**several, **single})
        outside_quotes = re.sub(r"'(?:[^']|'')*'", "", sent)
        assert "DROP" not in outside_quotes, query.place


def test_every_page_is_in_the_time_zone_in_which_lists_and_mails_name_times() -> None:
    models = build_all(Catalogue(Settings(time_zone="Asia/Kolkata")))
    assert {model["timezone"] for model in models} == {"Asia/Kolkata"}


def projection(sql: str) -> Iterator[tuple[str, Column | None]]:
    """What a query shows, by the name under which it shows it: the metric's column, or None for what is made of some.

    A largest and a smallest value has its column's unit; the number of something has a unit of its own.
    """
    found = re.match(r"SELECT (.*?)\nFROM \(\n.*\n\) AS (\w+)(?:\n[A-Z]|$)", sql, re.DOTALL)
    assert found, sql
    metric = CATALOGUE[found[2]]
    for item in re.split(r", (?![^(]*\))", found[1]):
        expression, _, name = item.rpartition(" AS ") if " AS " in item else (item, "", item)
        column = metric.by_name.get(re.sub(r"^(?:max|min)\((\w+)\)$", r"\1", expression))
        if re.match(r"(count|sum)\(", expression):
            column = Column(name, "bigint", "count", name)
        yield name.strip('"'), column


def shows(shown: Json, column: str) -> bool:
    """Whether a panel takes a column of its answer."""
    only = [
        part["options"]["include"]["names"]
        for part in shown.get("transformations", [])
        if part["id"] == "filterFieldsByName"
    ]
    taken = shown["options"].get("reduceOptions", {}).get("fields", "").strip("/")
    hidden = any(
        item["matcher"]["options"] == column and {"id": "custom.hidden", "value": True} in item["properties"]
        for item in shown["fieldConfig"]["overrides"]
    )
    return all(column in names for names in only) and re.search(taken, column) is not None and not hidden


@pytest.mark.parametrize("shown", [p for p in PANELS if p.values[0].get("targets")])
def test_a_number_has_the_unit_of_its_column_in_the_catalogue(shown: Json) -> None:
    own = {
        item["matcher"]["options"]: prop["value"]
        for item in shown["fieldConfig"]["overrides"]
        for prop in item["properties"]
        if prop["id"] == "unit"
    }
    for target in BY_ID[asked_by(shown)]["targets"]:
        numbers = [
            (name, column)
            for name, column in projection(target["rawSql"])
            if column and column.unit != "text" and name != "time" and shows(shown, name)
        ]
        for name, column in numbers:
            assert own.get(name, shown["fieldConfig"]["defaults"].get("unit")) == UNITS[column.unit], name
        if shown["type"] == "stat" and not numbers:
            assert shown["fieldConfig"]["defaults"]["unit"] == UNITS["text"]


def taken(shown: Json) -> Iterator[str]:
    """The columns that a panel names in what it does with its answer."""
    for step in shown.get("transformations", []):
        options = step["options"]
        yield from (condition["fieldName"] for condition in options.get("filters", []))
        yield from options.get("include", {}).get("names", [])
        yield from (by["field"] for by in options.get("sort", []))
    if only := re.fullmatch(r"/\^(\w+)\$/", shown["options"].get("reduceOptions", {}).get("fields", "")):
        yield only[1]


def held(shown: Json) -> list[str]:
    """The columns of a panel's answer; in the form for curves Grafana calls the moment so."""
    return [
        "Time" if (target["format"], name) == ("time_series", "time") else name
        for target in BY_ID[asked_by(shown)]["targets"]
        for name, _ in projection(target["rawSql"])
    ]


def test_an_answer_holds_every_column_that_a_panel_takes_of_it() -> None:
    """Of one that it does not hold Grafana shows an empty panel, and no error."""
    wanted = {(shown["id"], column) for shown in BY_ID.values() if "targets" in shown for column in taken(shown)}
    there = {(shown["id"], name) for shown in BY_ID.values() if "targets" in shown for name in held(shown)}
    assert len(wanted) > 60
    assert wanted - there == set()


def test_columns_that_a_panel_takes_stand_in_its_order_in_the_answer() -> None:
    """Grafana shows them in that of the answer, whatever the panel says."""
    for shown in BY_ID.values():
        for step in shown.get("transformations", []):
            names = step["options"].get("include", {}).get("names", [])
            assert [name for name in held(shown) if name in names] == names, shown["title"]


def test_what_alerts_kept_is_never_green_by_its_sign_alone() -> None:
    """A verdict is, which takes 30 matches and 2.5 errors."""
    kept = panel("proof", "Promised and kept")
    assert "green" not in json.dumps(kept["fieldConfig"])
    assert "red" in json.dumps(kept["fieldConfig"])
    for title in ("Value bets", "High spreads"):
        [worth_it, *others] = panel("proof", title)["fieldConfig"]["defaults"]["mappings"]
        assert (worth_it["options"]["pattern"], worth_it["options"]["result"]["color"]) == ("^Worth it.*$", "green")
        assert "green" not in json.dumps(others)


def test_verdicts_on_home_are_those_of_proof_over_its_window_and_end_with_it() -> None:
    settings = Settings.model_validate({"proof": {"window": "90d"}})
    models = {model["uid"]: model for model in build_all(Catalogue(settings))}
    verdicts = [panel for panel in panels(models["oddswatch-home"]) if panel.get("timeFrom")]
    assert [panel["title"] for panel in verdicts] == ["Value bets", "High spreads", "Surebets"]
    assert {panel["timeFrom"] for panel in verdicts} == {"90d"}
    asked = verdicts[0]["targets"][0]["rawSql"]
    # PostgreSQL knows such a moment while it plans; TimescaleDB plans for every day that is kept otherwise.
    assert "$__timeTo()" in asked
    # But for saying so where that is long ago.
    assert asked.count("now()") == 1
    assert models["oddswatch-proof"]["time"] == {"from": "now-90d", "to": "now"}


def test_the_marks_on_the_curves_of_a_match_are_bets_on_it() -> None:
    marks = {mark["name"]: mark["target"]["rawSql"] for mark in MODELS["match"]["annotations"]["list"]}
    assert chosen("match") in marks["Placed bets"]
    marks = {mark["name"]: mark["target"]["rawSql"] for mark in MODELS["performance"]["annotations"]["list"]}
    assert marks["Placed bets"].endswith("AS bets_annotations\nORDER BY time")


#: What an address carries: the time range, the filters, and the match of a row.
RANGE, FILTERS = "${__url_time_range}", "${__all_variables}"
OPPORTUNITIES, HEALTH, PERFORMANCE = (
    f"/d/oddswatch-{name}?{RANGE}&{FILTERS}" for name in ("opportunities", "health", "performance")
)
#: As of another end of its range than now, it would say so nowhere.
PROOF = "/d/oddswatch-proof"
OF_ROW = f"/d/oddswatch-match?var-match=${{__data.fields.match_id:percentencode}}&{RANGE}"
ADDRESSES = {
    "Home": {
        **dict.fromkeys(("Last collection", "Successful collections", "Requests left"), HEALTH),
        **dict.fromkeys(("Value bets now", "Opportunities now", "Surebets now", "Matches ahead"), OPPORTUNITIES),
        **dict.fromkeys(("Bankroll", "Profit", "Beat the final price"), PERFORMANCE),
        **dict.fromkeys(("Value bets", "High spreads", "Surebets"), PROOF),
        "The three best offers": OF_ROW,
    },
    "Opportunities": {
        "Matches ahead": HEALTH,
        **dict.fromkeys(("Value bets", "Prices that fell together"), OF_ROW),
        **dict.fromkeys(("Current opportunities", "Surebets", "Every match ahead"), OF_ROW),
    },
    "Proof": {"Every alert": OF_ROW},
    "Match": {},
    "Performance": dict.fromkeys(("Open bets", "Settled bets"), OF_ROW),
    "Bookmakers": {},
    "System health": {},
    "Runbook": {},
}


def links(thing: Any) -> Iterator[str]:
    """The addresses in a panel, wherever they stand."""
    if isinstance(thing, dict):
        if isinstance(thing.get("url"), str):
            yield thing["url"]
        thing = list(thing.values())
    for inner in thing if isinstance(thing, list) else ():
        yield from links(inner)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_link_of_a_panel_carries_time_range_filters_and_match(model: Json) -> None:
    found = {shown["title"]: list(links(shown)) for shown in panels(model)}
    assert {title: urls for title, urls in found.items() if urls} == {
        title: [url] for title, url in ADDRESSES[model["title"]].items()
    }


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_menu_is_one_ordered_list_and_each_page_opens_in_a_time_range_of_its_own(model: Json) -> None:
    assert [link["url"] for link in model["links"]] == [
        f"/d/oddswatch-{name}"
        for name in ("home", "opportunities", "proof", "performance", "bookmakers", "health", "runbook")
    ]
    assert not any(link["keepTime"] or link["includeVars"] for link in model["links"])
    assert {link["url"].removeprefix("/d/") for link in model["links"]} <= {model["uid"] for model in MODELS.values()}


def properties_of_the_match(shown: Json) -> list[Json]:
    """What a panel's overrides say about its column with matches."""
    overrides = shown.get("fieldConfig", {}).get("overrides", [])
    return [prop for item in overrides if item["matcher"]["options"] == "match" for prop in item["properties"]]


@pytest.mark.parametrize(
    "shown",
    [case for case in PANELS if case.values[0]["type"] == "table" and properties_of_the_match(case.values[0])],
)
def test_a_table_with_matches_leads_to_each_of_them(shown: Json) -> None:
    links_of_rows = [prop["value"] for prop in properties_of_the_match(shown) if prop["id"] == "links"]
    assert [link["url"] for links_of_row in links_of_rows for link in links_of_row] == [OF_ROW]
    assert "match_id" in shown["targets"][0]["rawSql"]


def test_filters_of_the_opportunities_reach_every_query_about_prices() -> None:
    queries = [query for query in of_dashboard(MODELS["opportunities"]) if query.kind == "panel"]
    for query in queries:
        assert f""""sport" = ANY ({all_chosen("league")})""" in query.sql, query.place
        chosen = f" = ANY ({all_chosen('bookmaker')})"
        assert f"bookmaker{chosen}" in query.sql or f'"bookmaker"{chosen}' in query.sql, query.place
        assert "'${kick_off} hours'::interval" in query.sql, query.place
    minimum = [query.place for query in queries if "'${min_spread}'::numeric" in query.sql]
    assert [place.split(" / ")[1] for place in minimum] == [
        "Opportunities now",
        "Current opportunities",
        "Opportunities over time",
    ]


def test_with_the_collectors_view_the_filter_for_bookmakers_is_for_value_alone() -> None:
    settings = Settings.model_validate({"opportunities": {"source": "view"}})
    model = next(m for m in build_all(Catalogue(settings)) if m["uid"] == "oddswatch-opportunities")
    filtered = {query.place.split(" / ")[1] for query in of_dashboard(model) if "${bookmaker" in query.sql}
    assert filtered == {"Value bets now", "Value bets"}


def test_the_match_is_chosen_by_name_and_kept_when_a_link_names_an_old_one() -> None:
    variable = MODELS["match"]["templating"]["list"][0]
    assert "AS __text" in variable["query"]
    assert "AS __value" in variable["query"]
    # Read once: at a second reading Grafana would replace a value that is not in the list.
    assert (variable["multi"], variable["includeAll"], variable["refresh"]) == (False, False, 1)
    for query in of_dashboard(MODELS["match"]):
        if query.kind == "panel":
            assert chosen("match") in query.sql, query.place


def test_a_number_that_several_pages_show_has_one_meaning_and_the_same_colours() -> None:
    by_title: dict[str, list[Json]] = {}
    for model in MODELS.values():
        for shown in panels(model):
            if shown["type"] == "stat" and not shown["fieldConfig"]["overrides"]:
                by_title.setdefault(shown["title"], []).append(shown["fieldConfig"]["defaults"])
    repeated = {title: found for title, found in by_title.items() if len(found) > 1}
    assert {"Requests left", "Successful collections", "Bankroll", "Opportunities now"} <= repeated.keys()
    for title, found in repeated.items():
        assert all({**defaults, "links": []} == {**found[0], "links": []} for defaults in found), title


def test_thresholds_come_from_the_configuration() -> None:
    settings = Settings.model_validate(
        {
            "collection": {"interval": "30m"},
            "opportunities": {"min_spread_pct": 7},
            "alerts": {"high_spread": {"threshold_pct": 60}},
        }
    )
    model = {m["uid"]: m for m in build_all(Catalogue(settings))}["oddswatch-opportunities"]
    home = {m["uid"]: m for m in build_all(Catalogue(settings))}["oddswatch-home"]

    def values(title: str) -> list[float | None]:
        shown = next(p for p in (*panels(model), *panels(home)) if p["title"] == title)
        return [step["value"] for step in shown["fieldConfig"]["defaults"]["thresholds"]["steps"]]

    assert values("Widest spread") == [None, 7, 10, 20, 60]
    assert values("Last collection") == [None, 0, 2250, 4500]
    assert "7 %" in next(p for p in panels(home) if p["title"] == "Opportunities now")["description"]
