"""The servers of the tests, the marks of their layers, and the word at the end about what did not run.

| fixture | is |
|---|---|
| `postgres` | a PostgreSQL server with an empty database, for the session |
| `database` | an empty database on it, for one test |
| `server_folder` | a folder for a PostgreSQL of one test's own |
| `new_schema` | a database whose schema `public` is new for each test: faster, for tests that stay in it |
| `tables` | a database with all tables and no rows, for the session; nobody writes to it |
| `market` | a database with a small market as of now, for the tests of one file; nobody writes to it |
| `mailbox` | a mail server that keeps what it gets; emptied before each test |
| `start_grafana` | starts further Grafanas, with files and data of their own |
| `grafana` | one Grafana on the committed provisioning tree, for the session |
| `client` | its HTTP API, as its admin |
| `page` | a tab in Chromium |
| `demo_database` | the demo, for the session; nobody writes to it |
| `demo_grafana` | one Grafana on the tree and the demo |
| `empty_grafana` | one Grafana on the tree and a database whose tables are empty |
| `images` | the folder for pictures: `--images DIR`, or a temporary one |
"""

import os
import secrets
import shlex
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import pytest
from playwright.sync_api import Browser
from pytest_docker.plugin import DockerComposeExecutor, Services

from oddswatch.demo.seed import seed
from oddswatch.names import ROOT
from oddswatch.servers import grafana_home
from oddswatch.servers.grafana import GrafanaServer
from oddswatch.servers.ports import free_port
from oddswatch.servers.postgres import EmbeddedPostgres
from tests.data import small_market
from tests.servers import browser as chromium
from tests.servers import docker as docker_finder
from tests.servers import folders
from tests.servers.browser import GrafanaPage
from tests.servers.client import GrafanaClient
from tests.servers.docker import Docker
from tests.servers.grafana import Compose, ContainerGrafana, Grafana
from tests.servers.mailbox import CatcherMailbox, LocalMailbox, Mailbox
from tests.servers.postgres import Postgres

LAYERS = ("unit", "database", "grafana", "browser")
#: Before all others: what it finds, the others would say a hundred times.
FIRST = "test_committed_tree.py"
#: Then those that take minutes, most of them waiting for mails, so that the others fill the time.
LONG = (
    "test_outages.py",
    "test_dashboards.py",
    "test_sql_style.py",
    "test_mails.py",
    "test_life_of_rules.py",
    "test_alerts.py",
)
#: What points to a person's own servers, and what makes `run` fetch others; no test may reach them.
PERSONAL = (
    "PG",
    "POSTGRES_",
    "DISCORD_",
    "TELEGRAM_",
    "WEBHOOK_",
    "GRAFANA_",
    "GF_",
    "ALERT_",
    "SMTP_",
    "MAIL_",
    "COMPOSE_",
    "DOWNLOAD",
)
#: … but where Grafana is installed is a fact of the machine.
IMPERSONAL = {"GRAFANA_HOME"}


class StartGrafana(Protocol):
    """Starts a Grafana that is stopped at the end of the session at the latest.

    Args:
        provisioning: the folder it reads.
        database: what the PG* variables inside it lead to; the session's by default.
        environment: further variables, such as `GF_…` settings.
        data: its data folder, to share or to look into; a new one by default.
        mail: whether it sends mails to `mailbox`.
    """

    def __call__(
        self,
        provisioning: Path,
        *,
        database: Postgres | None = None,
        environment: Mapping[str, str] | None = None,
        data: Path | None = None,
        mail: bool = True,
    ) -> Grafana: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--images", type=Path, metavar="DIR", help="keep the pictures of the browser tests here")
    parser.addoption("--quick", action="store_true", help="leave out what is marked slow")
    parser.addoption("--tree", type=Path, metavar="DIR", default=ROOT / "provisioning", help="the tree to be tested")


def pytest_configure() -> None:
    for name in [name for name in os.environ if name.startswith(PERSONAL) and name not in IMPERSONAL]:
        del os.environ[name]
    os.environ.pop("DOCKER", None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test belongs to the layer in whose folder it stands; the cheap layers run first, but for what takes long."""
    for item in items:
        item.add_marker(_layer(item.path))
        if config.getoption("--quick") and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow; make test runs them"))
    order = (FIRST, *LONG)
    items.sort(
        key=lambda item: (
            order.index(item.path.name) if item.path.name in order else len(order),
            LAYERS.index(_layer(item.path)),
        )
    )


def _layer(path: Path) -> str:
    layer = path.relative_to(ROOT / "tests").parts[0]
    if layer not in LAYERS:
        raise pytest.UsageError(f"{path}: tests stand in one of {', '.join(LAYERS)}")
    return layer


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """Say what did not run and why, after everything else."""
    result = yield
    reporter: pytest.TerminalReporter | None = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return result
    skipped = reporter.stats.get("skipped", [])
    reasons = Counter((_layer(ROOT / report.nodeid.split("::")[0]), _reason(report)) for report in skipped)
    if reasons:
        reporter.write_line("Not run:", yellow=True)
    for (layer, reason), number in reasons.items():
        reporter.write_line(f"  {number} of tests/{layer}: {reason}", yellow=True)
    return result


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


# --- Docker: pytest-docker runs these services of docker-compose.yml; Grafana itself is started by `start_grafana`


@pytest.fixture(scope="session")
def docker() -> Docker | str:
    """A usable Docker, or the reason why there is none."""
    return docker_finder.find()


@pytest.fixture(scope="session")
def compose_settings() -> dict[str, str]:
    """What .env would hold: new passwords and free ports."""
    return {
        "GRAFANA_PASSWORD": secrets.token_urlsafe(),
        "GRAFANA_PORT": str(free_port()),
        "MAIL_PORT": str(free_port()),
        "PGPASSWORD": secrets.token_urlsafe(),
        "POSTGRES_PORT": str(free_port()),
    }


@pytest.fixture(scope="session")
def docker_compose_command(
    docker: Docker | str, compose_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Compose with a file of our own in place of the .env of the person, whose servers it may name."""
    assert isinstance(docker, Docker)
    file = tmp_path_factory.mktemp("compose") / "env"
    file.write_text("".join(f"{name}={value}\n" for name, value in compose_settings.items()), encoding="utf-8")
    return f'{docker.compose} --env-file "{file}"'


@pytest.fixture(scope="session")
def docker_compose_file() -> str:
    return str(docker_finder.COMPOSE_FILE)


@pytest.fixture(scope="session")
def docker_setup() -> str:
    return "up -d postgres mail"


@pytest.fixture(scope="session")
def compose(
    docker_services: Services, docker_compose_command: str, docker_compose_file: str, docker_compose_project_name: str
) -> Compose:
    def execute(subcommand: str, variables: Mapping[str, str] = MappingProxyType({}), /) -> object:
        assignments = shlex.join(f"{name}={value}" for name, value in variables.items())
        executor = DockerComposeExecutor(
            f"env {assignments} {docker_compose_command}", docker_compose_file, docker_compose_project_name
        )
        return executor.execute(subcommand)

    return execute


# --- servers


@pytest.fixture(scope="session")
def postgres(docker: Docker | str, request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """A PostgreSQL server for the session, and its database `odds`, empty."""
    if isinstance(docker, Docker):
        settings = request.getfixturevalue("compose_settings")
        yield _composed_postgres(request.getfixturevalue("compose"), settings)
        return
    with folders.passable() as folder, EmbeddedPostgres(folder) as server:
        environment = server.environment()
        yield Postgres(environment, environment, server.stop, server.start)


def _composed_postgres(compose: Compose, settings: Mapping[str, str]) -> Postgres:
    credentials = {
        "PGDATABASE": "odds",
        "PGUSER": "postgres",
        "PGPASSWORD": settings["PGPASSWORD"],
        "PGSSLMODE": "disable",
    }

    def start() -> None:
        compose("start postgres")
        server.wait_until_ready()

    server = Postgres(
        environment={"PGHOST": "127.0.0.1", "PGPORT": settings["POSTGRES_PORT"], **credentials},
        for_grafana={"PGHOST": "postgres", "PGPORT": "5432", **credentials},
        stop=lambda: compose("stop postgres"),
        start=start,
    )
    server.wait_until_ready()
    return server


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder for a server of one test's own."""
    with folders.passable() as folder:
        yield folder


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Postgres]:
    """An empty database for one test."""
    database = postgres.create_database()
    yield database
    database.drop()


@pytest.fixture(scope="session")
def _kept_database(postgres: Postgres) -> Iterator[Postgres]:
    database = postgres.create_database()
    yield database
    database.drop()


@pytest.fixture
def new_schema(_kept_database: Postgres) -> Postgres:
    """A database for one test that makes nothing outside of the schema `public`."""
    _kept_database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return _kept_database


@pytest.fixture(scope="session")
def tables(postgres: Postgres) -> Iterator[Postgres]:
    """A database with all tables and no rows."""
    with postgres.tables() as database:
        yield database


@pytest.fixture(scope="module")
def market(postgres: Postgres) -> Iterator[Postgres]:
    """A small market: its matches start, and its prices age, while a session goes on."""
    database = postgres.create_database()
    small_market.fill(database.connect(autocommit=False))
    yield database
    database.drop()


@pytest.fixture(scope="session")
def _mailbox(docker: Docker | str, request: pytest.FixtureRequest) -> Iterator[Mailbox]:
    mailbox: Mailbox
    if isinstance(docker, Docker):
        compose = request.getfixturevalue("compose")
        api = f"http://127.0.0.1:{request.getfixturevalue('compose_settings')['MAIL_PORT']}"
        mailbox = CatcherMailbox(api, start=lambda: compose("start mail"), stop=lambda: compose("stop mail"))
    else:
        mailbox = LocalMailbox()
    mailbox.start()
    yield mailbox
    mailbox.stop()


@pytest.fixture
def mailbox(_mailbox: Mailbox) -> Iterator[Mailbox]:
    """The mail server of all Grafanas here, empty; started again should the test leave it stopped."""
    _mailbox.clear()
    yield _mailbox
    _mailbox.start()


@pytest.fixture(scope="session")
def start_grafana(
    docker: Docker | str,
    postgres: Postgres,
    _mailbox: Mailbox,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[StartGrafana]:
    """Starts Grafanas: in containers where Docker is, else the installed one; skips where there is neither."""
    home = None if isinstance(docker, Docker) else grafana_home.find()
    if isinstance(docker, str) and home is None:
        pytest.skip(f"{docker}, and no Grafana is installed (GRAFANA_HOME names one)")
    started: list[Grafana] = []

    def start(
        provisioning: Path,
        *,
        database: Postgres | None = None,
        environment: Mapping[str, str] | None = None,
        data: Path | None = None,
        mail: bool = True,
    ) -> Grafana:
        variables = {**(database or postgres).for_grafana, "ALERT_EMAILS": "alerts@example.org", **(environment or {})}
        folder = data or tmp_path_factory.mktemp("grafana")
        grafana: Grafana
        if home:
            smtp = _mailbox.address if mail else None
            grafana = GrafanaServer(home, folder, provisioning, environment=variables, smtp=smtp)
        else:
            variables = {"GF_SMTP_ENABLED": str(mail).lower(), **variables}
            compose = request.getfixturevalue("compose")
            password = request.getfixturevalue("compose_settings")["GRAFANA_PASSWORD"]
            grafana = ContainerGrafana(compose, folder, provisioning, variables, password)
        started.append(grafana)
        grafana.start()
        return grafana

    yield start
    for grafana in started:
        grafana.stop()
        if isinstance(grafana, ContainerGrafana):
            grafana.remove()


@pytest.fixture(scope="session")
def tree_folder(request: pytest.FixtureRequest) -> Path:
    """The provisioning tree under test."""
    folder: Path = request.config.getoption("--tree")
    return folder.resolve()


@pytest.fixture(scope="session")
def grafana(start_grafana: StartGrafana, tree_folder: Path) -> Grafana:
    """One Grafana on the committed provisioning tree and the session's database."""
    return start_grafana(tree_folder)


@pytest.fixture(scope="session")
def demo_database(postgres: Postgres) -> Iterator[Postgres]:
    """A database with the demo, as of now."""
    database = postgres.create_database()
    with closing(database.connect(autocommit=False)) as session:
        seed(session, datetime.now(UTC))
    yield database
    database.drop()


@pytest.fixture(scope="session")
def demo_grafana(start_grafana: StartGrafana, tree_folder: Path, demo_database: Postgres) -> Grafana:
    """One Grafana on the tree and the demo; it sends no mail."""
    return start_grafana(tree_folder, database=demo_database, mail=False)


@pytest.fixture(scope="session")
def empty_grafana(start_grafana: StartGrafana, tree_folder: Path, tables: Postgres) -> Grafana:
    """One Grafana on the tree and a database with all tables and no rows; it sends no mail."""
    return start_grafana(tree_folder, database=tables, mail=False)


@pytest.fixture
def client(grafana: Grafana) -> Iterator[GrafanaClient]:
    """The HTTP API of `grafana`."""
    with GrafanaClient(grafana) as client:
        yield client


# --- browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium for the session; skips where there is none."""
    executable = chromium.find_chromium()
    if executable is None:
        pytest.skip("no Chromium is installed (CHROMIUM names one)")
    with chromium.launch(executable) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[GrafanaPage]:
    """An empty tab of 1440 × 900 pixels, in UTC, in a session of its own."""
    with chromium.new_page(browser) as page:
        yield page


@pytest.fixture
def images(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder for pictures."""
    folder: Path | None = request.config.getoption("--images")
    return folder.resolve() if folder else tmp_path
