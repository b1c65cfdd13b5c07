import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from oddswatch.errors import UserError
from oddswatch.servers.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow

PASSWORD = "p$w'd\"x #y z$PATH\\q${HOME}"


def ask(server: EmbeddedPostgres, query: str) -> object:
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
        assert row is not None
        return row[0]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_listens_on_loopback_only_and_stops_at_the_end(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        assert str(ask(server, "SELECT version()")).startswith("PostgreSQL 18")
        assert ask(server, "SELECT current_database()") == "odds"
        assert ask(server, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(server, "SELECT host(inet_server_addr())") == "127.0.0.1"
    assert not answers(server.port)


def test_environment_leads_libpq_to_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedPostgres(tmp_path, password=PASSWORD) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        with closing(psycopg2.connect("")) as connection:
            assert (connection.info.dbname, connection.info.port) == ("odds", server.port)


def test_password_is_needed_where_one_is_set_and_survives_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        with EmbeddedPostgres(tmp_path, password=PASSWORD) as server:
            assert ask(server, "SELECT 1") == 1
            with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
                psycopg2.connect(host=server.host, port=server.port, user="postgres", password="p$w", dbname="odds")


def test_data_and_port_stay_from_one_run_to_the_next(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as first, closing(first.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        connection.commit()
    with EmbeddedPostgres(tmp_path) as second:
        assert second.port == first.port
        assert ask(second, "SELECT answer FROM kept") == 42


def test_takes_another_port_when_the_remembered_one_is_taken(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as first:
        pass
    with socket.socket() as other:
        other.bind(("127.0.0.1", first.port))
        other.listen()
        with EmbeddedPostgres(tmp_path) as second:
            assert second.port != first.port
            assert ask(second, "SELECT 1") == 1


def test_fail_port_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} on 127.0.0.1 is taken"):
            EmbeddedPostgres(tmp_path, port=port).start()


def test_running_server_is_used_and_left_running(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as first:
        with EmbeddedPostgres(tmp_path) as second:
            assert second.port == first.port
        assert ask(first, "SELECT 1") == 1


def test_starts_again_after_a_crash(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    server.start()
    postmaster = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    again = EmbeddedPostgres(tmp_path)
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
def test_works_in_a_folder_called(tmp_path: Path, name: str) -> None:
    with EmbeddedPostgres(tmp_path / name) as server:
        assert ask(server, "SELECT 1") == 1


def test_fail_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot use this folder"):
        EmbeddedPostgres(tmp_path / "file").start()


def test_options_reach_the_server(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, options={"work_mem": "7MB", "application_name": "it's"}) as server:
        assert ask(server, "SHOW work_mem") == "7MB"
        assert ask(server, "SELECT boot_val FROM pg_settings WHERE name = 'work_mem'") == "4096"


def test_fail_bad_option_names_the_log(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"did not start; .*postgresql\.log ends with: .*no_such_setting"):
        EmbeddedPostgres(tmp_path, options={"no_such_setting": "1"}).start()


@pytest.mark.parametrize("end", ["interrupt", "exit"])
def test_server_ends_with_the_process_that_started_it(tmp_path: Path, end: str) -> None:
    script = f"""
import time
from pathlib import Path
from oddswatch.servers.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path({str(tmp_path)!r}))
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
            assert answers(port)
            process.send_signal(signal.SIGINT)
        process.wait(30)
    assert not answers(port)
