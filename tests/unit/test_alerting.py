"""Rules, routing and quiet hours as they are written, and that every key of the configuration changes what it says."""

import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from pydantic import BaseModel

from alerting import channels, contact, groups, rules
from dashboards import home
from oddswatch.catalogue.catalogue import METRICS, Catalogue
from oddswatch.checks.preview import Alert, Mail
from oddswatch.errors import UserError
from oddswatch.settings.fields import Severity
from oddswatch.settings.site import Settings
from oddswatch.tree.compose import compose
from oddswatch.tree.queries import panels

#: What stands in for a key's default.
OTHERS: dict[str, Any] = {
    "enabled": False,
    "severity": "info",
    "for": "7m",
    "threshold": 7,
    "threshold_pct": 1.5,
    "threshold_days": 2,
    "clear": 3,
    "clear_pct": 0.25,
    "clear_days": 0.75,
    "threshold_luck_pct": 1,
    "clear_luck_pct": 7,
    "threshold_errors": -3,
    "clear_errors": -1,
    "min_bookmakers": 4,
    "min_settled_bets": 30,
    "from": "23:00",
    "to": "06:00",
    "days": ["monday"],
    "policy_tree": True,
    "runbook": "https://wiki.example.org/runbook",
}
#: … where that would not do.
SPECIAL: dict[str, Any] = {
    "alerts.high_spread.threshold_pct": 60,
    # Not below opportunities.min_spread_pct.
    "alerts.high_spread.clear_pct": 40,
    "alerts.high_spread.severity": "high",
    "alerts.steam.enabled": True,
    "alerts.steam.severity": "warning",
    "alerts.steam.threshold_pct": 12,
    "alerts.suspicious_price.severity": "warning",
    "alerts.many_opportunities.severity": "warning",
    "alerts.new_opportunities.severity": "warning",
    "alerts.many_opportunities.threshold": 30,
    "alerts.bankroll.by": "threshold",
    "alerts.bankroll.clear": 950,
    "alerts.yield.by": "threshold",
    "alerts.yield.threshold_pct": -1,
    "alerts.yield.clear_pct": 2,
    "alerts.win_rate.by": "threshold",
    "alerts.win_rate.threshold_pct": 40,
    "alerts.win_rate.clear_pct": 55,
    "mail.quiet_hours.enabled": True,
    "mail.to.critical": "one@example.org",
    "mail.to.high": "one@example.org",
    "mail.to.warning": "one@example.org",
    "mail.to.info": "one@example.org",
    "mail.group_wait": "7s",
    "mail.group_wait_urgent": "7s",
    "mail.group_interval": "7m",
    "mail.repeat_interval": "7h",
    "channels.discord.severities": ["info"],
    "channels.telegram.severities": ["info"],
    "channels.telegram.chat": "-1001234567890",
    "channels.webhook.severities": ["info"],
}


def keys(section: BaseModel, path: str) -> list[str]:
    """The keys of a section, and of the sections in it, as config.yml has them."""
    found = []
    for name, field in type(section).model_fields.items():
        value, key = getattr(section, name), f"{path}.{field.alias or name}"
        found += keys(value, key) if isinstance(value, BaseModel) else [key]
    return found


PLAIN_LIMITS = {
    "alerts.bankroll.threshold",
    "alerts.bankroll.clear",
    "alerts.yield.threshold_pct",
    "alerts.yield.clear_pct",
    "alerts.win_rate.threshold_pct",
    "alerts.win_rate.clear_pct",
}
KEYS = [key for part in ("alerts", "mail", "channels", "links") for key in keys(getattr(Settings(), part), part)]


def setting_for(key: str) -> str:
    """Another key and its value, without which a key says nothing."""
    if key.startswith("mail.quiet_hours.") and not key.endswith("enabled"):
        return "mail.quiet_hours.enabled: true"
    if key.startswith("alerts.steam.") and not key.endswith("enabled"):
        return "alerts.steam.enabled: true"
    if key == "channels.telegram.severities":
        return "channels.telegram.chat: '1'"
    if key == "channels.telegram.chat":
        return "channels.telegram: {severities: [info], chat: '1'}"
    if key in PLAIN_LIMITS:
        return f"{key.rpartition('.')[0]}.by: threshold"
    return ""


def settings_with(*lines: str) -> Settings:
    """Settings in which the keys of lines such as `alerts.yield.for: 7m` have these values."""
    data: dict[str, Any] = {}
    for line in filter(None, lines):
        key, _, value = line.partition(": ")
        section = data
        *path, last = key.split(".")
        for name in path:
            section = section.setdefault(name, {})
        section[last] = yaml.safe_load(value)
    return Settings.model_validate(data, by_alias=True, by_name=False)


CATALOGUE = Catalogue(Settings())


@cache
def as_usual(line: str) -> str:
    """What is written by default but for one line."""
    return written(settings_with(line))


def written(settings: Settings) -> str:
    """Everything about alerts that the tree says."""
    return str(
        [
            groups.rule_groups(Catalogue(settings)),
            contact.contact_points(settings),
            contact.mute_timings(settings),
            contact.policies(settings),
        ]
    )


@pytest.mark.parametrize("key", KEYS)
def test_every_key_changes_what_it_says(key: str) -> None:
    other = SPECIAL.get(key, OTHERS.get(key.rpartition(".")[2]))
    assert other is not None, f"give {key} another value in this test"
    line = setting_for(key)
    assert written(settings_with(line, f"{key}: {json.dumps(other)}")) != as_usual(line)


@pytest.mark.parametrize(
    ("line", "by", "mistake"),
    [
        ("-- Panel: opportunities / surebets\n", "", "surebet.sql: the header has no '-- Panel:'; add it"),
        ("value >= alerts.surebet.threshold_pct, until", "above 1, until", "is not of the form 'value >= limit' or"),
        ("surebet.threshold_pct,", "surebet.limit,", "surebet.sql: 'Fires:' names 'alerts.surebet.limit', which is no"),
        ("surebet.threshold_pct,", "surebet.severity,", "names 'alerts.surebet.severity', which is no number of the"),
        ("Group: signals", "Group: sound", "surebet.sql: unknown group 'sound'; known are watch, signals, collector"),
    ],
)
def test_a_rule_that_is_not_declared_well_is_named_with_its_file_and_the_remedy(
    tmp_path: Path, line: str, by: str, mistake: str
) -> None:
    shutil.copytree(METRICS, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "alerts" / "surebet.sql"
    text = file.read_text(encoding="utf-8")
    assert line in text
    file.write_text(text.replace(line, by), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        groups.rule_groups(Catalogue(Settings(), tmp_path))
    assert mistake in caught.value.message


def test_a_rule_without_keys_and_keys_without_a_rule_are_named(tmp_path: Path) -> None:
    shutil.copytree(METRICS, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "alerts" / "surebet.sql"
    text = file.read_text(encoding="utf-8")
    file.unlink()
    with pytest.raises(UserError, match=r"alerts\.surebet has no file metrics/alerts/surebet\.sql; add it, or remove"):
        rules.rules(Catalogue(Settings(), tmp_path))
    file.with_name("sure_bet.sql").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"sure_bet\.sql: has no key in the configuration; add a class and a field"):
        rules.rules(Catalogue(Settings(), tmp_path))


def test_only_the_watch_fires_when_a_query_fails_and_no_rule_fires_on_an_answer_without_rows() -> None:
    written_rules = [rule for group in groups.rule_groups(CATALOGUE) for rule in group["rules"]]
    assert {rule["title"]: rule["execErrState"] for rule in written_rules} == {
        rule["title"]: "Alerting" if rule["title"] == "Watch" else "KeepLast" for rule in written_rules
    }
    assert {rule["noDataState"] for rule in written_rules} == {"OK", "KeepLast"}


@pytest.mark.parametrize("rule", rules.rules(CATALOGUE), ids=lambda rule: rule.name)
def test_what_tells_alerts_apart_is_never_a_price_nor_a_text(rule: rules.Rule) -> None:
    assert set(rule.identity) <= {"match_id", "league", "outcome", "bookmaker"}


def test_home_lists_the_alerts_of_every_rule_of_ours_by_a_label_that_nobody_else_uses() -> None:
    (shown,) = [p for p in panels(home.build(CATALOGUE)) if p["type"] == "alertlist"]
    assert shown["options"]["alertInstanceLabelFilter"] == '{product="oddswatch"}'
    written_rules = [rule for group in groups.rule_groups(CATALOGUE) for rule in group["rules"]]
    assert {rule["labels"]["product"] for rule in written_rules} == {"oddswatch"}


def test_the_preview_silences_by_the_labels_that_the_alert_has() -> None:
    (rule,) = [rule for rule in rules.rules(CATALOGUE) if rule.name == "high_spread"]
    alert = Alert(rule, {"match_id": "m & m", "league": "l", "outcome": "home"}, "Subject", "Body", "")
    written_rules = {rule["uid"]: rule for group in groups.rule_groups(CATALOGUE) for rule in group["rules"]}
    (line,) = [line for line in Mail([alert], "http://g/", Settings()).text.splitlines() if "Silence: " in line]
    matchers = dict(matcher.split("=", 1) for matcher in parse_qs(urlsplit(line).query)["matcher"])
    assert matchers.pop("__alert_rule_uid__") == rule.uid
    assert matchers == {**alert.labels, **written_rules[rule.uid]["labels"]}


@pytest.mark.parametrize("template", ["mail.tmpl", "ng_alert_notification.html"])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        ('db query error: pq: relation "bets" does not exist', 'relation "bets" does not exist'),
        ("db query error: ERROR: column c (x) does not exist (SQLSTATE 42703)", "column c (x) does not exist"),
        ("db query error: dial tcp 127.0.0.1:1: connect: refused", "dial tcp 127.0.0.1:1: connect: refused"),
    ],
    ids=["lib/pq", "pgx", "no answer"],
)
def test_an_error_of_the_database_is_mailed_in_its_own_words(template: str, error: str, said: str) -> None:
    """The expression is one of Python's as well; what a Grafana makes of it: tests/grafana/test_outages.py."""
    text = (Path(contact.__file__).parent / "templates" / template).read_text(encoding="utf-8")
    [expression] = re.findall(r'(?:re|regex)ReplaceAll "([^"]*db query error[^"]*)"', text)
    assert re.sub(expression, "", f"[sse.dataQueryError] failed to execute query [A]: {error}") == said


def test_no_rule_of_ours_is_evaluated_before_that_of_value_bets() -> None:
    """Grafana starts the rules of a tick in the order of their uids."""
    assert min(rules.rules(CATALOGUE), key=lambda rule: rule.uid).name == "value_bet"


def test_every_rule_has_a_group_with_an_interval_that_grafana_can_keep() -> None:
    assert {rule.group for rule in rules.rules(CATALOGUE)} == set(groups.INTERVALS)
    assert all(int(interval[:-1]) * {"s": 1, "m": 60}[interval[-1]] % 10 == 0 for interval in groups.INTERVALS.values())


@pytest.mark.parametrize("severity", get_args(Severity))
def test_a_severity_goes_to_its_addresses_at_its_pace(severity: Severity) -> None:
    settings = Settings.model_validate({"mail": {"to": {severity: "a@example.org, b@example.org"}}})
    (point,) = [point for point in contact.contact_points(settings) if point["name"] == f"Oddswatch {severity}"]
    assert point["receivers"][0]["settings"]["addresses"] == "a@example.org, b@example.org"
    assert contact.notification_settings(settings, severity) == {
        "receiver": f"Oddswatch {severity}",
        "group_by": ["grafana_folder", "alertname", "league"],
        "group_wait": "1s" if severity in ("critical", "high") else "30s",
        "group_interval": "1m",
        "repeat_interval": "24h",
    }


def test_addresses_come_from_the_environment_by_default() -> None:
    points = contact.contact_points(Settings())
    assert {point["receivers"][0]["settings"]["addresses"] for point in points} == {"$ALERT_EMAILS"}


def test_a_channel_gets_the_severities_that_it_names_and_its_secrets_from_the_environment() -> None:
    channels = {
        "telegram": {"severities": ["critical", "high"], "chat": -1001234567890},
        "webhook": {"severities": ["high"]},
    }
    settings = Settings.model_validate({"channels": channels})
    receivers = {
        point["name"]: {receiver["type"]: receiver for receiver in point["receivers"]}
        for point in contact.contact_points(settings)
    }
    assert {name: list(by_type) for name, by_type in receivers.items()} == {
        "Oddswatch critical": ["email", "telegram"],
        "Oddswatch high": ["email", "telegram", "webhook"],
        "Oddswatch warning": ["email"],
        "Oddswatch info": ["email"],
    }
    sent = receivers["Oddswatch high"]["telegram"]["settings"]
    assert sent["bottoken"] == "$TELEGRAM_TOKEN"
    # A text: Grafana does not start with a number.
    assert yaml.safe_load(yaml.safe_dump(sent))["chatid"] == "-1001234567890"
    uids = [receiver["uid"] for by_type in receivers.values() for receiver in by_type.values()]
    assert len(set(uids)) == len(uids)


def test_a_channel_that_is_on_without_its_secret_is_named() -> None:
    settings = Settings.model_validate(
        {"channels": {"discord": {"severities": ["high"]}, "webhook": {"severities": []}}}
    )
    [missing] = channels.missing_secrets(settings.channels, {"DISCORD_URL": "", "TELEGRAM_TOKEN": "x"})
    assert missing.startswith("DISCORD_URL is not set, but channels.discord ")
    assert channels.missing_secrets(settings.channels, {"DISCORD_URL": "https://example.org"}) == []


def test_without_a_channel_there_are_no_texts_for_one() -> None:
    used = Settings.model_validate({"channels": {"webhook": {"severities": ["info"]}}})
    assert [[template["name"] for template in contact.templates(settings)] for settings in (Settings(), used)] == [
        ["Oddswatch mail"],
        ["Oddswatch mail", "Oddswatch short"],
    ]


def test_a_quiet_night_belongs_to_both_of_its_days_and_keeps_only_info_and_warning() -> None:
    settings = Settings.model_validate(
        {
            "time_zone": "Europe/London",
            "mail": {"quiet_hours": {"enabled": True, "from": "22:30", "to": "07:15", "days": ["saturday", "sunday"]}},
        }
    )
    assert contact.mute_timings(settings) == [
        {
            "orgId": 1,
            "name": "Oddswatch quiet hours",
            "time_intervals": [
                {
                    "times": [
                        {"start_time": "22:30", "end_time": "24:00"},
                        {"start_time": "00:00", "end_time": "07:15"},
                    ],
                    "weekdays": ["saturday", "sunday"],
                    "location": "Europe/London",
                }
            ],
        }
    ]
    muted = {
        severity
        for severity in get_args(Severity)
        if contact.notification_settings(settings, severity).get("mute_time_intervals") == ["Oddswatch quiet hours"]
    }
    assert muted == {"info", "warning"}


@pytest.mark.parametrize(
    ("begin", "end", "times"),
    [
        ("12:00", "14:00", [("12:00", "14:00")]),
        ("22:00", "00:00", [("22:00", "24:00")]),
        ("00:00", "06:00", [("00:00", "06:00")]),
    ],
)
def test_quiet_hours_that_do_not_pass_midnight_are_one_interval(
    begin: str, end: str, times: list[tuple[str, str]]
) -> None:
    settings = Settings.model_validate({"mail": {"quiet_hours": {"enabled": True, "from": begin, "to": end}}})
    ((interval,),) = [timing["time_intervals"] for timing in contact.mute_timings(settings)]
    assert [(span["start_time"], span["end_time"]) for span in interval["times"]] == times


def test_no_policy_tree_and_no_mute_timing_is_written_unless_asked_for() -> None:
    tree = compose(Catalogue(Settings()))
    assert tree.alerting("policies") == []
    assert tree.alerting("muteTimes") == []


def test_the_policy_tree_sends_every_severity_to_its_contact_point_and_the_rest_to_warning() -> None:
    (policy,) = contact.policies(Settings.model_validate({"mail": {"policy_tree": True}}))
    assert policy["receiver"] == "Oddswatch warning"
    assert "matchers" not in policy
    routes = {route["object_matchers"][0][2]: route["receiver"] for route in policy["routes"]}
    assert routes == {severity: f"Oddswatch {severity}" for severity in get_args(Severity)}
