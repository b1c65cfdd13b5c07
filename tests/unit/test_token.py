"""The token of a service account: what cannot be one is refused, and no error ever shows it."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana.api import Grafana, RefusedError
from oddswatch.servers.ports import free_port

AWKWARD = "glsa_\"'\\%s$HOME`&<>"


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("", "GRAFANA_TOKEN is not set"),
        ("glsa_a\nb", "GRAFANA_TOKEN holds a line break"),
        ("glsa_a b", "a space"),
        ("glsa_ключ", "a letter beyond ASCII"),
        ("glsa_\x00", "GRAFANA_TOKEN holds"),
    ],
)
def test_what_cannot_be_a_token_is_refused_without_showing_it(token: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        Grafana.by_token({"GRAFANA_URL": "http://127.0.0.1:9", "GRAFANA_TOKEN": token})
    assert message in refused.value.message
    assert refused.value.exit_code == ExitCode.BAD_INPUT
    assert not token or token not in refused.value.message


@contextmanager
def repeating(status: int) -> Iterator[tuple[str, list[str]]]:
    """A server that answers with what it was sent, as proxies do that are set to debug; and what it was sent."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_DELETE(self) -> None:
            seen.append(self.headers["Authorization"])
            body = json.dumps({"message": "failed", "headers": dict(self.headers), "plain": 0}) + seen[-1]
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"/login?was={seen[-1]}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "says"), [(401, "does not know GRAFANA_TOKEN"), (403, "role Editor"), (500, "failed"), (302, "/login")]
)
def test_the_token_arrives_as_it_stands_and_no_error_shows_it(status: int, says: str) -> None:
    with (
        repeating(status) as (url, seen),
        closing(Grafana.by_token({"GRAFANA_URL": url, "GRAFANA_TOKEN": AWKWARD})) as grafana,
        pytest.raises(UserError) as refused,
    ):
        grafana.delete_rule("x")
    assert seen == [f"Bearer {AWKWARD}"]
    assert says in refused.value.message
    assert isinstance(refused.value, RefusedError) == (status in (401, 403))
    for form in (AWKWARD, json.dumps(AWKWARD)[1:-1]):
        assert form not in refused.value.message


def test_nobody_there_is_said_without_the_token() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with (
        closing(Grafana.by_token({"GRAFANA_URL": url, "GRAFANA_TOKEN": AWKWARD})) as grafana,
        pytest.raises(UserError) as refused,
    ):
        grafana.version()
    assert refused.value.message.startswith(f"Grafana at {url} cannot be reached: ")
    assert AWKWARD not in refused.value.message
