"""The database away while Grafana starts and while a dashboard is open: what the person sees, and that it mends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oddswatch.servers.postgres import EmbeddedPostgres
from tests.conftest import StartGrafana
from tests.data import small_market
from tests.servers.browser import GrafanaPage, Panel
from tests.servers.client import GrafanaClient
from tests.servers.grafana import Grafana
from tests.servers.postgres import Postgres

URL = "/d/oddswatch-opportunities?from=now-1h&to=now"
#: Shows rules, not the database's answer.
ALERTS = ("Alerts",)


@pytest.fixture
def odds(docker: object, server_folder: Path) -> Iterator[Postgres]:
    """The market on a server of its own, which comes and goes at one address."""
    if not isinstance(docker, str):
        pytest.skip("a Grafana in a container does not reach a server on 127.0.0.1")
    with EmbeddedPostgres(server_folder) as server:
        small_market.fill(server.connect())
        environment = server.environment()
        yield Postgres(environment, environment, server.stop, server.start)


def shown(page: GrafanaPage) -> list[Panel]:
    return [panel for panel in page.panels() if panel.title not in ALERTS]


def refreshed(page: GrafanaPage) -> list[Panel]:
    page.refresh()
    return shown(page)


def failed(panels: list[Panel]) -> list[str]:
    return [panel.title for panel in panels if panel.error]


def test_a_database_that_is_away_is_an_error_on_every_panel_and_never_a_zero(
    start_grafana: StartGrafana, odds: Postgres, tree_folder: Path, page: GrafanaPage, images: Path
) -> None:
    odds.stop()
    grafana = start_grafana(tree_folder, database=odds, mail=False)
    page.log_in(grafana)
    page.open(grafana.url + URL)
    panels = shown(page)
    assert len(panels) > 5
    assert failed(panels) == [panel.title for panel in panels], "a panel shows something although nothing can be known"

    odds.start()
    assert failed(refreshed(page)) == []
    says = {panel.title: panel.text for panel in shown(page)}
    number = says["Opportunities now"]
    assert number.split()[0].isdigit(), number

    odds.stop()
    panels = refreshed(page)
    assert failed(panels) == [panel.title for panel in panels]
    assert "0" not in [panel.text for panel in panels]
    assert complaint(page), "the red corner does not say what is wrong"

    odds.start()
    assert failed(refreshed(page)) == []
    assert {panel.title: panel.text for panel in shown(page)}["Opportunities now"] == number


def complaint(page: GrafanaPage) -> str:
    """What the red corner of the first panel says."""
    page.page.get_by_test_id("data-testid Panel status error").first.hover()
    tooltip = page.page.locator("[role=tooltip]").first
    tooltip.wait_for(timeout=10_000)
    return tooltip.inner_text()


def test_grafana_starts_and_keeps_its_rules_while_the_database_is_away(
    start_grafana: StartGrafana, odds: Postgres, tree_folder: Path
) -> None:
    odds.stop()
    grafana: Grafana = start_grafana(tree_folder, database=odds, mail=False)
    with GrafanaClient(grafana) as client:
        assert client.get("/api/health")["database"] == "ok"
        assert len(client.rules()) > 5
        watch = client.wait_for_rule("Watch", "firing", timeout=90)
        others = {title: rule for title, rule in client.rules().items() if title != "Watch"}
        assert watch["state"] == "firing"
        assert [title for title, rule in others.items() if rule["state"] == "firing"] == []
    odds.start()
