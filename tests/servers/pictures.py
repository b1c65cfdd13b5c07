"""The pictures of the documentation: `python -m tests.servers.pictures [--prices FILE] [FOLDER]`.

Each dashboard at 1440 pixels, those that people open on the way also at 390, and a mail as it arrives. They show the
demo; Opportunities and the mail show real prices where there is a file of them (see oddswatch/demo/real_prices.py).
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
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
from oddswatch.quoting import identifier
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
#: Dashboards that are looked at on the way.
ON_THE_WAY = ("home", "opportunities")
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
        with studio.grafana("demo", lambda session: seed(session, datetime.now(UTC)), {}) as (grafana, mails):
            studio.dashboards(grafana, "demo", [model["uid"] for model in studio.tree.dashboards()])
            studio.mail(mails)
        if chosen.prices.exists():
            load = lambda session: real_prices.load(session, chosen.prices, datetime.now(UTC))  # noqa: E731
            with studio.grafana("real", load, LOWER) as (grafana, mails):
                studio.dashboards(grafana, "real", ["oddswatch-opportunities"])
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
    def grafana(
        self, name: str, fill: Callable[[connection], object], high_spread: Mapping[str, float]
    ) -> Iterator[tuple[GrafanaServer, list[Mail]]]:
        """Run a Grafana on a new database; yields it, and the mails that its rules send at first."""
        with closing(self._postgres.connect("postgres")) as session:
            session.autocommit = True
            session.cursor().execute(f"CREATE DATABASE {identifier(name)}")
        with closing(self._postgres.connect(name)) as session:
            fill(session)
        provisioning = self._place / f"{name}-provisioning"
        settings = self._catalogue.settings
        rule = settings.alerts.high_spread.model_copy(update=high_spread)
        settings = settings.model_copy(update={"alerts": settings.alerts.model_copy(update={"high_spread": rule})})
        files.write(compose(Catalogue(settings)), provisioning)
        mailbox = LocalMailbox()
        mailbox.start()
        environment = {**self._postgres.environment(), "PGDATABASE": name, "ALERT_EMAILS": "you@example.org"}
        try:
            with GrafanaServer(
                self._home, self._place / name, provisioning, environment=environment, smtp=mailbox.address
            ) as grafana:
                yield grafana, _wait_for_mails(mailbox)
        finally:
            mailbox.stop()

    def dashboards(self, grafana: GrafanaServer, database: str, uids: list[str]) -> None:
        """Take the pictures of these dashboards."""
        for uid in uids:
            name = uid.removeprefix("oddswatch-")
            query = f"&var-match={self._widest(database)}" if name == "match" else ""
            for width in (DESK, PHONE) if name in ON_THE_WAY else (DESK,):
                with chromium.new_page(self._browser, width, time_zone=self._catalogue.settings.time_zone) as page:
                    page.log_in(grafana)
                    page.open(f"{grafana.url}/d/{uid}?kiosk{query}")
                    self._store(page, name if width == DESK else f"{name}-phone")

    def mail(self, mails: list[Mail]) -> None:
        """Take the pictures of a mail about a wide spread, if there is one."""
        mail = next((mail for mail in mails if "Spread" in mail.subject), None)
        if mail is None:
            return
        for width in (MAIL_WINDOW, PHONE):
            with chromium.new_page(self._browser, width, 300) as page:
                page.page.set_content(mail.html)
                page.show_everything()
                self._store(page, "mail" if width == MAIL_WINDOW else "mail-phone")

    def _widest(self, database: str) -> str:
        """The match with the widest spread."""
        sql = self._catalogue.select("current_opportunities", "match_id", order_by="spread_pct DESC", limit=1)
        with closing(self._postgres.connect(database)) as session:
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
