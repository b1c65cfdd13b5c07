"""Values in a terminal as Grafana displays them: units, decimals, colours, worked out by hand."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from oddswatch.checks.display import field, shown
from oddswatch.names import dashboard_uid
from oddswatch.settings.site import Settings
from oddswatch.tree.queries import panels
from tests.data import composed

PARIS = ZoneInfo("Europe/Paris")
LATE = [{"color": "text", "value": None}, {"color": "green", "value": 0}, {"color": "red", "value": 36_000}]
#: The units that the test below works out.
UNITS = {"locale", "none", "percent", "s", "string", "time:YYYY-MM-DD HH:mm"}


def properties(unit: str, **others: Any) -> dict[str, Any]:
    return {"unit": unit, "noValue": "–", "thresholds": {"steps": LATE}, **others}


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (1234567, "locale", None, "1,234,567"),
        (Decimal("99.17"), "percent", 1, "99.2%"),
        (100, "percent", 1, "100.0%"),
        (1000, "none", 2, "1000.00"),
        (-94.126, "none", 2, "-94.13"),
        (3.0, "none", None, "3"),
        (59, "s", 1, "59.0 s"),
        (90, "s", 1, "1.5 mins"),
        (5400, "s", 1, "1.5 hours"),
        (129_600, "s", 1, "1.5 days"),
        (1_209_600, "s", 1, "2.0 weeks"),
        (63_113_800, "s", 1, "2.0 years"),
        # Naive is UTC; in January Paris is an hour ahead, in July two.
        (datetime(2026, 1, 5, 23, 30), "time:YYYY-MM-DD HH:mm", None, "2026-01-06 00:30"),
        (
            datetime(2026, 7, 5, 12, 5, tzinfo=ZoneInfo("Asia/Kolkata")),
            "time:YYYY-MM-DD HH:mm",
            None,
            "2026-07-05 08:35",
        ),
        (None, "locale", None, "–"),
        # A name may hold what a terminal obeys: clear the screen, go back, ring.
        ("Lyon\x1b[2J\r\n– Nice\a\u202e", "string", None, "Lyon [2J – Nice"),
    ],
)
def test_a_value_in_its_unit(value: Any, unit: str, decimals: int | None, text: str) -> None:
    given = {} if decimals is None else {"decimals": decimals}
    assert shown(value, properties(unit, **given), PARIS).text == text


@pytest.mark.parametrize(
    ("value", "colour"), [(-1, "text"), (0, "green"), (35_999.9, "green"), (36_000, "red"), (None, "")]
)
def test_a_number_has_the_colour_of_the_highest_step_it_reaches(value: float | None, colour: str) -> None:
    assert shown(value, properties("s", decimals=1), PARIS).colour == colour


def test_a_text_has_the_colour_of_the_first_mapping_that_fits() -> None:
    verdicts = [
        {"type": "regex", "options": {"pattern": "^Worth it.*$", "result": {"color": "green", "index": 0}}},
        {"type": "regex", "options": {"pattern": "^Not worth it.*$", "result": {"color": "red", "index": 1}}},
        {"type": "value", "options": {"too little": {"color": "text", "index": 2}}},
    ]
    said = ("Worth it: kept 2 %", "Not worth it: kept −2 %", "too little", "one bookmaker")
    given = properties("string", mappings=verdicts)
    assert [shown(text, given, PARIS).colour for text in said] == ["green", "red", "text", ""]


def test_a_later_override_wins_over_an_earlier_one_and_over_the_panels_own() -> None:
    panel = {
        "fieldConfig": {
            "defaults": {"noValue": "Nothing", "unit": "none", "custom": {"hidden": False, "align": "auto"}},
            "overrides": [
                {"matcher": {"id": "byRegexp", "options": "/.*/"}, "properties": [{"id": "noValue", "value": "–"}]},
                {"matcher": {"id": "byName", "options": "ev"}, "properties": [{"id": "unit", "value": "s"}]},
                {"matcher": {"id": "byName", "options": "ev"}, "properties": [{"id": "unit", "value": "percent"}]},
                {"matcher": {"id": "byName", "options": "id"}, "properties": [{"id": "custom.hidden", "value": True}]},
            ],
        }
    }
    assert field(panel, "ev") == {"noValue": "–", "unit": "percent", "custom.hidden": False, "custom.align": "auto"}
    assert field(panel, "id") == {"noValue": "–", "unit": "none", "custom.hidden": True, "custom.align": "auto"}


def test_every_unit_of_home_is_one_of_those_above() -> None:
    (home,) = (m for m in composed.tree(Settings()).dashboards() if m["uid"] == dashboard_uid("home"))
    configs = [panel["fieldConfig"] for panel in panels(home) if panel["type"] in ("stat", "table")]
    used = {config["defaults"].get("unit", "string") for config in configs}
    overridden = [part for config in configs for override in config["overrides"] for part in override["properties"]]
    assert used | {part["value"] for part in overridden if part["id"] == "unit"} <= UNITS
