"""Grafana in Chromium, as a person sees it."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.servers.grafana import Grafana

#: Chromium as root, without a graphics card, and without calls to its maker.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
#: Milliseconds without a request and without a loading bar after which a page counts as loaded, once all is answered.
QUIET_MILLISECONDS = 600
#: On a busy machine it can take longer to draw than to be quiet; a page that never is idle is not waited for.
_IDLE = "() => new Promise(done => requestIdleCallback(done, {timeout: 1000}))"

_PANELS = """
() => [...document.querySelectorAll('[data-viz-panel-key] section[data-testid*="Panel header"]')].map(panel => {
  const content = panel.querySelector('[data-testid="data-testid panel content"]');
  const text = (content?.innerText ?? '').trim();
  const refused = panel.querySelector('[data-testid="data-testid Panel data error message"]') !== null;
  const drawn = content?.querySelector('canvas, img, svg, table, iframe') != null;
  return {
    title: panel.querySelector('h2')?.innerText ?? '',
    loading: panel.querySelector('[aria-label="Panel loading bar"]') !== null || content === null,
    error: panel.querySelector('[data-testid="data-testid Panel status error"]') !== null,
    empty: refused || text === 'No data' || (text === '' && !drawn),
    text: text,
  };
})
"""


@dataclass(frozen=True)
class Panel:
    """What one panel shows.

    Attributes:
        error: it carries the red triangle.
        empty: it shows "No data", a complaint about the data, or nothing at all.
        text: the words and numbers in it; a drawing has none but its axes and legend.
    """

    title: str
    loading: bool
    error: bool
    empty: bool
    text: str


def find_chromium() -> str | None:
    """Return a Chromium: `$CHROMIUM`, an installed one, or the one that playwright has installed."""
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen)
    if installed := next(filter(None, map(shutil.which, _NAMES)), None):
        return installed
    if mac := next((path for path in _MAC if path.exists()), None):
        return str(mac)
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


@contextmanager
def launch(executable: str) -> Iterator[Browser]:
    """Run a Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def new_page(browser: Browser, width: int = 1440, height: int = 900, time_zone: str = "UTC") -> Iterator["GrafanaPage"]:
    """Open an empty tab, in a session of its own."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="en-GB", timezone_id=time_zone, reduced_motion="reduce"
    )
    try:
        yield GrafanaPage(context.new_page())
    finally:
        context.close()


@dataclass
class GrafanaPage:
    """One tab, logged in or not, that remembers what went wrong in it.

    Attributes:
        page: playwright's page.
        problems: errors of the console and uncaught exceptions, in their order.
    """

    page: Page
    problems: list[str] = field(default_factory=list)
    _waiting: set[Request] = field(default_factory=set)
    _answered: set[int] = field(default_factory=set)
    _last_change: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self._request_started)
        self.page.on("requestfinished", self._request_answered)
        self.page.on("requestfailed", self._request_ended)

    def log_in(self, grafana: Grafana, user: str | None = None, password: str | None = None) -> None:
        """Get a session in this Grafana, by default the admin's."""
        credentials = {"user": user or grafana.user, "password": password or grafana.password}
        answer = self.page.context.request.post(f"{grafana.url}/login", data=credentials)
        assert answer.ok, f"log-in as {credentials['user']}: {answer.status} {answer.text()}"

    def open(self, url: str, timeout: float = 60) -> list[Panel]:
        """Open a dashboard (or another page) and return what its panels show when all are loaded.

        The window is made as high as the page: Grafana loads a panel only when it comes into sight. Rows that are
        folded stay folded.
        """
        self._answered.clear()
        self._waiting.clear()
        self.page.goto(url)
        return self.wait_for_panels(timeout)

    def refresh(self) -> list[Panel]:
        """Press the dashboard's own button, and return what its panels show then."""
        self._answered.clear()
        self.page.get_by_test_id("data-testid RefreshPicker run button").click()
        return self.wait_for_panels()

    def unfold(self) -> list[Panel]:
        """Open every folded row, and return what all panels show then."""
        rows = self.page.locator('[data-testid^="data-testid dashboard-row-title-"]')
        for number in range(rows.count()):
            if rows.nth(number).get_attribute("aria-label") == "Expand row":
                rows.nth(number).click()
                self.wait_for_panels()
        return self.panels()

    def wait_for_panels(self, timeout: float = 60) -> list[Panel]:
        """Wait until every panel of the dashboard is there and had its answer, and nothing loads any more.

        Returns:
            what the panels show, after at most `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        self.page.wait_for_load_state("load")
        expected = self._expected()
        asking = {panel["id"] for panel in expected if any("rawSql" in target for target in panel.get("targets", []))}
        while time.monotonic() < deadline:
            self.show_everything()
            self.page.wait_for_timeout(100)  # lets playwright hand over the events
            self.page.evaluate(_IDLE)
            shown = self.panels()
            quiet = not self._waiting and (time.monotonic() - self._last_change) * 1000 > QUIET_MILLISECONDS
            missing = {panel["title"] for panel in expected} - {panel.title for panel in shown}
            if quiet and asking <= self._answered and not missing and not any(panel.loading for panel in shown):
                return shown
        raise AssertionError(
            f"still loading after {timeout:.0f} s: not there {sorted(missing)}, without an answer"
            f" {[panel['title'] for panel in expected if panel['id'] in asking - self._answered]}, loading"
            f" {[panel.title for panel in shown if panel.loading]}, requests {[r.url for r in self._waiting]}"
        )

    def panels(self) -> list[Panel]:
        """Return what the panels show now, in their order on the page."""
        return [Panel(**found) for found in self.page.evaluate(_PANELS)]

    def _expected(self) -> list[dict[str, Any]]:
        """The panels of this dashboard, as its model has them; none elsewhere, none of those in folded rows."""
        address = urlsplit(self.page.url)
        uid = re.match(r"/d/([^/]+)", address.path)
        if uid is None:
            return []
        answer = self.page.context.request.get(f"{address.scheme}://{address.netloc}/api/dashboards/uid/{uid[1]}")
        panels = answer.json()["dashboard"]["panels"] if answer.ok else []
        alone = re.search(r"viewPanel=(?:panel-)?(\d+)", address.query)
        return [panel for panel in panels if panel["type"] != "row" and (not alone or panel["id"] == int(alone[1]))]

    def picture(self, path: Path) -> None:
        """Store what the window shows as a PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)

    def show_everything(self) -> None:
        """Make the window as high as the page."""
        size = self.page.viewport_size
        height = self.page.evaluate("document.documentElement.scrollHeight")
        if size and height > size["height"]:
            self.page.set_viewport_size({"width": size["width"], "height": height})
            self._last_change = time.monotonic()

    def _note_console(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        # Grafana asks for every dashboard whether it is public, and says no by a 404.
        if message.type == "error" and not url.endswith("/public-dashboards"):
            self.problems.append(f"{message.text} ({url})")

    def _request_started(self, request: Request) -> None:
        # Live measurements keep a request open for ever, and the session is renewed in its own time.
        renewal = request.url.endswith("/api/user/auth-tokens/rotate")
        if request.resource_type in {"websocket", "eventsource"} or "/api/live/" in request.url or renewal:
            return
        self._waiting.add(request)
        self._last_change = time.monotonic()

    def _request_answered(self, request: Request) -> None:
        if panel_id := request.headers.get("x-panel-id"):
            self._answered.add(int(panel_id))
        self._request_ended(request)

    def _request_ended(self, request: Request) -> None:
        self._waiting.discard(request)
        self._last_change = time.monotonic()
