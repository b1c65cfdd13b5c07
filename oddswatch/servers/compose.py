"""The demo in containers: docker-compose.yml with passwords of its own, beside whatever else Compose runs here."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from oddswatch.errors import ExitCode, UserError
from oddswatch.names import ROOT
from oddswatch.servers import passwords
from oddswatch.servers.ports import HOST

#: The project's name keeps its containers and volumes apart from those of a `docker compose up` here.
PROJECT = "oddswatch-demo"
USER = "admin"
_FILE = ROOT / "docker-compose.yml"
#: Of the variables of that file only where the demo listens may be chosen.
_PORTS = ("GRAFANA_PORT", "MAIL_PORT", "POSTGRES_PORT")


class ComposeDemo:
    """The services of the compose file, on a tree.

    Args:
        folder: where the passwords are kept, in a file that only its owner can read.
        provisioning: the tree that Grafana is to read.

    Raises:
        UserError: there is no Docker, or it has no compose command.
    """

    def __init__(self, folder: Path, provisioning: Path) -> None:
        self._program = _program()
        self._file = folder / "docker.env"
        self._provisioning = provisioning.resolve()
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        """Address of Grafana, without a slash at the end."""
        return f"http://{HOST}:{os.environ.get('GRAFANA_PORT') or 3000}"

    @property
    def mail_url(self) -> str:
        """Address of the mail catcher."""
        return f"http://{HOST}:{os.environ.get('MAIL_PORT') or 8025}"

    @property
    def password(self) -> str:
        """The password of Grafana's admin, once the demo was started."""
        lines = (passwords.kept(self._file) or "").splitlines()
        return dict(line.split("=", 1) for line in lines)["GRAFANA_PASSWORD"]

    @property
    def stopping(self) -> str:
        """The command that ends the demo and forgets what it stored."""
        return shlex.join(self.command("down", "--volumes"))

    @property
    def saying(self) -> str:
        """The command that prints what Grafana said."""
        return shlex.join(self.command("logs", "grafana"))

    def command(self, *arguments: str) -> list[str]:
        """Return a command line of Compose. It holds no secret: every user of the machine can read it."""
        files = ["--env-file", str(self._file), "--file", str(_FILE)]
        return [*self._program, "--project-name", PROJECT, *files, "--profile", "demo", *arguments]

    def environment(self) -> Mapping[str, str]:
        """Return the environment of the command: that of this process without a person's own servers and secrets."""
        personal = _variables().difference(_PORTS)
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in personal and not name.startswith("COMPOSE_")
        }
        return {**kept, "PROVISIONING": str(self._provisioning), "GRAFANA_ROOT_URL": f"{self.url}/"}

    def start(self) -> None:
        """Bring everything up, in the background; raises `UserError` when Compose fails."""
        if not self._file.exists():
            made = {name: passwords.new() for name in ("GRAFANA_PASSWORD", "PGPASSWORD")}
            passwords.keep(self._file, "".join(f"{name}={password}\n" for name, password in made.items()))
            # Volumes of an earlier demo would keep its passwords, which are gone.
            try:
                self._run("down", "--volumes")
            except UserError:
                self._file.unlink()
                raise
        self._run("up", "--detach", "--build")

    def _run(self, *arguments: str) -> None:
        # What Compose says goes to the person; its output is no result of ours.
        done = subprocess.run(self.command(*arguments), env=self.environment(), stdout=2, check=False)
        if done.returncode:
            said = f"{' '.join(self._program)} {arguments[0]} failed with exit code {done.returncode}"
            raise UserError(
                f"{said}, its reason is above; does the Docker daemon run, may you use it, are the ports free? "
                "GRAFANA_PORT, MAIL_PORT and POSTGRES_PORT name others",
                ExitCode.UNREACHABLE,
            )


def _variables() -> set[str]:
    """What docker-compose.yml takes from the environment."""
    return set(re.findall(r"\$\{(\w+)", _FILE.read_text(encoding="utf-8")))


def _program() -> tuple[str, ...]:
    """Compose, of either generation."""
    if shutil.which("docker") and _succeeds("docker", "compose", "version"):
        return ("docker", "compose")
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    raise UserError(
        "DOCKER=yes needs Docker with its compose command (https://docs.docker.com/get-started/get-docker/), and there "
        "is none here; without it: make run"
    )


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
