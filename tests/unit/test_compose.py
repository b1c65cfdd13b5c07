"""docker-compose.yml says the same as the code beside it, and its health checks need no more than the images have."""

import re
import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import typer
import yaml

import generate
from oddswatch.demo import reader
from oddswatch.names import ROOT
from oddswatch.servers import grafana_settings
from oddswatch.servers.ports import HOST, free_port

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
ENVIRONMENT: dict[str, str] = SERVICES["grafana"]["environment"]
#: What the image sets itself, or what only a container has to be told.
OWN_TO_THE_CONTAINER = {
    "GF_EMAILS_TEMPLATES_PATTERN",
    "GF_SECURITY_ADMIN_PASSWORD",
    "GF_SECURITY_ADMIN_USER",
    "GF_SERVER_ROOT_URL",
    "GF_SMTP_ENABLED",
    "GF_SMTP_FROM_ADDRESS",
    "GF_SMTP_FROM_NAME",
    "GF_SMTP_HOST",
    "GF_SMTP_PASSWORD",
    "GF_SMTP_USER",
}


def test_both_grafanas_keep_to_themselves_in_the_same_way() -> None:
    private = {name: value for name, value in ENVIRONMENT.items() if name.startswith("GF_")}
    assert {name: value for name, value in private.items() if name not in OWN_TO_THE_CONTAINER} == (
        grafana_settings.PRIVATE
    )


def test_one_name_for_the_read_only_role() -> None:
    command: Any = typer.main.get_command(generate.app)
    (default,) = (option.default for option in command.commands["role"].params if option.name == "name")
    example = re.search(r"^#PGUSER=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert example
    assert {default, reader.NAME, example[1], ENVIRONMENT["PGUSER"].removeprefix("${PGUSER:-").rstrip("}")} == {
        "oddswatch"
    }


def test_no_viewer_of_the_demo_is_its_superuser() -> None:
    assert SERVICES["postgres"]["environment"]["POSTGRES_USER"] == "postgres"
    feed = SERVICES["feed"]["environment"]
    assert feed["PGUSER"] == "postgres"
    assert feed["ODDSWATCH_ROLE_PASSWORD"] == ENVIRONMENT["PGPASSWORD"]


def test_the_feeds_health_is_the_heartbeat_that_it_writes() -> None:
    written = re.search(r'"--heartbeat", "([^"]+)"\]$', (ROOT / "Dockerfile").read_text(encoding="utf-8").rstrip())
    assert written
    assert SERVICES["feed"]["healthcheck"]["test"] == ["CMD", "python", "-m", "oddswatch.demo.heartbeat", written[1]]
    assert any(written[1].startswith(folder) for folder in SERVICES["feed"]["tmpfs"]), "its root is read-only"


@contextmanager
def answering(status: HTTPStatus) -> Iterator[tuple[int, list[str]]]:
    """A server that answers everything with this status; its port, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b'{"database": "ok"}')

        def log_message(self, *_: object) -> None:
            pass

    with socketserver.TCPServer((HOST, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1], asked
        server.shutdown()


def check(port: int) -> int:
    """Grafana's health check at another port, with no program to be found."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash is installed")
    words = [word.replace("$$", "$") for word in SERVICES["grafana"]["healthcheck"]["test"]]
    assert words[:2] == ["CMD", "bash"]
    assert "/3000" in words[-1]
    command = [bash, *words[2:-1], words[-1].replace("/3000", f"/{port}")]
    return subprocess.run(command, env={"PATH": ""}, stderr=subprocess.DEVNULL, timeout=10, check=False).returncode


def test_grafana_is_healthy_when_it_says_so() -> None:
    with answering(HTTPStatus.OK) as (port, asked):
        assert check(port) == 0
    assert asked == ["/api/health"]


def test_grafana_is_not_healthy_without_its_database_or_when_nobody_answers() -> None:
    with answering(HTTPStatus.SERVICE_UNAVAILABLE) as (port, _):
        assert check(port) != 0
    assert check(free_port()) != 0
