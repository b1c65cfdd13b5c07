"""Our mails in a browser, as wide as a phone and as a mail program."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.settings.site import Settings
from oddswatch.tree import files
from oddswatch.tree.compose import compose
from tests.conftest import StartGrafana
from tests.data.rows import prices
from tests.servers.browser import GrafanaPage
from tests.servers.grafana import Grafana
from tests.servers.mailbox import Mail, Mailbox
from tests.servers.postgres import Postgres

SITE = Settings.model_validate(
    {
        "leagues": {"soccer_france_ligue_one": "Ligue 1", "soccer_spain_la_liga": "La Liga"},
        "mail": {"group_wait": "2s", "group_wait_urgent": "2s"},
    }
)
ROWS = (
    prices("s1", "soccer_france_ligue_one", "Lyon – Nice", {"Unibet": (3.4, 3.1, 2.0), "Betclic": (2.1, 3.1, 2.0)})
    + prices(
        "b1",
        "soccer_spain_la_liga",
        "Getafe – Girona",
        {"Unibet": (2.6, 3.5, 3.2), "Betclic": (2.5, 3.6, 3.2), "bet365": (2.5, 3.5, 3.3)},
    )
    + prices(
        "odd",
        "soccer_odd",
        f"<b>{'Long' * 70}</b> – {'Nice ' * 20}",
        {"Unibet": (3.4, 3.1, 2.0), "Betclic": (2.1, 3.1, 2.0)},
    )
)


@pytest.fixture(scope="module")
def mails(
    start_grafana: StartGrafana, postgres: Postgres, _mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Mail]]:
    """One mail about a spread, one about a surebet, and one with names that do not fit."""
    with postgres.tables() as place:
        place.execute(ROWS)
        tree = tmp_path_factory.mktemp("tree")
        files.write(compose(Catalogue(SITE)), tree)
        grafana = start_grafana(tree, database=place)
        yield {
            name: _mailbox.wait_for(partial(_is_about, grafana, words), 90)
            for name, words in (("mail", "Lyon – Nice"), ("surebet", "Getafe – Girona"), ("long-names", "LongLong"))
        }
        grafana.stop()


def _is_about(grafana: Grafana, words: str, mail: Mail) -> bool:
    return words in mail.subject and grafana.url in mail.text


@pytest.mark.parametrize("width", [390, 800])
@pytest.mark.parametrize("name", ["mail", "surebet", "long-names"])
def test_a_mail_is_as_wide_as_its_window(
    mails: dict[str, Mail], page: GrafanaPage, images: Path, name: str, width: int
) -> None:
    page.page.set_viewport_size({"width": width, "height": 600})
    page.page.set_content(mails[name].html)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    for text in ("Dashboard", "Silence", "What to do"):
        assert page.page.get_by_role("link", name=text, exact=True).is_visible()
    images.mkdir(parents=True, exist_ok=True)
    page.page.screenshot(path=images / f"{name}-{width}.png", full_page=True)
