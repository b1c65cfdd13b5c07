"""Grafana's official archive: fetched, held against its published checksum, unpacked."""

import errno
import hashlib
import os
import platform
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx

from oddswatch.errors import ExitCode, UserError
from oddswatch.servers import grafana_home

#: The version of docker-compose.yml's image.
VERSION = "12.4.12"
#: Megabytes of the archive, where its server does not tell.
MEGABYTES = 189
LICENCE = "AGPL-3.0"
OFFICIAL = "https://dl.grafana.com/oss/release"
_SYSTEMS = ("linux", "darwin")
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
#: Seconds in which nothing arrives, after which there is nobody.
_PATIENCE = 30.0
_ARCHIVE = "grafana.tar.gz"

#: Takes the share that is done, from 0 to 1, and what is being done.
Progress = Callable[[float, str], None]


def address() -> str | None:
    """Where the archive for this machine is, below `$GRAFANA_MIRROR` where one is named; None where there is none."""
    system, machine = platform.system().lower(), _MACHINES.get(platform.machine().lower())
    if system not in _SYSTEMS or machine is None:
        return None
    mirror = os.environ.get("GRAFANA_MIRROR") or OFFICIAL
    return f"{mirror.rstrip('/')}/grafana-{VERSION}.{system}-{machine}.tar.gz"


def without_password(url: str) -> str:
    """The address as it may be printed."""
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path}"


def found(folder: Path) -> Path | None:
    """The home folder of the Grafana that was downloaded into `folder` before, if it was."""
    home = _home(folder)
    return home if grafana_home.binary(home) else None


def download(url: str, folder: Path, move: Progress) -> Path:
    """Download the archive into `folder`, which holds nothing else, and return Grafana's home folder.

    What an earlier try left there is removed first, and nothing is left by one that does not succeed. The proxies of
    the environment are used. Raises `UserError` with the reason and its remedy.
    """
    shown = without_password(url)
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder) as name:
            archive = Path(name) / _ARCHIVE
            with httpx.Client(timeout=_PATIENCE, follow_redirects=True, headers={"Accept-Encoding": "identity"}) as web:
                published = _published_checksum(web, f"{url}.sha256")
                checksum = _fetch(web, url, archive, move)
            if checksum != published:
                raise UserError(
                    f"{shown}: not what its publisher made: its SHA-256 is {checksum}, published is {published}; "
                    f"it was deleted; run it again{_other_mirror()}"
                )
            move(1.0, "unpacking Grafana")
            _unpack(archive, Path(name) / "unpacked").rename(_home(folder))
    except httpx.HTTPStatusError as error:
        at = without_password(str(error.request.url))
        raise UserError(
            f"{at}: HTTP {error.response.status_code}{_other_mirror()}",
            ExitCode.UNREACHABLE,
        ) from None
    except httpx.RemoteProtocolError as error:
        raise UserError(
            f"{shown}: cut off ({error}); nothing was kept: run it again, it begins anew", ExitCode.UNREACHABLE
        ) from None
    except (httpx.HTTPError, httpx.InvalidURL, ImportError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise UserError(
            f"{shown}: cannot be reached: {reason}; is this machine online? HTTPS_PROXY names a proxy, SSL_CERT_FILE "
            f"its certificate{_other_mirror()}",
            ExitCode.UNREACHABLE,
        ) from None
    except tarfile.TarError as error:
        raise UserError(f"{shown}: cannot be unpacked: {error}{_other_mirror()}") from None
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "about 1 GB is needed; nothing was kept" if full else "nothing was kept"
        raise UserError(f"{folder}: {error.strerror or error}; {remedy}") from None
    return _home(folder)


def _home(folder: Path) -> Path:
    return folder / f"grafana-{VERSION}"


def _published_checksum(web: httpx.Client, url: str) -> str:
    """A bare hash, or one before the name of the file."""
    answer = web.get(url).raise_for_status()
    checksum = answer.text.partition(" ")[0].strip().lower()
    if len(checksum) != 64 or set(checksum) - set("0123456789abcdef"):
        raise UserError(f"{without_password(url)}: not a checksum{_other_mirror()}", ExitCode.UNREACHABLE)
    return checksum


def _fetch(web: httpx.Client, url: str, archive: Path, move: Progress) -> str:
    """Store what the address holds, and return its SHA-256."""
    checksum, done = hashlib.sha256(), 0
    with web.stream("GET", url) as answer, archive.open("wb") as file:
        answer.raise_for_status()
        size = int(answer.headers.get("Content-Length", MEGABYTES * 1_000_000))
        for part in answer.iter_raw():
            file.write(part)
            checksum.update(part)
            done += len(part)
            # The last moment is the unpacking's.
            move(min(0.99, done / size), f"Grafana {VERSION}: {done / 1e6:.0f} of {size / 1e6:.0f} MB")
    return checksum.hexdigest()


def _unpack(archive: Path, folder: Path) -> Path:
    """Unpack and return Grafana's home folder, whose name changed with the versions."""
    with tarfile.open(archive, "r:gz") as files:
        # A safeguard beyond the checksum, which the first Python 3.11 did not have.
        files.extraction_filter = getattr(tarfile, "data_filter", None)
        files.extractall(folder)  # noqa: S202
    home = next((home for home in folder.iterdir() if grafana_home.binary(home)), None)
    if home is None:
        raise tarfile.ReadError("there is no bin/grafana in it")
    return home


def _other_mirror() -> str:
    return "; is GRAFANA_MIRROR right?" if os.environ.get("GRAFANA_MIRROR") else "; GRAFANA_MIRROR names another source"
