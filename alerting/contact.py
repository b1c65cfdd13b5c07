"""Who gets which mail, and when: carried by the rules, so that a person's policy tree is never touched."""

from collections.abc import Iterator
from pathlib import Path

from alerting import channels
from oddswatch.json_types import Json
from oddswatch.names import NAME_PREFIX, UID_PREFIX
from oddswatch.settings.fields import Severity
from oddswatch.settings.site import Settings

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "warning", "info")
URGENT = ("critical", "high")
QUIET_HOURS = f"{NAME_PREFIX} quiet hours"


def contact_point(severity: Severity) -> str:
    """Name of the contact point of a severity."""
    return f"{NAME_PREFIX} {severity}"


def contact_points(settings: Settings) -> list[Json]:
    """One contact point per severity: a list of mail addresses, and the channels that this severity is sent to."""
    return [
        {"orgId": 1, "name": contact_point(severity), "receivers": list(_receivers(settings, severity))}
        for severity in SEVERITIES
    ]


def _receivers(settings: Settings, severity: Severity) -> Iterator[Json]:
    yield {
        "uid": f"{UID_PREFIX}mail-{severity}",
        "type": "email",
        "disableResolveMessage": False,
        "settings": {
            "addresses": _addresses(getattr(settings.mail.to, severity)),
            "singleEmail": True,
            "subject": '{{ template "oddswatch.subject" . }}',
            "message": '{{ template "oddswatch.message" . }}',
        },
    }
    for channel, sent in channels.receivers(settings.channels).items():
        if severity in getattr(settings.channels, channel).severities:
            yield {
                "uid": f"{UID_PREFIX}{channel}-{severity}",
                "type": channel,
                "disableResolveMessage": False,
                "settings": sent,
            }


def notification_settings(settings: Settings, severity: Severity) -> Json:
    """The routing of a rule of this severity: one mail per alert and league."""
    routing = _route(settings, severity)
    if settings.mail.quiet_hours.enabled and severity not in URGENT:
        routing["mute_time_intervals"] = [QUIET_HOURS]
    return routing


def _route(settings: Settings, severity: Severity) -> Json:
    mail = settings.mail
    return {
        "receiver": contact_point(severity),
        "group_by": ["grafana_folder", "alertname", "league"],
        "group_wait": mail.group_wait_urgent if severity in URGENT else mail.group_wait,
        "group_interval": mail.group_interval,
        "repeat_interval": mail.repeat_interval,
    }


def mute_timings(settings: Settings) -> list[Json]:
    """The quiet hours, as time of day on the chosen weekdays of the site's time zone."""
    quiet = settings.mail.quiet_hours
    if not quiet.enabled:
        return []
    # Grafana knows no interval over midnight: a night is the evening of one day and the morning of another.
    over_midnight = quiet.from_ > quiet.to
    times = [(quiet.from_, "24:00"), ("00:00", quiet.to)] if over_midnight else [(quiet.from_, quiet.to)]
    interval = {
        "times": [{"start_time": start, "end_time": end} for start, end in times if start != end],
        "weekdays": list(quiet.days),
        "location": settings.time_zone,
    }
    return [{"orgId": 1, "name": QUIET_HOURS, "time_intervals": [interval]}]


def policies(settings: Settings) -> list[Json]:
    """A policy tree of the whole organisation, for those who want one; our own rules do not need it."""
    if not settings.mail.policy_tree:
        return []
    routes = [
        {**notification_settings(settings, severity), "object_matchers": [["severity", "=", severity]]}
        for severity in SEVERITIES
    ]
    return [{"orgId": 1, **_route(settings, "warning"), "routes": routes}]


def templates(settings: Settings) -> list[Json]:
    """The texts of the mails, and those of the channels where there are any, in Grafana's (Go's) template language."""
    names = ["mail", "short"] if channels.are_used(settings.channels) else ["mail"]
    folder = Path(__file__).parent / "templates"
    return [
        {"orgId": 1, "name": f"{NAME_PREFIX} {name}", "template": (folder / f"{name}.tmpl").read_text(encoding="utf-8")}
        for name in names
    ]


def _addresses(receivers: str) -> str:
    """The name of an environment variable, which Grafana puts in, or the addresses themselves."""
    return receivers if "@" in receivers else f"${receivers}"
