"""What is said when the PG* variables are not what Grafana's data source can take."""

import pytest

from oddswatch.database.connection import connect, missing, require
from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana.api import Grafana

GOOD = {
    "PGHOST": "127.0.0.1",
    "PGPORT": "1",
    "PGDATABASE": "odds",
    "PGUSER": "oddswatch",
    "PGPASSWORD": "sesame-91",
    "PGSSLMODE": "disable",
}


def complaint(**changes: str) -> str:
    with pytest.raises(UserError) as caught:
        require({**GOOD, **changes})
    assert caught.value.exit_code == ExitCode.BAD_INPUT
    assert "sesame-91" not in caught.value.message
    return caught.value.message


def test_a_complete_environment_is_taken() -> None:
    require(GOOD)


def test_every_variable_that_is_not_set_is_named_with_an_example() -> None:
    with pytest.raises(UserError) as caught:
        require({"PGHOST": "db"})
    lines = [line.strip().removeprefix("environment: ") for line in caught.value.message.splitlines()]
    assert [line.split()[0] for line in lines] == ["PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSSLMODE"]
    assert lines[0] == "PGPORT is not set; for example PGPORT=5432"
    assert missing({"PGHOST": "db"}) == ["PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSSLMODE"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "PGSSLMODE",
            "prefer",
            "PGSSLMODE=prefer: Grafana knows disable, require, verify-ca, verify-full only; choose",
        ),
        ("PGHOST", "/var/run/postgresql", "PGHOST is a socket folder; Grafana needs a host name"),
        ("PGPORT", "five", "PGPORT=five: not a port; for example PGPORT=5432"),
    ],
)
def test_what_libpq_takes_but_grafana_does_not_is_said(name: str, value: str, said: str) -> None:
    assert said in complaint(**{name: value})


def test_an_unreachable_server_is_one_line_without_the_password() -> None:
    with pytest.raises(UserError) as caught:
        connect(environment=GOOD)
    message = caught.value.message
    assert message.startswith("cannot connect to PostgreSQL at 127.0.0.1:1, database 'odds', as 'oddswatch': ")
    assert message.endswith("; check the PG* variables")
    assert "sesame-91" not in message
    assert "\n" not in message
    assert caught.value.exit_code == ExitCode.UNREACHABLE


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "GRAFANA_URL is not set: the address of your Grafana, such as https://grafana.example.org"),
        ({"GRAFANA_URL": "grafana:3000"}, "GRAFANA_URL=grafana:3000: must begin with http:// or https://"),
        (
            {"GRAFANA_URL": "http://g", "GRAFANA_USER": "admin"},
            "GRAFANA_URL is set, but GRAFANA_PASSWORD not: give a server admin of that Grafana",
        ),
        (
            {"GRAFANA_URL": "http://g"},
            "GRAFANA_URL is set, but GRAFANA_USER and GRAFANA_PASSWORD not: give a server admin of that Grafana",
        ),
    ],
)
def test_what_is_missing_in_the_address_of_grafana_is_said(environment: dict[str, str], said: str) -> None:
    with pytest.raises(UserError) as caught:
        Grafana.from_environment(environment)
    assert caught.value.message == said
