"""What each command of the command line does, step by step, and what it prints."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.checks import check as checking
from oddswatch.checks import preview as previewing
from oddswatch.database import connection
from oddswatch.database import role as roles
from oddswatch.database import suggest as suggesting
from oddswatch.database.version import postgres_warning
from oddswatch.demo import session as demo_session
from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana import clashes, leftovers, removal
from oddswatch.grafana import reload as reloading
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.version import grafana_warning
from oddswatch.names import FOLDER
from oddswatch.servers import grafana as grafana_server
from oddswatch.servers.ports import is_free
from oddswatch.settings import reading as config_file
from oddswatch.tree import files, metrics_page
from oddswatch.tree import plan as planning
from oddswatch.tree.tree import Tree, compose
from oddswatch.tree.validate import validate

#: Results on standard output, progress on standard error.
out = Console(highlight=False, soft_wrap=True)
progress = Console(stderr=True, highlight=False)


def load(config: Path) -> tuple[Catalogue, Tree]:
    """Make the tree of a configuration in memory, validated."""
    catalogue = Catalogue(config_file.load(config))
    tree = compose(catalogue)
    validate(tree)
    return catalogue, tree


def build(config: Path, output: Path) -> None:
    """Write the tree; reload Grafana where GRAFANA_URL names one."""
    _write(*load(config), output)


def _write(catalogue: Catalogue, tree: Tree, output: Path) -> None:
    before = Tree.read(output)
    grafana = Grafana.from_environment()
    if grafana:
        _warn(grafana_warning(grafana.require()))
        clashes.refuse(grafana, tree)
    tree = leftovers.carry(before, tree, leftovers.stored_rules(grafana) if grafana else ())
    plan = planning.compare(before, tree)
    if grafana:
        progress.print("asking Grafana to take it; the first time this waits a minute for its alert manager")
        reloading.introduce(grafana, tree, lambda partly: files.write(partly, output))
    files.write(tree, output)
    _print_plan(output, plan)
    if _page_changes(catalogue, output):
        files.write_text(metrics_page.PAGE, metrics_page.render(catalogue))
    if grafana:
        _reload(grafana, tree, output)


def _warn(warning: str | None) -> None:
    if warning:
        progress.print(f"warning: {warning}", markup=False)


def _reload(grafana: Grafana, tree: Tree, output: Path) -> None:
    reloading.reload(grafana)
    for line in leftovers.remove(grafana, tree, lambda once: files.write(once, output)):
        out.print(f"left in Grafana, because it is in use: {line}", markup=False)
    problems = reloading.read_back(grafana, tree)
    if problems:
        raise UserError(
            f"Grafana at {grafana.url} did not take everything (does it read {output}?):\n  " + "\n  ".join(problems),
            ExitCode.NOT_ACCEPTED,
        )
    out.print(
        f"{grafana.url} has {len(tree.dashboards())} dashboards and {len(tree.rules())} rules, and every rule evaluates"
    )


def remove(output: Path) -> None:
    """Take everything of ours out of the Grafana of GRAFANA_URL, then our files out of its tree."""
    grafana = Grafana.from_environment()
    if grafana is None:
        raise UserError("GRAFANA_URL is not set: the Grafana out of which everything of ours is to go")
    grafana.require()
    kept = removal.remove(grafana, output)
    for line in kept:
        out.print(f"left in Grafana: {line}", markup=False)
    out.print(f"{grafana.url} has nothing {'else ' if kept else ''}of ours any more; the folder {FOLDER!r} is yours")


def diff(config: Path, output: Path) -> None:
    """Print the plan; exit 1 when it is not empty."""
    catalogue, tree = load(config)
    before = Tree.read(output)
    tree = leftovers.carry(before, tree)
    plan = planning.compare(before, tree)
    _print_plan(output, plan)
    if _page_changes(catalogue, output) or before.files != tree.files:
        raise SystemExit(int(ExitCode.FOUND))


def _page_changes(catalogue: Catalogue, output: Path) -> bool:
    """Say and tell whether the page about the metrics, which belongs to the committed tree, is to change."""
    changes = metrics_page.belongs_to(output) and not metrics_page.is_current(catalogue)
    if changes:
        out.print(f"{metrics_page.PAGE} changes", markup=False)
    return changes


def _print_plan(output: Path, plan: planning.Plan) -> None:
    out.print(f"{output}", markup=False)
    for line in plan.lines():
        out.print(line, markup=False)


def check(config: Path) -> None:
    """Run every query and print the result; exit 1 when one fails."""
    catalogue, tree = load(config)
    with closing(connection.connect()) as session:
        _warn(postgres_warning(session.server_version))
    if not _show_check(tree, catalogue):
        raise SystemExit(int(ExitCode.FOUND))


def suggest() -> None:
    """Print the configuration that fits the database, as YAML for config.yml."""
    with closing(connection.connect()) as session:
        out.print(suggesting.suggest(session).text(), markup=False)


def _show_check(tree: Tree, catalogue: Catalogue) -> bool:
    outcomes = checking.check(tree, catalogue.settings)
    table = Table("Query", "Rows", "ms", "Says now", box=None, pad_edge=False)
    for column in (1, 2):
        table.columns[column].justify = "right"
    for outcome in outcomes:
        if outcome.error:
            table.add_row(outcome.query.place, "", "", f"[red]failed[/red]: {_escaped(outcome.error)}")
        else:
            table.add_row(
                outcome.query.place, str(outcome.rows), f"{outcome.milliseconds:.0f}", _escaped(outcome.value)
            )
    out.print(table)
    failed = sum(bool(outcome.error) for outcome in outcomes)
    out.print(f"{len(outcomes)} queries under {' and '.join(checking.TIME_ZONES)}, {failed} failed")
    return not failed


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")


def preview(config: Path) -> None:
    """Print the mails that would be sent now; exit 1 when a rule's query fails."""
    catalogue, _ = load(config)
    found = previewing.preview(catalogue)
    mails = found.mails(catalogue.settings, os.environ.get("GRAFANA_URL") or "http://localhost:3000")
    for mail in mails:
        settings = mail.rule.settings
        lasting = "" if settings.for_ == "0s" else f", once it lasted {settings.for_}"
        out.rule(f"{mail.rule.title} ({settings.severity}{lasting})", align="left")
        out.print(f"Subject: {mail.subject}\n", markup=False)
        out.print(mail.text, markup=False)
    out.print(f"{_number(len(found.alerts), 'alert')} would fire now, in {_number(len(mails), 'mail')}")
    if found.failures:
        raise UserError("\n".join(found.failures), ExitCode.FOUND)


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def role(config: Path, name: str, *, apply: bool) -> None:
    """Print or run the SQL of the read-only role."""
    site = config_file.load(config)
    if apply:
        beyond = roles.apply(site, name)
        out.print(f"the role {name!r} is ready: set PGUSER={name} and its password for Grafana", markup=False)
        for right in beyond:
            out.print(f"it can also {right}; see docs/operating.md", markup=False)
    else:
        out.print(roles.script(site, name, os.environ.get("PGDATABASE", "odds")), markup=False)


def demo(folder: Path, prices: Path | None) -> None:
    """Run the demo database and its feed until Ctrl-C; that of the PG* variables, where they name one."""
    with _until_stopped() as stopped, _bar() as heard:
        if os.environ.get("PGHOST"):
            connection.require()
            with demo_session.given(heard) as session:
                out.print(f"feeding the demo into the database {session.info.dbname!r}; Ctrl-C stops it")
                stopped.wait()
        else:
            with demo_session.embedded(folder, prices, heard) as server:
                for variable, value in server.environment().items():
                    out.print(f"export {variable}={value}", markup=False)
                progress.print("the demo database runs; Ctrl-C stops it")
                stopped.wait()


def run(config: Path, output: Path, folder: Path) -> None:
    """Build, show what every metric says now, and start a Grafana on it; everything stops with Ctrl-C."""
    catalogue, tree = load(config)
    with _until_stopped() as stopped, ExitStack() as running:
        if connection.missing() == list(connection.REQUIRED):
            progress.print("no PGHOST is set: starting the embedded PostgreSQL with the demo")
            with _bar() as heard:
                server = running.enter_context(demo_session.embedded(folder, None, heard))
            os.environ |= server.environment()
        _write(catalogue, tree, output)
        healthy = _show_check(tree, catalogue)
        if os.environ.get("GRAFANA_URL"):
            return
        home = grafana_server.find()
        if home is None:
            out.print(
                "No Grafana here. Install it (https://grafana.com/grafana/download, then again: make run), "
                "or with Docker: docker compose --profile demo up"
            )
            if not healthy:
                raise SystemExit(int(ExitCode.FOUND))
            return
        progress.print("starting Grafana")
        grafana = grafana_server.GrafanaServer(
            home, folder / "grafana", output, port=_port(), environment={"ALERT_EMAILS": _receivers()}
        )
        running.enter_context(grafana)
        out.print(f"Grafana: {grafana.url}/d/oddswatch-opportunities")
        out.print(f"log in as {grafana.user} with the password {grafana.password}", markup=False)
        progress.print("Ctrl-C stops everything this command started")
        stopped.wait()


def _port() -> int | None:
    """Grafana's usual port where it is free, so that a bookmark works the next time."""
    return 3000 if is_free(3000) else None


def _receivers() -> str:
    return os.environ.get("ALERT_EMAILS", "nobody@example.invalid")


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """An event that Ctrl-C or a polite `kill` sets, so that everything started can be stopped in order."""
    stopped = threading.Event()

    def stop(number: int, _: Any) -> None:
        stopped.set()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    except KeyboardInterrupt:
        progress.print("stopped")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bar() -> Iterator[Any]:
    """A progress bar on standard error; yields the function that moves it."""
    bar = Progress(TextColumn("{task.description}"), BarColumn(), console=progress, transient=True)
    task = bar.add_task("", total=1.0)

    def heard(share: float, what: str) -> None:
        bar.start()
        bar.update(task, completed=share, description=what)
        if share >= 1:
            bar.stop()

    try:
        yield heard
    finally:
        bar.stop()
