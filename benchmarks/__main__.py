"""`python -m benchmarks`: prints the figures; nothing is asserted here."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import databases, mail_delay, query_times
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.servers import grafana_home
from oddswatch.servers.grafana import GrafanaServer
from oddswatch.settings.fields import seconds
from oddswatch.tree import files
from oddswatch.tree.compose import compose
from oddswatch.tree.tree import Tree
from tests.servers.mailbox import LocalMailbox

out = Console(highlight=False, record=True, width=100)
FOLDER = Path(__file__).resolve().parent.parent / ".demo" / "bench"


def main(
    size: Annotated[list[str] | None, typer.Option(help="Only these sizes.")] = None,
    grafana: Annotated[bool, typer.Option(help="Also through an installed Grafana.")] = True,
    mails: Annotated[bool, typer.Option(help="Also the time from INSERT to mail.")] = True,
    save: Annotated[Path | None, typer.Option(help="Keep what is printed in this file.")] = None,
) -> None:
    """Measure every dashboard's queries, what the rules cost, and how long a mail takes."""
    home = grafana_home.find() if grafana else None
    with databases.server(FOLDER) as running, tempfile.TemporaryDirectory() as folder:
        for chosen in (s for s in databases.SIZES if not size or s.name in size):
            started = time.monotonic()
            environment = databases.prepare(running, chosen, lambda share, what: None)
            tree = compose(Catalogue(chosen.settings))
            took = time.monotonic() - started
            out.rule(f"{chosen.name}: {databases.rows(environment):,} prices, ready in {took:.0f} s")
            _panels(tree, chosen, environment, home, Path(folder) / chosen.name)
        if home and mails:
            demo = databases.SIZES[0]
            _mails(demo, databases.prepare(running, demo, lambda share, what: None), home, Path(folder) / "mails")
    if save:
        save.write_text(out.export_text(), encoding="utf-8")


def _panels(tree: Tree, size: databases.Size, environment: dict[str, str], home: Path | None, folder: Path) -> None:
    plain = list(query_times.through_psycopg2(tree, environment))
    through: dict[str, query_times.Timing] = {}
    if home:
        with _grafana(tree, home, folder, environment) as server:
            through = {t.query.place: t for t in query_times.through_grafana(tree, server, environment)}
    table = Table("Query", "median ms", "first ms", "Grafana ms", "first ms", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for timing in plain:
        seen = through.get(timing.query.place)
        table.add_row(
            timing.query.place,
            f"{timing.median:.1f}",
            f"{timing.first:.1f}",
            f"{seen.median:.1f}" if seen else "",
            f"{seen.first:.1f}" if seen else "",
        )
    out.print(table)
    out.print(f"slowest median: {max(t.median for t in plain if t.query.kind != 'rule'):.0f} ms")
    out.print(f"the rules cost {_cost(tree, plain):.2f} % of one core")


def _cost(tree: Tree, timings: list[query_times.Timing]) -> float:
    """Share of an hour in percent that the queries of all rules take, at their evaluation intervals."""
    interval = {rule["uid"]: seconds(group["interval"]) for group in tree.alerting("groups") for rule in group["rules"]}
    milliseconds = sum(t.median / interval[t.query.key] for t in timings if t.query.kind == "rule")
    return milliseconds / 1000 * 100


def _mails(size: databases.Size, environment: dict[str, str], home: Path, folder: Path) -> None:
    mailbox = LocalMailbox()
    mailbox.start()
    with _grafana(compose(Catalogue(size.settings)), home, folder, environment, mailbox.address):
        # The mails about what the demo itself holds come first.
        time.sleep(45)
        times = mail_delay.measure(environment, mailbox)
    mailbox.stop()
    out.rule("from INSERT to mail")
    out.print(f"{len(times)} tries: median {statistics.median(times):.1f} s, worst {max(times):.1f} s")


def _grafana(
    tree: Tree, home: Path, folder: Path, environment: dict[str, str], smtp: tuple[str, int] | None = None
) -> GrafanaServer:
    files.write(tree, folder / "provisioning")
    variables = {**environment, "ALERT_EMAILS": "bench@example.org"}
    return GrafanaServer(home, folder / "data", folder / "provisioning", environment=variables, smtp=smtp)


if __name__ == "__main__":
    typer.run(main)
