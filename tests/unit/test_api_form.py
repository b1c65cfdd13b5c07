"""What is sent to Grafana's API, and what it has stored, in forms that can be compared."""

import json

import pytest

from oddswatch.errors import UserError
from oddswatch.grafana import api_form
from oddswatch.json_types import Json
from oddswatch.names import DATASOURCE
from oddswatch.tree.data_source import reading_from
from oddswatch.tree.tree import RULES_FILE, Tree
from oddswatch.tree.yaml_text import provisioning_file


@pytest.mark.parametrize(
    ("duration", "seconds"), [("0s", 0), ("90s", 90), ("1m30s", 90), ("24h", 86400), ("1d", 86400), ("1w2d", 777600)]
)
def test_durations_are_the_same_however_grafana_writes_them(duration: str, seconds: int) -> None:
    assert api_form.seconds(duration) == seconds


RULE: Json = {
    "uid": "u",
    "title": "30s",
    "for": "90s",
    "labels": {"a": "b"},
    "data": [{"refId": "C", "datasourceUid": "__expr__", "model": {"refId": "C", "expression": "A"}}],
    "notification_settings": {"receiver": "R", "repeat_interval": "24h"},
}


def test_what_grafana_fills_in_is_no_difference_and_what_it_kept_too_long_is() -> None:
    stored = {
        **RULE,
        "id": 7,
        "for": "1m30s",
        "data": [
            {
                **RULE["data"][0],
                "queryType": "",
                "relativeTimeRange": {"from": 0, "to": 0},
                "model": {"refId": "C", "expression": "A", "intervalMs": 1000, "maxDataPoints": 43200},
            }
        ],
        "notification_settings": {"receiver": "R", "repeat_interval": "1d", "mute_time_intervals": []},
    }
    now = api_form.rule_to_compare(RULE, RULE.keys())
    assert api_form.rule_to_compare(stored, RULE.keys()) == now
    for change in (
        {"for": "91s"},
        {"labels": {"a": "b", "c": "d"}},
        {"data": [*stored["data"], stored["data"][0]]},
        {"data": [{**stored["data"][0], "model": {**stored["data"][0]["model"], "hide": True}}]},
        {"notification_settings": {**RULE["notification_settings"], "mute_time_intervals": ["Weekend"]}},
    ):
        assert api_form.rule_to_compare({**stored, **change}, RULE.keys()) != now


def points(**settings: object) -> list[Json]:
    return [{"name": "N", "receivers": [{"uid": "u", "type": "email", "settings": settings}]}]


def test_variables_are_put_in_once_and_missing_ones_are_named() -> None:
    (receiver,) = api_form.receivers_to_send(points(to="$WHO", text="$$5 {{ .x }}", one=True), {"WHO": "a$b${WHO}"})
    assert receiver["settings"] == {"to": "a$b${WHO}", "text": "$5 {{ .x }}", "one": True}
    assert receiver["name"] == "N"
    (receiver,) = api_form.receivers_to_send(points(url="a", authorization_credentials="$NONE"), {})
    assert receiver["settings"] == {"url": "a"}
    with pytest.raises(UserError, match=r"^WHO, NONE: not set; "):
        api_form.receivers_to_send(points(to="$WHO", cc="$WHO $NONE"), {"WHO": ""})


def test_a_secret_that_grafana_does_not_tell_is_no_difference() -> None:
    stored = {"name": "N", "type": "t", "settings": {"key": "[REDACTED]", "to": "a"}}
    was = api_form.receiver_to_compare(stored, stored)
    for settings, same in (({"key": "s3cret", "to": "a"}, True), ({"key": "s3cret", "to": "b"}, False)):
        now = api_form.receiver_to_compare({**stored, "settings": settings}, stored)
        assert (now == was) == same
        assert "s3cret" not in str(now)


def test_a_tree_reads_from_the_data_source_that_is_there_and_brings_none() -> None:
    ours = DATASOURCE["uid"]
    rule = {"uid": "u", "data": [{"datasourceUid": ours, "model": {"datasource": DATASOURCE, "rawSql": f"'{ours}'"}}]}
    tree = Tree(
        {
            "dashboards/oddswatch/a.json": json.dumps({"panels": [{"datasource": DATASOURCE}], "x": None}),
            "dashboards/oddswatch.yml": "providers: []",
            "datasources/oddswatch.yml": "datasources: []",
            "alerting/oddswatch-templates.yml": "templates: []",
            RULES_FILE: provisioning_file({"groups": [{"rules": [rule]}]}),
        }
    )
    there = reading_from(tree, "theirs")
    assert sorted(there.files) == [
        *(RULES_FILE, "alerting/oddswatch-templates.yml"),
        "dashboards/oddswatch/a.json",
    ]
    assert there.dashboards() == [{"panels": [{"datasource": {**DATASOURCE, "uid": "theirs"}}], "x": None}]
    (item,) = there.rules()[0]["data"]
    assert item["datasourceUid"] == item["model"]["datasource"]["uid"] == "theirs"
    # A query is nobody's to rewrite.
    assert item["model"]["rawSql"] == f"'{ours}'"
