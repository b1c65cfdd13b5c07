"""A mail server that keeps what it gets: in this process, or the mail catcher of docker-compose.yml."""

import email
import email.policy
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cached_property

import httpx
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from oddswatch.servers.ports import free_port
from oddswatch.servers.startable import Startable
from tests.servers.waiting import wait_for


@dataclass(frozen=True)
class Mail:
    """One received mail; `received` is on the clock of `time.monotonic` (for the catcher: when it was first seen)."""

    message: EmailMessage
    received: float
    size: int

    @classmethod
    def parse(cls, raw: bytes) -> "Mail":
        """Read a mail as it came over the wire; `size` is its bytes."""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return cls(message, time.monotonic(), len(raw))

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def to(self) -> list[str]:
        """The addresses of the header `To`."""
        return [address.addr_spec for address in self.message["To"].addresses]

    @cached_property
    def html(self) -> str:
        """The HTML part, or ""."""
        return self._part("html")

    @cached_property
    def text(self) -> str:
        """The plain text part, or ""."""
        return self._part("plain")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part else ""


class Mailbox(Startable):
    """What both mail servers can do; as a context manager, from start to stop.

    Attributes:
        address: host and port under which Grafana reaches it.
    """

    address: tuple[str, int]

    @abstractmethod
    def mails(self) -> list[Mail]:
        """Return everything received since the last `clear`, oldest first."""

    @abstractmethod
    def clear(self) -> None:
        """Forget what was received."""

    @abstractmethod
    def start(self) -> None:
        """Receive mail at `address`."""

    @abstractmethod
    def stop(self) -> None:
        """Go away, as a mail server with an outage does; what was received stays."""

    def wait_for(self, predicate: Callable[[Mail], bool], timeout: float = 60) -> Mail:
        """Return the first mail that fulfils the predicate, waiting for it at most `timeout` seconds."""
        return wait_for(
            lambda: next(filter(predicate, self.mails()), None),
            timeout,
            lambda: f"the mail asked for; there are {[mail.subject for mail in self.mails()]}",
        )


class LocalMailbox(Mailbox):
    """An SMTP server in a thread of this process, on 127.0.0.1."""

    def __init__(self) -> None:
        self.address = ("127.0.0.1", free_port())
        self._mails: list[Mail] = []
        self._controller: Controller | None = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        self._mails.append(Mail.parse(content if isinstance(content, bytes) else (content or "").encode()))
        return "250 kept"

    def mails(self) -> list[Mail]:
        return list(self._mails)

    def clear(self) -> None:
        self._mails.clear()

    def start(self) -> None:
        if self._controller is None:
            self._controller = Controller(self, hostname=self.address[0], port=self.address[1])
            self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


class CatcherMailbox(Mailbox):
    """The service `mail` of docker-compose.yml, read through Mailpit's API."""

    def __init__(self, api: str, start: Callable[[], object], stop: Callable[[], object]) -> None:
        self.address = ("mail", 1025)
        self._api = api
        self._start, self._stop = start, stop
        self._known: dict[str, Mail] = {}

    def mails(self) -> list[Mail]:
        try:
            listing = httpx.get(f"{self._api}/api/v1/messages", params={"limit": 1000}, trust_env=False).json()
        except httpx.TransportError:  # stopped: what is known stays known
            return list(self._known.values())
        for entry in reversed(listing["messages"]):  # Mailpit lists the newest first
            if entry["ID"] not in self._known:
                raw = httpx.get(f"{self._api}/api/v1/message/{entry['ID']}/raw", trust_env=False)
                self._known[entry["ID"]] = Mail.parse(raw.content)
        return list(self._known.values())

    def clear(self) -> None:
        self._known.clear()
        httpx.delete(f"{self._api}/api/v1/messages", trust_env=False).raise_for_status()

    def start(self) -> None:
        self._start()
        wait_for(self._answers, 60, lambda: f"an answer of the mail catcher at {self._api}")

    def stop(self) -> None:
        self.mails()  # the catcher forgets when it stops
        self._stop()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self._api}/readyz", trust_env=False).is_success
        except httpx.TransportError:
            return False
