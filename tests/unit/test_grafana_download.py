"""Getting a Grafana: from a mirror on this machine, as it should be, and in every way in which it can go wrong."""

import hashlib
import io
import os
import platform
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from oddswatch.commands.find_grafana import find_grafana
from oddswatch.errors import ExitCode, UserError
from oddswatch.names import ROOT
from oddswatch.servers import grafana_download, grafana_home
from oddswatch.servers.grafana_download import VERSION, address, download

PATH = f"/grafana-{VERSION}.linux-amd64.tar.gz"


def archive(top: str = f"grafana-v{VERSION}", program: str = "bin/grafana") -> bytes:
    """A Grafana that says its name."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as files:
        for name, content, mode in ((program, b"#!/bin/sh\necho fake\n", 0o755), ("conf/defaults.ini", b"", 0o644)):
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size, entry.mode = len(content), mode
            files.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


class Mirror:
    """A server of files by path; `asked` are the addresses that it was asked for, whole ones by a proxy's clients."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        #: Bytes that are announced beyond those that come.
        self.missing = 0
        self.asked: list[str] = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.asked.append(self.path)
                content = mirror.files.get("/" + self.path.rpartition("/")[2])
                self.send_response(404 if content is None else 200)
                cut = mirror.missing if self.path.endswith(".gz") else 0
                self.send_header("Content-Length", str(len(content or b"") + cut))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def publish(self, content: bytes, checksum: str | None = None) -> None:
        """Offer an archive, with its checksum or another one."""
        self.files = {PATH: content, f"{PATH}.sha256": (checksum or hashlib.sha256(content).hexdigest()).encode()}


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """The only place that a download here can come from."""
    mirror = Mirror()
    mirror.publish(archive())
    thread = threading.Thread(target=mirror.server.serve_forever, args=(0.01,))
    thread.start()
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GRAFANA_MIRROR", mirror.url)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.delenv("GRAFANA_HOME", raising=False)
    monkeypatch.setattr(grafana_home, "USUAL_HOMES", ())
    yield mirror
    mirror.server.shutdown()
    thread.join()
    mirror.server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "downloads"


def fetch(mirror: Mirror, folder: Path) -> Path:
    return download(mirror.url + PATH, folder, lambda share, what: None)


def complaint(mirror: Mirror, folder: Path) -> UserError:
    """What is said about a download that fails, of which nothing is left; the mirror's password is not in it."""
    with pytest.raises(UserError) as caught:
        download(mirror.url.replace("//", "//me:s3same@") + PATH, folder, lambda share, what: None)
    assert "s3same" not in caught.value.message
    assert mirror.url in caught.value.message or str(folder) in caught.value.message
    assert [path for path in folder.rglob("*") if folder.exists()] == []
    assert grafana_download.found(folder) is None
    return caught.value


def test_the_version_is_that_of_the_image() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    assert services["grafana"]["image"] == f"grafana/grafana:{VERSION}"


@pytest.mark.parametrize(
    ("system", "machine", "end"),
    [
        ("Linux", "x86_64", "linux-amd64.tar.gz"),
        ("Linux", "aarch64", "linux-arm64.tar.gz"),
        ("Darwin", "arm64", "darwin-arm64.tar.gz"),
        ("Linux", "riscv64", None),
        ("Windows", "AMD64", None),
    ],
)
def test_the_address_is_that_of_the_machine(
    system: str, machine: str, end: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert address() == (end and f"https://dl.grafana.com/oss/release/grafana-{VERSION}.{end}")
    monkeypatch.setenv("GRAFANA_MIRROR", "https://mirror.example.org/g/")
    assert address() == (end and f"https://mirror.example.org/g/grafana-{VERSION}.{end}")


@pytest.mark.parametrize("top", [f"grafana-v{VERSION}", f"grafana-{VERSION}"])
@pytest.mark.parametrize("form", ["{}", "{}  grafana.tar.gz\n"])
def test_what_was_published_is_unpacked_found_again_and_alone_there(
    mirror: Mirror, folder: Path, top: str, form: str
) -> None:
    content = archive(top)
    mirror.publish(content, form.format(hashlib.sha256(content).hexdigest()))
    # An earlier version, and what a killed download left.
    (folder / "grafana-11.0.0").mkdir(parents=True)
    (folder / "unfinished-x").mkdir()
    shares: list[float] = []
    home = download(mirror.url + PATH, folder, lambda share, what: shares.append(share))
    assert home == grafana_download.found(folder)
    assert [path.name for path in folder.iterdir()] == [home.name]
    assert os.access(home / "bin" / "grafana", os.X_OK)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_another_archive_than_the_published_one_is_refused(mirror: Mirror, folder: Path) -> None:
    content = archive()
    mirror.publish(content, "0" * 64)
    said = complaint(mirror, folder).message
    assert f"its SHA-256 is {hashlib.sha256(content).hexdigest()}, published is {'0' * 64}; it was deleted" in said
    assert "is GRAFANA_MIRROR right?" in said


def test_an_archive_that_is_cut_off_is_begun_anew(mirror: Mirror, folder: Path) -> None:
    mirror.missing = 10
    error = complaint(mirror, folder)
    assert ": cut off (" in error.message
    assert "run it again, it begins anew" in error.message
    assert error.exit_code == ExitCode.UNREACHABLE
    mirror.missing = 0
    assert fetch(mirror, folder).exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
def test_a_full_disk_is_said(mirror: Mirror, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grafana_download, "_ARCHIVE", "/dev/full")
    assert complaint(mirror, folder).message == (
        f"{folder}: No space left on device; about 1 GB is needed; nothing was kept"
    )


def test_a_person_who_interrupts_leaves_nothing(mirror: Mirror, folder: Path) -> None:
    def interrupt(share: float, what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(mirror.url + PATH, folder, interrupt)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("suffix", ["", ".sha256"])
def test_a_mirror_without_the_file_names_it(mirror: Mirror, folder: Path, suffix: str) -> None:
    del mirror.files[PATH + suffix]
    error = complaint(mirror, folder)
    assert error.message == (f"{mirror.url}{PATH}{suffix}: HTTP 404; is GRAFANA_MIRROR right?")
    assert error.exit_code == ExitCode.UNREACHABLE


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"<html>Please log in</html>", "cannot be unpacked"), (archive(program="x"), "no bin/grafana")],
)
def test_what_is_no_grafana_is_said(mirror: Mirror, folder: Path, content: bytes, said: str) -> None:
    mirror.publish(content)
    assert said in complaint(mirror, folder).message


def test_a_page_in_place_of_the_checksum_is_said(mirror: Mirror, folder: Path) -> None:
    mirror.publish(archive(), "<html>Please log in</html>")
    assert f"{PATH}.sha256: not a checksum; " in complaint(mirror, folder).message


def test_a_machine_without_network_is_said(mirror: Mirror, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    error = complaint(mirror, folder)
    assert ": cannot be reached: " in error.message
    assert "HTTPS_PROXY names a proxy" in error.message
    assert error.exit_code == ExitCode.UNREACHABLE


def test_the_environments_proxy_is_asked(mirror: Mirror, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", mirror.url)
    there = f"http://nowhere.invalid{PATH}"
    assert download(there, folder, lambda share, what: None).exists()
    assert mirror.asked == [f"{there}.sha256", there]


def test_it_is_downloaded_once_and_only_where_somebody_agreed(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())  # no terminal
    assert find_grafana(tmp_path) is None
    assert mirror.asked == []
    monkeypatch.setenv("DOWNLOAD", "yes")
    home = find_grafana(tmp_path)
    assert home is not None
    assert len(mirror.asked) == 2
    monkeypatch.delenv("DOWNLOAD")
    assert find_grafana(tmp_path) == home
    assert len(mirror.asked) == 2


@pytest.mark.parametrize("answer", ["y\n", "n\n", "\n"])
def test_on_a_terminal_it_is_asked_with_size_licence_and_place(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert (find_grafana(tmp_path) is not None) == (answer == "y\n")
    said = capsys.readouterr().err
    for part in ("189 MB", "AGPL-3.0", mirror.url + PATH, str(tmp_path / "downloads"), "Download it? [y/N]"):
        assert part in said


def test_an_installed_one_is_taken_before_a_downloaded_one_and_a_wrong_name_is_said(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(mirror, tmp_path / "downloads")
    installed = fetch(mirror, tmp_path / "usr")
    monkeypatch.setattr(grafana_home, "USUAL_HOMES", (installed,))
    assert find_grafana(tmp_path) == installed
    monkeypatch.setenv("GRAFANA_HOME", "/nowhere")
    monkeypatch.setenv("DOWNLOAD", "yes")
    with pytest.raises(UserError, match=r"GRAFANA_HOME=/nowhere: no bin/grafana in it"):
        find_grafana(tmp_path)
