"""Stand-ins for Discord, Telegram and ntfy that keep what they get, and refuse what the real ones refuse.

Grafana knows one address of Telegram only, so that stand-in is behind a proxy and shows a certificate for it.
"""

import json
import ssl
from collections.abc import Mapping
from email import message_from_bytes, policy
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import trustme

TELEGRAM = "api.telegram.org"


class Messengers:
    """The stand-ins, at one port of this machine, from `with` on.

    Attributes:
        sent: what they took, by the name of the channel.
        refused: why they took nothing.
    """

    #: A part of every secret.
    TRACE: ClassVar = "Trace-of-a_secret"
    #: Awkward in addresses, in YAML and in a shell.
    TOKEN: ClassVar = f"123456:{TRACE}'\"%20$HOME`#&"

    def __init__(self, folder: Path) -> None:
        self.sent: dict[str, list[str]] = {"discord": [], "telegram": [], "webhook": []}
        self.refused: list[str] = []
        authority = trustme.CA()
        self._certificate = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self._certificate))
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(TELEGRAM).configure_cert(self.tls)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))

    def __enter__(self) -> "Messengers":
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables with which a Grafana reaches them."""
        url = f"http://127.0.0.1:{self._server.server_port}"
        return {
            "DISCORD_URL": f"{url}/discord/{self.TRACE}",
            "TELEGRAM_TOKEN": f"123456:{self.TRACE}",
            "WEBHOOK_URL": f"{url}/ntfy",
            "WEBHOOK_TOKEN": self.TOKEN,
            "HTTPS_PROXY": url,
            "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": str(self._certificate),
        }


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, messengers: Messengers, *args: Any) -> None:
        self._messengers = messengers
        super().__init__(*args)

    def do_CONNECT(self) -> None:
        if self.path != f"{TELEGRAM}:443":
            self._answer(403)
            return
        self.send_response(200)
        self.end_headers()
        # From here on everything goes through the encryption.
        with self._messengers.tls.wrap_socket(self.connection, server_side=True) as connection:
            self.rfile, self.wfile = connection.makefile("rb"), connection.makefile("wb")
            self.handle_one_request()
            self.wfile.flush()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.path.split("/")[1]
        name, text, complaint = {"discord": self._discord, "ntfy": self._ntfy}.get(kind, self._telegram)(body)
        if complaint:
            self._messengers.refused.append(f"{name}: {complaint}: {text[:300]}")
            self._answer(400)
            return
        self._messengers.sent[name].append(text)
        self._answer(204 if name == "discord" else 200)

    def _discord(self, body: bytes) -> tuple[str, str, str]:
        """A message of 1 to 2000 characters, with titles of up to 256."""
        message = json.loads(body)
        text, titles = message["content"], [embed["title"] for embed in message["embeds"]]
        wrong = not 0 < len(text) <= 2000 or any(not 0 < len(title) <= 256 for title in titles)
        return "discord", text, "too long or empty" if wrong else ""

    def _telegram(self, body: bytes) -> tuple[str, str, str]:
        """A text of 1 to 4096 characters to a chat by its id, from the bot of the token; anything goes but HTML."""
        whole = b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n" + body
        form = {
            # As bytes: the parts do not say that they are UTF-8.
            str(field.get_param("name", header="content-disposition")): bytes(field.get_payload(decode=True)).decode()
            for field in message_from_bytes(whole, policy=policy.HTTP).iter_parts()
        }
        text = form.get("text", "")
        token = self._messengers.environment["TELEGRAM_TOKEN"]
        checks = {
            "no such bot": self.path == f"/bot{token}/sendMessage",
            "no such chat": form.get("chat_id") == "-1001234567890",
            "too long or empty": 0 < len(text) <= 4096,
            "cannot read it as HTML": not form.get("parse_mode") or "<" not in text,
        }
        return "telegram", text, ", ".join(complaint for complaint, holds in checks.items() if not holds)

    def _ntfy(self, body: bytes) -> tuple[str, str, str]:
        """A text of up to 4096 bytes (a longer one becomes a file) from somebody with the token."""
        if self.headers["Authorization"] != f"Bearer {self._messengers.TOKEN}":
            return "webhook", str(self.headers["Authorization"]), "not allowed"
        return "webhook", body.decode(), "" if 0 < len(body) <= 4096 else "too long or empty"

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
