"""A running Grafana as the tests see it: a child process, or a container of docker-compose.yml."""

import os
import secrets
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from oddswatch.servers.grafana import PROVISIONED, is_healthy
from oddswatch.servers.ports import free_port
from tests.servers.waiting import wait_for

#: Seconds until a Grafana in a container must answer.
START_SECONDS = 120


class Grafana(Protocol):
    """What a test may do with a Grafana, wherever it runs; `oddswatch.servers.grafana.GrafanaServer` is one."""

    user: str
    password: str
    provisioning: Path
    data: Path

    @property
    def url(self) -> str:
        """Address without a slash at the end."""

    def log(self) -> str:
        """Return what it has written since its last start."""

    def start(self) -> None:
        """Start and wait until the provisioning files are read."""

    def stop(self, *, kill: bool = False) -> None:
        """End it, politely or not."""

    def restart(self) -> None:
        """Stop and start on the same data."""


class Compose(Protocol):
    """Runs a subcommand of compose on the running project, with further variables for docker-compose.yml."""

    def __call__(self, subcommand: str, variables: Mapping[str, str] = ..., /) -> object: ...


class ContainerGrafana:
    """A one-off container of the service `grafana`, with a provisioning and a data folder of its own."""

    def __init__(
        self,
        compose: Compose,
        data: Path,
        provisioning: Path,
        environment: Mapping[str, str],
        password: str,
    ) -> None:
        self.user = "admin"
        self.password = password
        self.data = data
        self.provisioning = provisioning
        self._compose = compose
        self._port = free_port()
        self._environment = dict(environment)
        self._name = f"oddswatch-test-{secrets.token_hex(4)}"
        self._exists = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def log(self) -> str:
        done = subprocess.run(
            ["docker", "logs", self._name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        # A container keeps its log over a restart; only what came since the last start counts.
        return done.stdout[done.stdout.rfind('msg="Starting Grafana"') :]

    def start(self) -> None:
        if self._exists:
            self._docker("start")
        else:
            self._create()
        wait_for(
            lambda: self._has_ended() or (is_healthy(self.url) and PROVISIONED in self.log()),
            START_SECONDS,
            lambda: f"Grafana in a container:\n{self.log()[-2000:]}",
        )
        if self._has_ended():
            raise AssertionError(f"Grafana ended while starting:\n{self.log()[-2000:]}")

    def stop(self, *, kill: bool = False) -> None:
        if self._exists:
            self._docker("kill" if kill else "stop")

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        """Remove the container; its data folder stays."""
        if self._exists:
            self._docker("rm", "--force")

    def _create(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        options = [
            *("-d", "--no-deps", "--name", self._name),
            *("-p", f"127.0.0.1:{self._port}:3000"),
            # The folders are this user's, and private.
            *("--user", f"{os.getuid()}:0"),
        ]
        settings = {"GF_SERVER_ROOT_URL": f"{self.url}/", **self._environment}
        for name, value in settings.items():
            options += ["-e", f"{name}={value}"]
        self._exists = True
        # Not by -v: docker-compose 1 leaves it to chance which of two mounts at one place wins.
        mounts = {"PROVISIONING": str(self.provisioning), "GRAFANA_DATA": str(self.data)}
        self._compose(f"run {shlex.join(options)} grafana", mounts)

    def _has_ended(self) -> bool:
        return self._docker("inspect", "--format", "{{.State.Running}}").strip() != "true"

    def _docker(self, *command: str) -> str:
        return subprocess.run(["docker", *command, self._name], capture_output=True, text=True, check=True).stdout
