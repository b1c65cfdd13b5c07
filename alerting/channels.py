"""Short messages beside the mails, as Grafana's receivers are set up for them.

Secrets are the names of environment variables, which Grafana puts in when it reads the file.
"""

from oddswatch.json_types import Json
from oddswatch.settings.channels import Channels


def receivers(channels: Channels) -> dict[str, Json]:
    """The settings of Grafana's receiver of each channel, by its type, which is its name in the configuration."""
    return {
        "discord": {
            "url": "$DISCORD_URL",
            "title": "{{ .GroupLabels.alertname }}",
            "message": '{{ template "oddswatch.discord" . }}',
        },
        "telegram": {
            "bottoken": "$TELEGRAM_TOKEN",
            "chatid": channels.telegram.chat,
            "message": '{{ template "oddswatch.short" . }}',
            # Telegram refuses a message whose < or & it cannot read as HTML, which Grafana would announce.
            "parse_mode": "None",
            "disable_web_page_preview": True,
        },
        "webhook": {
            "url": "$WEBHOOK_URL",
            "authorization_credentials": "$WEBHOOK_TOKEN",
            "payload": {"template": '{{ template "oddswatch.short" . }}'},
        },
    }


def are_used(channels: Channels) -> bool:
    """Whether anything is sent to any of them."""
    return any(getattr(channels, name).severities for name in type(channels).model_fields)
