"""The files that make an embedded PostgreSQL what it is.

What it needs to know stands in files inside the data folder and not on a command line, so that no path needs quoting
and no process list shows it.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from oddswatch.servers.ports import HOST

_FILE = "oddswatch.conf"
_INCLUDE = f"\ninclude '{_FILE}'\n"

#: Data that can be made again in seconds need not survive a power cut.
OPTIONS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
#: Over TCP on this machine with a password, and in no other way.
_ACCESS = f"""\
host all all {HOST}/32 scram-sha-256
host replication all {HOST}/32 scram-sha-256
"""


def write(data: Path, port: int, options: Mapping[str, str]) -> None:
    """Write who may connect and what is set: `OPTIONS`, and `options` in addition to or instead of them."""
    settings = {
        **OPTIONS,
        **options,
        "listen_addresses": HOST,
        "port": str(port),
        "unix_socket_directories": "",
    }
    text = "".join(f"{name} = {_quote(value)}\n" for name, value in settings.items())
    for name, content in ((_FILE, text), ("pg_hba.conf", _ACCESS)):
        file = data / name
        file.write_text(content)
        # Written by root, read by the user that the server runs as; the folder is closed to all others.
        file.chmod(0o644)
    main = data / "postgresql.conf"
    if _INCLUDE not in main.read_text():
        with main.open("a") as configuration:
            configuration.write(_INCLUDE)


def port(data: Path) -> int | None:
    """Return the port that the folder's server had before."""
    file = data / _FILE
    before = re.search(r"^port = '(\d+)'$", file.read_text(), re.MULTILINE) if file.exists() else None
    return int(before[1]) if before else None


def _quote(value: str) -> str:
    """A value for postgresql.conf, where a quote is doubled and a backslash escapes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
