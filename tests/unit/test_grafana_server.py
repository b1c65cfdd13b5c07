"""The parts of `oddswatch.servers.grafana` that need no Grafana: what is found, what others can see."""

import socket
import stat
from pathlib import Path

import pytest

from oddswatch.servers import grafana_home
from oddswatch.servers.grafana import GrafanaServer, GrafanaServerError

PASSWORD = "p$w'd\"x #y z${HOME}%(port)s"


def install(home: Path, binary: str = "bin/grafana", script: str = "") -> Path:
    path = home / binary
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return home


def test_the_first_of_the_usual_places_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing, second, third = tmp_path / "missing", install(tmp_path / "second"), install(tmp_path / "third")
    monkeypatch.delenv("GRAFANA_HOME", raising=False)
    monkeypatch.setattr(grafana_home, "USUAL_HOMES", (missing, second, third))
    assert grafana_home.find() == second


def test_homebrew_keeps_the_binary_beside_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "opt" / "grafana")
    home = tmp_path / "opt" / "grafana" / "share" / "grafana"
    home.mkdir(parents=True)
    monkeypatch.setenv("GRAFANA_HOME", str(home))
    assert grafana_home.find() == home
    assert GrafanaServer(home, tmp_path / "data", tmp_path).command()[0] == str(tmp_path / "opt/grafana/bin/grafana")


def test_a_wrong_grafana_home_is_not_replaced_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grafana_home, "USUAL_HOMES", (install(tmp_path / "installed"),))
    monkeypatch.setenv("GRAFANA_HOME", str(tmp_path / "mistyped"))
    assert grafana_home.find() is None


def test_plugins_that_a_package_keeps_outside_of_its_home_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged, own = install(tmp_path / "packaged"), install(tmp_path / "own")
    plugins = tmp_path / "plugins-bundled"
    monkeypatch.setattr(grafana_home, "PACKAGED", packaged)
    monkeypatch.setattr(grafana_home, "PACKAGED_PLUGINS", plugins)

    def told(home: Path) -> str | None:
        return GrafanaServer(home, tmp_path / "data", tmp_path).settings().get("GF_PATHS_BUNDLED_PLUGINS")

    assert told(packaged) is None, "a package up to 13.1 has them inside"
    plugins.mkdir()
    assert (told(packaged), told(own)) == (str(plugins), None)


def test_no_secret_in_the_process_list_and_a_private_file_for_it(tmp_path: Path) -> None:
    server = GrafanaServer(
        install(tmp_path / "home"), tmp_path / "data", tmp_path, environment={"PGPASSWORD": PASSWORD}, password=PASSWORD
    )
    assert PASSWORD not in " ".join(server.command())
    private = tmp_path / "data" / "admin-password"
    assert private.read_text() == PASSWORD
    assert stat.S_IMODE(private.stat().st_mode) == 0o600


def test_the_password_outlives_the_object_as_it_does_in_grafanas_database(tmp_path: Path) -> None:
    home = install(tmp_path / "home")
    first = GrafanaServer(home, tmp_path / "data", tmp_path)
    second = GrafanaServer(home, tmp_path / "data", tmp_path)
    other = GrafanaServer(home, tmp_path / "other", tmp_path)
    assert first.password == second.password != other.password


def test_the_last_words_are_shown_when_grafana_ends_at_once(tmp_path: Path) -> None:
    home = install(tmp_path / "home", script="echo many lines; echo 'Error: rule has no title set'; exit 1")
    server = GrafanaServer(home, tmp_path / "data", tmp_path)
    with pytest.raises(GrafanaServerError, match=r"(?s)ended while starting.*rule has no title set"):
        server.start()
    assert server.pid is None


def test_a_silent_server_is_given_up_and_stopped(tmp_path: Path) -> None:
    server = GrafanaServer(install(tmp_path / "home", script="exec sleep 60"), tmp_path / "data", tmp_path)
    with pytest.raises(GrafanaServerError, match="did not answer"):
        server.start(timeout=0.5)
    assert server.pid is None


def test_a_taken_port_is_an_error_because_a_stranger_would_answer_on_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        server = GrafanaServer(install(tmp_path / "home"), tmp_path / "data", tmp_path, port=stranger.getsockname()[1])
        with pytest.raises(GrafanaServerError, match=r"port .* cannot be used"):
            server.start()


def test_settings_of_another_grafana_in_the_environment_are_not_inherited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GF_AUTH_ANONYMOUS_ENABLED", "true")
    monkeypatch.setenv("GF_DATABASE_URL", "postgres://production")
    home = install(tmp_path / "home", script="env; exit 1")
    server = GrafanaServer(home, tmp_path / "data", tmp_path, environment={"PGHOST": "here"})
    with pytest.raises(GrafanaServerError):
        server.start()
    seen = server.log().splitlines()
    assert "PGHOST=here" in seen
    assert "GF_AUTH_ANONYMOUS_ENABLED=false" in seen
    assert not [line for line in seen if line.startswith("GF_DATABASE_URL")]
