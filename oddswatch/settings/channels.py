"""Where alerts are sent beside mail. No secret stands in the configuration: Grafana takes them from its environment."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from oddswatch.settings.fields import Section, Severity, matching

# An id, or the public name of a channel; an id that YAML read as a number is meant as one.
Chat = Annotated[
    str,
    Field(coerce_numbers_to_str=True),
    matching(r"|-?[0-9]{1,20}|@[A-Za-z0-9_]{5,32}", 'must be the id of a chat, such as "-1001234567890", or @channel'),
]


class Discord(Section):
    """A channel of Discord, by the address of its webhook in `DISCORD_URL`."""

    severities: tuple[Severity, ...] = ()


class Telegram(Section):
    """A chat of Telegram, by the bot whose token is in `TELEGRAM_TOKEN`."""

    severities: tuple[Severity, ...] = ()
    chat: Chat = ""

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.severities and not self.chat:
            raise ValueError("chat is missing: the id of the chat that gets the messages, in quotes")
        return self


class Webhook(Section):
    """An address, in `WEBHOOK_URL`, to which the text is posted as it stands, with the token of `WEBHOOK_TOKEN`."""

    severities: tuple[Severity, ...] = ()


class Channels(Section):
    """Short messages beside the mails, by severity."""

    discord: Discord = Discord()
    telegram: Telegram = Telegram()
    webhook: Webhook = Webhook()
