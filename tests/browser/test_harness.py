"""The harness of the browser tests: `GrafanaPage` must see what a person would call broken."""

import pytest

from tests.conftest import StartGrafana
from tests.data import sample_tree
from tests.servers.browser import GrafanaPage
from tests.servers.grafana import Grafana

PANELS = {
    "Good": "SELECT 'a name' AS name, 4711 AS number",
    "Empty": "SELECT 1 AS number WHERE false",
    "Wrong": "SELECT nonsense",
    "Slow": "SELECT 'at last' AS name FROM pg_sleep(3)",
    "Far below": "SELECT 'in the cellar' AS name",
}


@pytest.fixture(scope="module")
def grafana(start_grafana: StartGrafana, tmp_path_factory: pytest.TempPathFactory) -> Grafana:
    tree = sample_tree.write_tree(tmp_path_factory.mktemp("tree"), sample_tree.rule("SELECT 0 AS number"), PANELS)
    return start_grafana(tree, mail=False)


def test_good_empty_wrong_slow_and_hidden_panels_are_told_apart(grafana: Grafana, page: GrafanaPage) -> None:
    page.log_in(grafana)
    panels = {panel.title: panel for panel in page.open(f"{grafana.url}/d/sample")}
    assert set(panels) == set(PANELS)
    assert {title for title, panel in panels.items() if panel.error} == {"Wrong"}
    assert {title for title, panel in panels.items() if panel.empty} == {"Empty", "Wrong"}
    assert "4711" in panels["Good"].text
    assert "at last" in panels["Slow"].text
    assert "in the cellar" in panels["Far below"].text
    # A refused query is the only thing that the console has to complain about.
    assert [problem for problem in page.problems if "/api/ds/query" not in problem] == []
    assert page.problems


def test_a_visitor_without_a_session_gets_the_log_in_page(grafana: Grafana, page: GrafanaPage) -> None:
    assert page.open(f"{grafana.url}/d/sample") == []
    assert page.page.get_by_placeholder("password").is_visible()
