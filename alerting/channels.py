"""Short messages beside the mails, as Grafana's receivers are set up for them.

Secrets are the names of environment variables, which Grafana puts in when it reads the file.
"""

from collections.abc import Mapping

from oddswatch.json_types import Json
from oddswatch.settings.channels import Channels

#: The variables without which Grafana does not start where a channel is on.
SECRETS = {"discord": "DISCORD_URL", "telegram": "TELEGRAM_TOKEN", "webhook": "WEBHOOK_URL"}


def missing_secrets(channels: Channels, environment: Mapping[str, str]) -> list[str]:
    """What the environment of Grafana lacks for the channels that are on: the variable and its channel, in words."""
    return [
        f"{secret} is not set, but channels.{channel} in config.yml names severities; set it, or let it name none"
        for channel, secret in SECRETS.items()
        if getattr(channels, channel).severities and not environment.get(secret)
    ]


def receivers(channels: Channels) -> dict[str, Json]:
    """The settings of Grafana's receiver of each channel, by its type, which is its name in the configuration."""
    return {
        "discord": {
            "url": f"${SECRETS['discord']}",
            "title": "{{ .GroupLabels.alertname }}",
            "message": '{{ template "oddswatch.discord" . }}',
        },
        "telegram": {
            "bottoken": f"${SECRETS['telegram']}",
            "chatid": channels.telegram.chat,
            "message": '{{ template "oddswatch.short" . }}',
            # Telegram refuses a message whose < or & it cannot read as HTML, which Grafana would announce.
            "parse_mode": "None",
            "disable_web_page_preview": True,
        },
        "webhook": {
            "url": f"${SECRETS['webhook']}",
            "authorization_credentials": "$WEBHOOK_TOKEN",
            "payload": {"template": '{{ template "oddswatch.short" . }}'},
        },
    }


def are_used(channels: Channels) -> bool:
    """Whether anything is sent to any of them."""
    return any(getattr(channels, name).severities for name in type(channels).model_fields)
