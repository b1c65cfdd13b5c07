"""The connection to the odds database, from the environment variables that libpq knows."""

import os
from collections.abc import Mapping
from typing import Any

import psycopg2

from oddswatch.errors import ExitCode, UserError

#: What the data source inside Grafana needs, and an example of each.
REQUIRED = {
    "PGHOST": "db.example.org",
    "PGPORT": "5432",
    "PGDATABASE": "odds",
    "PGUSER": "oddswatch",
    "PGPASSWORD": "…",
    "PGSSLMODE": "require (or verify-full, or disable inside one machine)",
}
_SSL_MODES = ("disable", "require", "verify-ca", "verify-full")


def missing(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Names of the variables that are not set."""
    return [name for name in REQUIRED if not environment.get(name)]


def require(environment: Mapping[str, str] = os.environ) -> None:
    """Raise `UserError` that names every variable that is missing or that Grafana's data source cannot take."""
    problems = [f"{name} is not set; for example {name}={REQUIRED[name]}" for name in missing(environment)]
    mode = environment.get("PGSSLMODE")
    if mode and mode not in _SSL_MODES:
        problems.append(f"PGSSLMODE={mode}: Grafana knows {', '.join(_SSL_MODES)} only; choose one of them")
    port = environment.get("PGPORT")
    if port and not port.isdecimal():
        problems.append(f"PGPORT={port}: not a port; for example PGPORT={REQUIRED['PGPORT']}")
    if (environment.get("PGHOST") or "").startswith("/"):
        problems.append("PGHOST is a socket folder; Grafana needs a host name, for example PGHOST=127.0.0.1")
    if problems:
        raise UserError("environment: " + "\n             ".join(problems))


def connect(*, time_zone: str | None = None, environment: Mapping[str, str] = os.environ) -> Any:
    """Open a read-only, auto-committing psycopg2 connection; `time_zone` is the session's.

    Raises `UserError` when variables are missing or the server cannot be reached.
    """
    require(environment)
    options = f"-c TimeZone={time_zone}" if time_zone else ""
    try:
        connection = psycopg2.connect(
            host=environment["PGHOST"],
            port=environment["PGPORT"],
            dbname=environment["PGDATABASE"],
            user=environment["PGUSER"],
            password=environment["PGPASSWORD"],
            sslmode=environment["PGSSLMODE"],
            options=options,
            connect_timeout=10,
            application_name="oddswatch",
        )
    except psycopg2.OperationalError as error:
        reason = str(error).strip().split("\n")[-1]
        full = "too many" in reason or "connection slots" in reason
        remedy = "others use all connections: close some, or raise the limit" if full else "check the PG* variables"
        raise UserError(
            f"cannot connect to PostgreSQL at {environment['PGHOST']}:{environment['PGPORT']}, database "
            f"{environment['PGDATABASE']!r}, as {environment['PGUSER']!r}: {reason}; {remedy}",
            ExitCode.UNREACHABLE,
        ) from None
    connection.set_session(readonly=True, autocommit=True)
    return connection
