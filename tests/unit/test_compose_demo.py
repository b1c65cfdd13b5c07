"""`make run DOCKER=yes` on a stand-in for Docker, which notes what it is told: commands, environment, passwords."""

import json
import os
import stat
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from oddswatch.commands import run_docker
from oddswatch.commands.pages import PAGES
from oddswatch.commands.run import run
from oddswatch.errors import ExitCode, UserError
from oddswatch.servers.compose import ComposeDemo
from tests.servers.command import generate

#: Notes its arguments and environment, and ends with the exit code that CODE gives for what is not `version`.
STAND_IN = f"""#!{sys.executable}
import json, os, sys
with open(os.environ["NOTES"], "a") as notes:
    notes.write(json.dumps([sys.argv, dict(os.environ)]) + "\\n")
sys.exit(int(os.environ.get("CODE", "0")) if sys.argv[-1] != "version" else {{version}})
"""
#: What a person may have set for servers and messages of their own.
PERSONAL = (
    "PGPASSWORD", "ALERT_EMAILS", "SMTP_HOST", "SMTP_PASSWORD", "GRAFANA_PASSWORD", "GRAFANA_DATA", "COMPOSE_FILE",
    "DISCORD_URL", "TELEGRAM_TOKEN", "WEBHOOK_URL", "WEBHOOK_TOKEN",
)  # fmt: skip


class Healthy(BaseHTTPRequestHandler):
    """A Grafana that is well."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    return folder


@pytest.fixture
def port() -> Iterator[int]:
    """Where Grafana would answer."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Healthy)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def install(programs: Path, name: str, version: int = 0) -> None:
    path = programs / name
    path.write_text(STAND_IN.format(version=version))
    path.chmod(0o755)


def told(tmp_path: Path) -> list[tuple[list[str], dict[str, str]]]:
    """The arguments and environments of the calls that were not about the version."""
    calls = map(json.loads, (tmp_path / "notes").read_text().splitlines())
    return [(arguments[1:], environment) for arguments, environment in calls if arguments[-1] != "version"]


def test_the_demo_comes_up_and_says_where_home_is_how_to_log_in_and_what_there_is_to_see(
    programs: Path, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(programs, "docker")
    config = tmp_path / "config.yml"
    config.write_text("")
    monkeypatch.setenv("DOCKER", "yes")
    monkeypatch.setenv("GRAFANA_PORT", str(port))
    for name in PERSONAL:
        monkeypatch.setenv(name, "of-production")
    run(config, tmp_path / "tree", tmp_path / ".demo")
    secrets = tmp_path / ".demo" / "docker.env"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    made = dict(line.split("=") for line in secrets.read_text().splitlines())
    assert sorted(made) == ["GRAFANA_PASSWORD", "PGPASSWORD"]
    assert len(set(made.values())) == 2
    forgotten, (arguments, environment) = told(tmp_path)
    assert forgotten[0][-2:] == ["down", "--volumes"], "an earlier demo's data know other passwords"
    assert arguments[:5] == ["compose", "--project-name", "oddswatch-demo", "--env-file", str(secrets)]
    assert arguments[-5:] == ["--profile", "demo", "up", "--detach", "--build"]
    assert environment["PROVISIONING"] == str(tmp_path / "tree")
    assert environment["GRAFANA_ROOT_URL"] == f"http://127.0.0.1:{port}/"
    # An environment variable would win over the file.
    assert set(PERSONAL) & set(environment) == set()
    assert environment["GRAFANA_PORT"] == str(port)
    assert not [password for password in made.values() if password in " ".join(arguments)]

    lines = capsys.readouterr().out.splitlines()
    begin = lines.index(f"Home: http://127.0.0.1:{port}/d/oddswatch-home")
    assert lines[begin + 1] == f"log in as admin with the password {made['GRAFANA_PASSWORD']}"
    assert lines[begin + 2] == "  Opportunities   which price pays more than its chance is worth, and at which stake?"
    assert lines[begin + 2 + len(PAGES)].startswith("mails arrive at http://127.0.0.1:8025; ")

    # Again: the same passwords, and nothing is forgotten.
    run(config, tmp_path / "tree", tmp_path / ".demo")
    assert dict(line.split("=") for line in secrets.read_text().splitlines()) == made
    assert [arguments[-3] for arguments, _ in told(tmp_path)[2:]] == ["up"]


def test_the_older_compose_is_taken_where_docker_has_none(programs: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="DOCKER=yes needs Docker with its compose command"):
        ComposeDemo(tmp_path, tmp_path)
    install(programs, "docker", version=1)
    with pytest.raises(UserError, match="DOCKER=yes needs Docker with its compose command"):
        ComposeDemo(tmp_path, tmp_path)
    install(programs, "docker-compose")
    demo = ComposeDemo(tmp_path, tmp_path)
    assert demo.command("up")[:2] == ["docker-compose", "--project-name"]
    # The file of passwords is needed to stop as well: Compose reads no project whose variables are not set.
    assert demo.stopping.startswith(f"docker-compose --project-name oddswatch-demo --env-file {tmp_path}/docker.env ")
    assert demo.stopping.endswith(" --profile demo down --volumes")


def test_a_docker_that_fails_is_said(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(programs, "docker")
    monkeypatch.setenv("CODE", "17")
    with pytest.raises(UserError, match=r"docker compose down failed with exit code 17, .* does the Docker daemon run"):
        ComposeDemo(tmp_path, tmp_path).start()
    assert not (tmp_path / "docker.env").exists(), "the next run has to forget the earlier demo's data first"


def test_a_grafana_that_stays_silent_is_said_with_where_to_read_why(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(programs, "docker")
    (tmp_path / "config.yml").write_text("")
    monkeypatch.setenv("DOCKER", "yes")
    monkeypatch.setenv("GRAFANA_PORT", "1")
    monkeypatch.setattr(run_docker, "START_SECONDS", 0)
    silent = r"Grafana does not answer on http://127\.0\.0\.1:1; what it says: docker compose .* logs grafana$"
    with pytest.raises(UserError, match=silent) as caught:
        run(tmp_path / "config.yml", tmp_path / "tree", tmp_path / ".demo")
    assert caught.value.exit_code == ExitCode.UNREACHABLE


@pytest.mark.parametrize("name", ["PGHOST", "GRAFANA_URL"])
def test_servers_of_a_person_are_not_mixed_with_the_demos(tmp_path: Path, name: str) -> None:
    environment = {**os.environ, "DOCKER": "yes", name: "http://127.0.0.1:1"}
    done = generate("run", "--output", tmp_path / "tree", environment=environment)
    assert (done.returncode, done.stdout) == (int(ExitCode.BAD_INPUT), "")
    assert done.stderr.startswith(f"{name} is set, and DOCKER=yes brings a database and a Grafana of its own: ")
    assert not (tmp_path / "tree").exists()
