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


class Channel(Section):
    """Where alerts of some severities are sent: none, where it is off."""

    severities: tuple[Severity, ...] = ()


class Telegram(Channel):
    """A chat of Telegram."""

    chat: Chat = ""

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.severities and not self.chat:
            raise ValueError("chat is missing: the id of the chat that gets the messages, in quotes")
        return self


class Channels(Section):
    """Short messages beside the mails, by severity.

    Attributes:
        discord: a channel of Discord, by the address of its webhook in `DISCORD_URL`.
        telegram: a chat, by the bot whose token is in `TELEGRAM_TOKEN`.
        webhook: whoever takes a text by POST at `WEBHOOK_URL`, with the token of `WEBHOOK_TOKEN`.
    """

    discord: Channel = Channel()
    telegram: Telegram = Telegram()
    webhook: Channel = Channel()
