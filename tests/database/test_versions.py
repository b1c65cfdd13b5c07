"""Every query on the PostgreSQL of the machine's distribution, besides the embedded 18."""

import os
import pwd
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg2
import pytest

from oddswatch.checks.hints import hints
from oddswatch.database.role import PASSWORD, apply
from oddswatch.demo.layout import Layout
from oddswatch.servers.ports import free_port
from oddswatch.settings.site import Settings
from tests.data import small_market
from tests.servers import folders

pytestmark = pytest.mark.slow

#: Where Debian, Fedora and Homebrew put the servers' programs; the oldest first.
INSTALLED = sorted(
    (
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/usr/pgsql-13").parent.glob("pgsql-*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql@*/bin"),
    ),
    key=lambda path: int("".join(filter(str.isdigit, path.parent.name)) or 0),
)


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """The oldest installed server, empty; its PG* variables."""
    programs = next((path for path in INSTALLED if (path / "initdb").exists()), None)
    if programs is None:
        pytest.skip("no PostgreSQL of the distribution is installed")
    with folders.passable() as folder:
        yield from _run(programs, folder)


def _run(programs: Path, folder: Path) -> Iterator[dict[str, str]]:
    user = _somebody_else(folder)
    port = str(free_port())
    data = folder / "data"

    def call(program: str, *arguments: str) -> None:
        subprocess.run([programs / program, "-D", data, *arguments], check=True, stdout=subprocess.DEVNULL, **user)

    call("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
    call("pg_ctl", "start", "--wait", "--log", str(folder / "log"), "--options", options)
    try:
        yield {
            "PGHOST": "127.0.0.1",
            "PGPORT": port,
            "PGDATABASE": "postgres",
            "PGUSER": "postgres",
            "PGPASSWORD": "unused",
            "PGSSLMODE": "disable",
        }
    finally:
        call("pg_ctl", "stop", "--wait", "--mode", "fast")


def _somebody_else(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then as `nobody`."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": folder}


@pytest.mark.parametrize("form", ["per_match", "per_outcome"])
@pytest.mark.parametrize("times", ["naive_utc", "timestamptz"])
def test_every_query_works_on_the_installed_version(server: dict[str, str], form: Any, times: Any) -> None:
    """As our role, for which the server does not compile queries: that would take longer than all of them."""
    schema = f"{form}_{times}"
    layout = Layout(form=form, times=times, schema=schema)
    small_market.fill(_connect(server), layout)
    prices = {"form": form, "table": f"{schema}.{'odds_history' if form == 'per_match' else 'odds'}"}
    tables = {
        "prices": prices,
        "collections": {"table": f"{schema}.collection_logs"},
        "bets": {"table": f"{schema}.bets"},
        "view": {"table": f"{schema}.v_current_opportunities"},
    }
    for source in ("prices", "view"):
        settings = Settings.model_validate({"times": times, "tables": tables, "opportunities": {"source": source}})
        with mock.patch.dict(os.environ, {**server, PASSWORD: "secret"}):
            apply(settings, "asker")
        outcomes = small_market.ask_everything({**server, "PGUSER": "asker"}, settings)
        assert small_market.complaints(outcomes) == {}
        assert [outcome for outcome in outcomes if outcome.query.kind == "panel" and outcome.rows]


def test_the_role_can_be_made_on_the_installed_version(server: dict[str, str]) -> None:
    with closing(_connect(server)) as session, session, session.cursor() as cursor:
        for table in ("odds_history", "collection_logs", "bets"):
            cursor.execute(f"CREATE TABLE {table} (id int)")
        cursor.execute("CREATE ROLE reader; GRANT ALL ON bets TO reader")
    with mock.patch.dict(os.environ, {**server, PASSWORD: "secret"}):
        apply(Settings(), "reader")
    with closing(_connect(server)) as session, session.cursor() as cursor:
        cursor.execute("SELECT privilege_type FROM information_schema.role_table_grants WHERE grantee = 'reader'")
        assert {row[0] for row in cursor.fetchall()} == {"SELECT"}


def test_check_warns_where_jit_is_on_for_who_asks(server: dict[str, str]) -> None:
    """The embedded server has no compiler, so that there is nothing to warn of."""

    def warnings(role: str) -> list[str]:
        with closing(_connect({**server, "PGUSER": role})) as session:
            session.autocommit = True
            return hints(session, Settings())

    with closing(_connect(server)) as session, session, session.cursor() as cursor:
        cursor.execute("SELECT pg_jit_available()")
        if cursor.fetchone() != (True,):
            pytest.skip("the installed PostgreSQL was built without LLVM")
        cursor.execute('CREATE ROLE "odd one" LOGIN')
    [warning] = warnings("odd one")
    assert warning.startswith('jit is on for the role "odd one": ')
    with closing(_connect(server)) as session, session, session.cursor() as cursor:
        [remedy] = re.findall("ALTER ROLE .* = off", warning)
        cursor.execute(remedy)
    assert warnings("odd one") == []


def _connect(server: dict[str, str]) -> Any:
    return psycopg2.connect(
        host=server["PGHOST"], port=server["PGPORT"], dbname=server["PGDATABASE"], user=server["PGUSER"]
    )
