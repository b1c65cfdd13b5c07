"""Whether Docker can run docker-compose.yml here, and with which command."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

COMPOSE_FILE = Path(__file__).parents[2] / "docker-compose.yml"
#: What the tests need of the compose file; the feed is not among it.
SERVICES = ("postgres", "mail", "grafana")
#: Seconds for a first download of the images.
PULL_SECONDS = 900


@dataclass(frozen=True)
class Docker:
    """A usable Docker: `compose` is its compose command, either generation."""

    compose: str


def find() -> Docker | str:
    """Return a usable Docker, or the reason why there is none."""
    if not shutil.which("docker"):
        return "no Docker is installed"
    if not _succeeds("docker", "info"):
        return "no Docker daemon answers"
    compose = next((c for c in ("docker compose", "docker-compose") if _succeeds(*c.split(), "version")), None)
    if compose is None:
        return "Docker has no compose command"
    if missing := [image for image in _images() if not _succeeds("docker", "image", "inspect", image)]:
        pulled = all(_succeeds("docker", "pull", "--quiet", image, timeout=PULL_SECONDS) for image in missing)
        if not pulled:
            return f"Docker cannot get {', '.join(missing)}"
    return Docker(compose)


def _images() -> list[str]:
    services = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))["services"]
    return [services[name]["image"] for name in SERVICES]


def _succeeds(*command: str, timeout: float = 20) -> bool:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False, env=os.environ
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
