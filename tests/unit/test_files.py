"""Writing the tree under everything that can go wrong: each file whole or not at all, the next build completes it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.errors import UserError
from oddswatch.names import ROOT
from oddswatch.settings.reading import load
from oddswatch.tree.compose import compose
from oddswatch.tree.files import write
from oddswatch.tree.tree import Tree
from tests.servers.command import GENERATE, generate

CONFIGURATIONS = (
    "opportunities: {min_spread_pct: 5}\n",
    "opportunities: {min_spread_pct: 7}\nalerts: {high_spread: {enabled: false}}\n",
)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, dict[str, str]]]:
    """Two configurations whose trees differ, and their files."""
    folder = tmp_path_factory.mktemp("sites")
    found = []
    for number, text in enumerate(CONFIGURATIONS):
        config = folder / f"{number}.yml"
        config.write_text(text)
        found.append((config, compose(Catalogue(load(config))).files))
    return found


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


#: Writes a tree into copies of a folder: in the first copy it is killed at the first call that touches files, in the
#: second at the second one, and so on until it ends before it is killed.
KILLED_WRITES = """
import itertools, json, os, shutil, signal, sys
from pathlib import Path
from oddswatch.tree.files import write
from oddswatch.tree.tree import Tree

CALLS = {"open", "write", "flush", "fsync", "chmod", "mkdir", "rename", "replace", "unlink", "remove"}

def kill_at(number):
    touched = itertools.count()
    def hook(frame, event, called):
        if event == "c_call" and called.__name__ in CALLS and next(touched) == number:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(hook)

before, after, copies = map(Path, sys.argv[1:])
tree = Tree(json.loads(after.read_text()))
for number in itertools.count():
    folder = shutil.copytree(before, copies / str(number))
    child = os.fork()
    if child == 0:
        kill_at(number)
        write(tree, folder)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
        break
"""


def test_a_build_killed_at_any_moment_leaves_whole_files_and_the_next_completes_them(tmp_path: Path) -> None:
    kept, changed = {"datasources/oddswatch.yml": "same\n"}, [f"alerting/oddswatch-{name}.yml" for name in "abc"]
    before = {**kept, **dict.fromkeys(changed, "old\n"), "dashboards/oddswatch/gone.json": "{}\n"}
    after = {**kept, **dict.fromkeys(changed, "new\n"), "dashboards/oddswatch/come.json": "{}\n"}
    write(Tree(before), tmp_path / "before")
    (tmp_path / "after.json").write_text(json.dumps(after))
    places = [tmp_path / "before", tmp_path / "after.json", tmp_path / "copies"]
    subprocess.run([sys.executable, "-c", KILLED_WRITES, *places], cwd=ROOT, check=True)

    halfway = 0
    *killed, ended = sorted((tmp_path / "copies").iterdir(), key=lambda path: int(path.name))
    for folder in killed:
        found = files_of_ours(folder)
        for name, text in found.items():
            assert text in (before.get(name), after.get(name)), f"{name} is neither the old file nor the new one"
        assert found.keys() >= before.keys() & after.keys()
        halfway += found not in (before, after)
        write(Tree(after), folder)
        assert files(folder) == after, "something is left over"
    assert halfway > 3, "hardly any build was killed while it wrote: the test shows nothing"
    assert files(ended) == after


def files_of_ours(folder: Path) -> dict[str, str]:
    """All files but the temporary ones of a build that was killed, which no reader looks at."""
    return {name: text for name, text in files(folder).items() if not Path(name).name.startswith(".oddswatch-")}


def test_temporary_files_are_nothing_that_grafana_reads(tmp_path: Path) -> None:
    """Grafana reads *.yml, *.yaml and *.json: a file that is being written must not look like one."""
    write(Tree({"alerting/oddswatch-a.yml": "a"}), tmp_path)
    seen: list[str] = []
    link = os.fsync

    def look(descriptor: int) -> None:
        seen.extend(path.name for path in (tmp_path / "alerting").iterdir())
        link(descriptor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", look)
        write(Tree({"alerting/oddswatch-a.yml": "b"}), tmp_path)
    assert len(seen) == 2
    assert [name for name in seen if name.endswith((".yml", ".yaml", ".json"))] == ["oddswatch-a.yml"]


def test_two_builds_at_once_end_as_one_of_them(tmp_path: Path, sites: list[tuple[Path, dict[str, str]]]) -> None:
    tree = tmp_path / "tree"
    builds = [
        subprocess.Popen([*GENERATE, "build", "--config", config, "--output", tree], stdout=subprocess.DEVNULL)
        for config, _ in sites
    ]
    assert [build.wait(60) for build in builds] == [0, 0]
    assert files(tree) in [made for _, made in sites]


def test_a_tree_is_replaced_file_by_file_in_the_same_folder(
    tmp_path: Path, sites: list[tuple[Path, dict[str, str]]]
) -> None:
    """A folder that is mounted into a container would otherwise keep showing the old tree."""
    (_, before), (_, after) = sites
    write(Tree(before), tmp_path)
    folders = {path: path.stat().st_ino for path in tmp_path.rglob("*") if path.is_dir()}
    same = tmp_path / "datasources" / "oddswatch.yml"
    untouched = same.stat()
    write(Tree(after), tmp_path)
    assert {path: path.stat().st_ino for path in tmp_path.rglob("*") if path.is_dir()} == folders
    assert (same.stat().st_ino, same.stat().st_mtime_ns) == (untouched.st_ino, untouched.st_mtime_ns)


def test_everybody_may_read_what_was_written(tmp_path: Path) -> None:
    """Grafana runs as a user of its own."""
    mask = os.umask(0o077)
    try:
        write(Tree({"alerting/oddswatch-a.yml": "a"}), tmp_path / "tree")
    finally:
        os.umask(mask)
    paths = [tmp_path / "tree", *(tmp_path / "tree").rglob("*")]
    assert [oct(path.stat().st_mode & 0o005) for path in paths if path.is_dir()] == ["0o5"] * 2
    assert [oct(path.stat().st_mode & 0o777) for path in paths if path.is_file()] == ["0o644"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    if os.geteuid() != 0 or sys.platform != "linux" or shutil.which("mount") is None:
        pytest.skip("only root on Linux can mount a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_folder_that_may_not_be_written_to_is_named(disk: Path, sites: list[tuple[Path, dict[str, str]]]) -> None:
    (disk / "alerting").mkdir()
    (disk / "alerting" / "oddswatch-old.yml").write_text("apiVersion: 1\n")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    done = generate("build", "--config", sites[0][0], "--output", disk)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{disk}")
    assert "cannot be written: Read-only file system; make the folder writable" in done.stderr
    assert done.stderr.count("\n") == 1
    assert files(disk) == {"alerting/oddswatch-old.yml": "apiVersion: 1\n"}


def test_a_full_folder_is_named_and_holds_whole_files_only(
    disk: Path, sites: list[tuple[Path, dict[str, str]]]
) -> None:
    config, wanted = sites[0]
    done = generate("build", "--config", config, "--output", disk / "tree")
    assert done.returncode == 2
    assert "cannot be written: No space left on device; make the folder writable, free some room" in done.stderr
    assert done.stderr.count("\n") == 1
    assert files(disk / "tree").items() <= wanted.items()


def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "alerting").write_text("")
    with pytest.raises(UserError, match=r"alerting: cannot be written: (File exists|Not a directory); make the folder"):
        write(Tree({"alerting/oddswatch-a.yml": "a"}), tmp_path)
