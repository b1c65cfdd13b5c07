"""Run an installed Grafana as a child process: for a first look (`make run`) and for the tests.

The server listens on 127.0.0.1 only, keeps everything it writes in one data folder, reads one provisioning folder
and asks nobody outside for anything.
"""

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import httpx

from oddswatch.errors import UserError
from oddswatch.servers import grafana_home, grafana_settings, passwords
from oddswatch.servers.ports import HOST, free_port, is_free
from oddswatch.servers.startable import Startable

#: Seconds a first start may take: a fresh data folder needs some hundred migrations.
START_SECONDS = 90.0
#: Seconds between a polite and an impolite end.
STOP_SECONDS = 15.0
#: Seconds to wait for the provisioning once the server answers.
PROVISIONING_SECONDS = 15.0
#: Grafana logs this line when all files are read. It answers HTTP a little earlier.
PROVISIONED = "finished to provision dashboards"


class GrafanaServerError(UserError):
    """Grafana could not be started; the message holds what it said last."""


class GrafanaServer(Startable):
    """One Grafana process with a data folder of its own.

    Use it as a context manager, or call `start` and `stop`.

    Args:
        home: Grafana's home folder, see `grafana_home.find`.
        data: folder for its database, log and password; created where missing and kept afterwards.
        provisioning: folder with `datasources/`, `dashboards/` and `alerting/`, read at each start; the files know it
            as `$GF_PATHS_PROVISIONING`.
        port: TCP port on 127.0.0.1; None takes a free one, kept over restarts.
        environment: what the provisioning files name (`PGHOST`, …) and further `GF_` settings; wins over everything
            set here. The surroundings are inherited, but not their `GF_` settings: those belong to another Grafana.
        smtp: host and port of a mail server without encryption; None sends no mail. For a real mail server give
            `GF_SMTP_…` in `environment` instead.
        user: name of the server admin.
        password: the admin's password; None takes the one in the data folder, or makes one. Grafana sets it at the
            first start on a data folder and keeps it from then on.
    """

    def __init__(  # noqa: PLR0913 (each is the decision of the caller)
        self,
        home: Path,
        data: Path,
        provisioning: Path,
        *,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
        smtp: tuple[str, int] | None = None,
        user: str = "admin",
        password: str | None = None,
    ) -> None:
        self.home = home
        self.data = data.resolve()
        self.provisioning = provisioning.resolve()
        self.port = port or free_port()
        self.environment = dict(environment or {})
        self.smtp = smtp
        self.user = user
        # Grafana complains in its log where the folder of plugins is missing.
        (self.data / "plugins").mkdir(parents=True, exist_ok=True)
        self._password_file = self.data / "admin-password"
        self.password = password or passwords.kept(self._password_file) or passwords.new()
        passwords.keep(self._password_file, self.password)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of the server, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    @property
    def log_path(self) -> Path:
        """File with everything the server has written since its last start."""
        return self.data / "grafana.log"

    @property
    def pid(self) -> int | None:
        """Process id while the server runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def log(self) -> str:
        """Return everything the server has written since its last start."""
        return self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""

    def start(self, timeout: float = START_SECONDS) -> None:
        """Start the server and wait until it answers and has read its provisioning files.

        Args:
            timeout: seconds until giving up.

        Raises:
            GrafanaServerError: the port is taken, or Grafana ended or stayed silent; nothing is left running.
        """
        if self.pid:
            return
        self._check_port()
        with self.log_path.open("wb") as log:
            self._process = self._spawn(log)
        try:
            self._wait_until_ready(timeout)
        except BaseException:  # also Ctrl-C: whoever did not get a running server must not have to stop one
            self.stop()
            raise

    def stop(self, *, kill: bool = False) -> None:
        """End the server, politely at first; `kill` simulates a crash. Harmless when it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        if kill:
            process.kill()
        else:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def restart(self) -> None:
        """Stop and start on the same port and data, reading the provisioning files anew."""
        self.stop()
        self.start()

    def command(self) -> list[str]:
        """Return the command line. It holds no secret: every user of the machine can read it."""
        binary = grafana_home.binary(self.home)
        if binary is None:
            raise GrafanaServerError(f"no Grafana in {self.home}: bin/grafana is missing")
        # A configuration file of our own, and an empty one: conf/custom.ini belongs to the machine's own Grafana.
        return [str(binary), "server", "--homepath", str(self.home), "--config", str(self.data / "grafana.ini")]

    def settings(self) -> dict[str, str]:
        """Return the environment variables that make this server what it is, without the inherited ones."""
        return (
            grafana_settings.PRIVATE
            | grafana_settings.paths(self.home, self.data, self.provisioning)
            | grafana_settings.server(self.port, self.user, self._password_file)
            | grafana_settings.mail(self.smtp)
            | self.environment
        )

    def _check_port(self) -> None:
        """Another server on the port would answer the health check in place of ours."""
        if not is_free(self.port):
            raise GrafanaServerError(
                f"port {self.port} on {HOST} cannot be used: another server has it, or it is not ours"
            )

    def _spawn(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        (self.data / "grafana.ini").write_text("", encoding="utf-8")
        try:
            return subprocess.Popen(
                self.command(),
                env=grafana_settings.inherited() | self.settings(),
                cwd=self.data,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal reaches a whole process group; the order of stopping is the parent's to choose.
                start_new_session=True,
            )
        except OSError as error:
            raise GrafanaServerError(f"Grafana cannot be started: {error}") from error

    def _wait_until_ready(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        provisioning_deadline = deadline
        healthy = False
        while time.monotonic() < deadline:
            if self.pid is None:
                raise GrafanaServerError(f"Grafana ended while starting:\n{self._last_words()}")
            if not healthy and is_healthy(self.url):
                healthy = True
                provisioning_deadline = time.monotonic() + PROVISIONING_SECONDS
            # The words of the log are not an interface: where they have changed, an answering server is enough.
            if healthy and (PROVISIONED in self.log() or time.monotonic() > provisioning_deadline):
                return
            time.sleep(0.1)
        raise GrafanaServerError(f"Grafana did not answer on {self.url} within {timeout:.0f} s:\n{self._last_words()}")

    def _last_words(self) -> str:
        """What explains an end best: the errors, or the last lines where there are none."""
        lines = self.log().splitlines()
        errors = [line for line in lines if "level=error" in line or line.startswith("Error")]
        return "\n".join((errors or lines)[-5:]) + f"\n(everything it said: {self.log_path})"


def is_healthy(url: str) -> bool:
    """Tell whether a Grafana at this address answers and has its database."""
    try:
        # No proxy from the environment: the server is on this machine.
        answer = httpx.get(f"{url}/api/health", timeout=2.0, trust_env=False)
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK
