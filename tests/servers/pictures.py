"""The pictures of the documentation: `python -m tests.servers.pictures [--prices FILE] [FOLDER]`.

Each dashboard at 1440 and 390 pixels, and a mail as it arrives. They show real prices where there is a file of them
(see oddswatch/demo/real_prices.py), else the demo's market.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser
from psycopg2.extensions import connection

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.database.execute import run
from oddswatch.demo import real_prices
from oddswatch.demo.seed import seed
from oddswatch.names import ROOT
from oddswatch.servers import grafana_home
from oddswatch.servers.grafana import GrafanaServer
from oddswatch.servers.postgres import EmbeddedPostgres
from oddswatch.settings import reading as config_file
from oddswatch.tree import files
from oddswatch.tree.compose import compose
from tests.data import real_file
from tests.servers import browser as chromium
from tests.servers import folders
from tests.servers.mailbox import LocalMailbox, Mail
from tests.servers.waiting import wait_for

DESK, PHONE, MAIL_WINDOW = 1440, 390, 800
#: The time range of pages with bets: those on real prices were placed years ago.
YEARS = "&from=now-3y&to=now"
#: Real prices seldom differ by half: a lower threshold for their mail.
LOWER = {"threshold_pct": 30, "clear_pct": 25}
#: Seconds for the rules to be evaluated, and for the mails of what they find.
PATIENCE = 60


def main(arguments: list[str]) -> int:
    """Make all pictures; return the exit code: 1 where a server is missing."""
    parser = argparse.ArgumentParser(description="Make the pictures of the documentation.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--prices", type=Path, default=real_file.FILE, help="a CSV of real prices")
    chosen = parser.parse_args(arguments)
    home, executable = grafana_home.find(), chromium.find_chromium()
    if home is None or executable is None:
        print("the pictures need an installed Grafana (GRAFANA_HOME) and Chromium (CHROMIUM)", file=sys.stderr)
        return 1
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with (
        folders.passable() as place,
        EmbeddedPostgres(place / "postgres") as postgres,
        chromium.launch(executable) as browser,
    ):
        studio = Studio(home, place, postgres, browser, chosen.folder)

        def fill(session: connection) -> None:
            now = datetime.now(UTC)
            if chosen.prices.exists():
                real_prices.load(session, chosen.prices, now)
            else:
                seed(session, now)

        with studio.grafana(fill) as (grafana, mails):
            studio.dashboards(grafana)
            studio.mail(mails)
    return 0


class Studio:
    """The servers of the pictures, and the folder for them."""

    def __init__(self, home: Path, place: Path, postgres: EmbeddedPostgres, browser: Browser, folder: Path) -> None:
        self._home = home
        self._place = place
        self._postgres = postgres
        self._browser = browser
        self._folder = folder
        self._catalogue = Catalogue(config_file.load(ROOT / "config.yml"))
        self.tree = compose(self._catalogue)

    @contextmanager
    def grafana(self, fill: Callable[[connection], None]) -> Iterator[tuple[GrafanaServer, list[Mail]]]:
        """Fill the database and run a Grafana on it; yields that, and the mails that its rules send at first."""
        with closing(self._postgres.connect()) as session:
            fill(session)
        provisioning = self._place / "provisioning"
        settings = self._catalogue.settings
        rule = settings.alerts.high_spread.model_copy(update=LOWER)
        settings = settings.model_copy(update={"alerts": settings.alerts.model_copy(update={"high_spread": rule})})
        files.write(compose(Catalogue(settings)), provisioning)
        mailbox = LocalMailbox()
        mailbox.start()
        environment = {**self._postgres.environment(), "ALERT_EMAILS": "you@example.org"}
        try:
            with GrafanaServer(
                self._home, self._place / "grafana", provisioning, environment=environment, smtp=mailbox.address
            ) as grafana:
                yield grafana, _wait_for_mails(mailbox)
        finally:
            mailbox.stop()

    def dashboards(self, grafana: GrafanaServer) -> None:
        """Take the pictures of all dashboards; of Proof with its rows unfolded."""
        queries = {"match": f"&var-match={self._widest()}", "home": YEARS, "performance": YEARS}
        for uid in (model["uid"] for model in self.tree.dashboards()):
            name = uid.removeprefix("oddswatch-")
            query = queries.get(name, "")
            for width in (DESK, PHONE):
                with chromium.new_page(self._browser, width, time_zone=self._catalogue.settings.time_zone) as page:
                    page.log_in(grafana)
                    page.open(f"{grafana.url}/d/{uid}?kiosk{query}")
                    if name == "proof":
                        page.unfold()
                    self._store(page, name if width == DESK else f"{name}-phone")

    def mail(self, mails: list[Mail]) -> None:
        """Take the pictures of a mail about a value bet, or else a wide spread, if there is one."""
        signals = [mail for kind in ("Value", "Spread") for mail in mails if mail.subject.startswith(kind)]
        if not signals:
            return
        for width in (MAIL_WINDOW, PHONE):
            with chromium.new_page(self._browser, width, 300) as page:
                page.page.set_content(signals[0].html)
                page.show_everything()
                self._store(page, "mail" if width == MAIL_WINDOW else "mail-phone")

    def _widest(self) -> str:
        """The match with the widest spread."""
        sql = self._catalogue.select("current_opportunities", "match_id", order_by="spread_pct DESC", limit=1)
        with closing(self._postgres.connect()) as session:
            return str(run(session, sql).rows[0][0])

    def _store(self, page: chromium.GrafanaPage, name: str) -> None:
        path = self._folder / f"{name}.png"
        page.picture(path)
        print(path)


def _wait_for_mails(mailbox: LocalMailbox) -> list[Mail]:
    """The mails of the first minute, or those that came before there was a quiet while."""
    started = time.monotonic()

    def settled() -> bool:
        last = max((mail.received for mail in mailbox.mails()), default=started + PATIENCE)
        return time.monotonic() > min(last + 10, started + PATIENCE)

    wait_for(settled, PATIENCE + 10, lambda: "mails that stop coming")
    return mailbox.mails()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
