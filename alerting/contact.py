"""Who gets which mail, and when: carried by the rules, so that a person's policy tree is never touched."""

from pathlib import Path
from typing import Any

from oddswatch import NAME_PREFIX, UID_PREFIX
from oddswatch.settings import Settings, Severity

Json = dict[str, Any]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "warning", "info")
URGENT = ("critical", "high")


def contact_point(severity: Severity) -> str:
    """Name of the contact point of a severity."""
    return f"{NAME_PREFIX} {severity}"


def contact_points(settings: Settings) -> list[Json]:
    """One contact point per severity, each a list of mail addresses."""
    return [
        {
            "orgId": 1,
            "name": contact_point(severity),
            "receivers": [
                {
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
            ],
        }
        for severity in SEVERITIES
    ]


def notification_settings(settings: Settings, severity: Severity) -> Json:
    """The routing of a rule of this severity: one mail per alert and league."""
    mail = settings.mail
    return {
        "receiver": contact_point(severity),
        "group_by": ["grafana_folder", "alertname", "league"],
        "group_wait": mail.group_wait_urgent if severity in URGENT else mail.group_wait,
        "group_interval": mail.group_interval,
        "repeat_interval": mail.repeat_interval,
    }


def templates() -> list[Json]:
    """The texts of the mails, in Grafana's (Go's) template language."""
    text = (Path(__file__).parent / "templates" / "mail.tmpl").read_text(encoding="utf-8")
    return [{"orgId": 1, "name": f"{NAME_PREFIX} mail", "template": text}]


def _addresses(receivers: str) -> str:
    """The name of an environment variable, which Grafana puts in, or the addresses themselves."""
    return receivers if "@" in receivers else f"${receivers}"
