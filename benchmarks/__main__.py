"""`python -m benchmarks`: prints the figures; nothing is asserted here."""

import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import databases, mail_delay, query_times, rival, verdicts
from benchmarks import viewers as ten_viewers
from benchmarks.servers import DEFAULT, describe, lacking, servers
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.database import connection
from oddswatch.database.execute import run
from oddswatch.demo.layout import Layout
from oddswatch.errors import UserError
from oddswatch.servers import grafana_home
from oddswatch.servers.grafana import GrafanaServer
from oddswatch.settings.fields import seconds
from oddswatch.settings.site import Settings
from oddswatch.tree import files
from oddswatch.tree.compose import compose
from oddswatch.tree.tree import Tree
from tests.servers.mailbox import LocalMailbox

out = Console(highlight=False, record=True, width=100)
#: Matches that nobody looks for, and that an old mail may lead to.
_MATCHES = {
    "the oldest match": f"SELECT match_id FROM {Layout().prices} ORDER BY collected_at LIMIT 1",
    "an unknown match": "SELECT 'unknown'",
}
FOLDER = Path(__file__).resolve().parent.parent / ".demo" / "bench"


@dataclass(frozen=True)
class Summary:
    """A line of the table at the end."""

    server: str
    rows: int
    timings: list[query_times.Timing]
    rules: float


def main(  # noqa: PLR0913, PLR0917 (options of the command line)
    size: Annotated[list[str] | None, typer.Option(help="Only these sizes; none goes straight to the mails.")] = None,
    server: Annotated[list[str] | None, typer.Option(help="Only these servers.")] = None,
    grafana: Annotated[bool, typer.Option(help="Also through an installed Grafana.")] = True,
    mails: Annotated[bool, typer.Option(help="Also the time from INSERT to mail: 11 minutes.")] = True,
    viewers: Annotated[bool, typer.Option(help="Also ten viewers while prices are stored: 30 minutes.")] = False,
    save: Annotated[Path | None, typer.Option(help="Keep what is printed in this file.")] = None,
) -> None:
    """Measure every dashboard's queries, what the rules cost, and how long a mail takes.

    On the embedded PostgreSQL, and before it on that of the PG* variables, where databases called bench_… are made. By
    name also on those with an extension, which are made for it and gone afterwards.
    """
    sizes = databases.sizes(size)
    home = grafana_home.find() if grafana else None
    out.print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. cpu ms: of the server's process, without parallel workers.")
    for name in server or ():
        if lacks := lacking(name):
            out.print(f"{name} is skipped: {lacks}")
    with servers(FOLDER, server or DEFAULT) as running, tempfile.TemporaryDirectory() as folder:
        summaries = []
        for one in running:
            for chosen in sizes:
                started = time.monotonic()
                database = databases.prepare(one, chosen)
                out.rule(f"{one.name}, {chosen.name}: ready in {time.monotonic() - started:.0f} s")
                place = Path(folder) / f"{one.name}-{chosen.name}"
                summaries.append(_panels(one.name, chosen, database.reader, home, place))
                if home and viewers:
                    _viewers(chosen, database, home, place.with_suffix(".viewers"))
        if summaries:
            _print_summaries(summaries)
        if home and mails and running:
            _mails(databases.prepare(running[-1], databases.SMALL), home, Path(folder) / "mails")
    if save:
        save.write_text(out.export_text(), encoding="utf-8")


def _panels(
    server: str, size: databases.Size, environment: Mapping[str, str], home: Path | None, folder: Path
) -> Summary:
    catalogue = Catalogue(size.settings)
    tree = compose(catalogue)
    with closing(connection.connect(environment=environment)) as session:
        databases.require_enough(session, size.settings)
        rows = databases.rows(session)
        [(size_of_prices,)] = run(session, catalogue.select("table_sizes", "bytes", where="contents = 'Prices'")).rows
        out.print(f"{describe(session)}; {rows:,} prices, {size_of_prices / 1e6:,.0f} MB with indexes")
    plain = list(query_times.through_psycopg2(tree, environment))
    through: dict[str, query_times.Timing] = {}
    if home:
        with _grafana(tree, home, folder, environment) as running:
            through = {t.query.place: t for t in query_times.through_grafana(tree, running, environment)}
    table = _table("Query", "median ms", "first ms", "cpu ms", "Grafana ms", "first ms")
    for timing in plain:
        if timing.error:
            table.add_row(f"{timing.query.place}: {timing.error}")
            continue
        seen = through.get(timing.query.place)
        table.add_row(
            timing.query.place,
            f"{timing.median:.1f}",
            f"{timing.first:.1f}",
            "–" if timing.cpu is None else f"{timing.cpu:.1f}",
            f"{seen.median:.1f}" if seen else "",
            f"{seen.first:.1f}" if seen else "",
        )
    out.print(table)
    for match, asked in _MATCHES.items():
        timings = list(query_times.page_of_match(tree, environment, asked))
        slowest = max(timings, key=lambda timing: timing.median)
        out.print(
            f"the page of {match}: slowest panel {slowest.median:.1f} ms ({slowest.query.place}), "
            f"{sum(bool(timing.error) for timing in timings)} failed"
        )
    _verdicts(size, environment, rows)
    return Summary(server, rows, plain, _cost(tree, plain))


def _verdicts(size: databases.Size, environment: Mapping[str, str], prices: int) -> None:
    table = _table("proof.sample_rows", "matches", "s", "Proof, of value bets")
    table.columns[-1].justify = "left"
    for verdict in verdicts.measure(size.settings, environment, prices):
        seconds_taken = "–" if verdict.seconds is None else f"{verdict.seconds:.1f}"
        table.add_row(f"{verdict.prices:,}", str(verdict.matches), seconds_taken, verdict.said)
    out.print(table)


def _print_summaries(summaries: list[Summary]) -> None:
    out.rule("all")
    table = _table("Server", "prices", "queries", "failed", "sum ms", "slowest ms", "rules %", "slowest panel")
    table.columns[-1].justify = "left"
    for summary in summaries:
        slowest = max((t for t in summary.timings if t.query.kind != "rule"), key=lambda timing: timing.median)
        table.add_row(
            summary.server,
            f"{summary.rows:,}",
            str(len(summary.timings)),
            str(sum(bool(timing.error) for timing in summary.timings)),
            f"{sum(timing.median for timing in summary.timings):.0f}",
            f"{slowest.median:.0f}",
            f"{summary.rules:.2f}",
            slowest.query.place,
        )
    out.print(table)
    out.print("sum: of the medians; rules %: of one core, at their evaluation intervals")


def _table(*columns: str) -> Table:
    """A table of numbers, each line with a name before them."""
    table = Table(*columns, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _cost(tree: Tree, timings: list[query_times.Timing]) -> float:
    """Share of an hour in percent that the queries of all rules take, at their evaluation intervals."""
    interval = {rule["uid"]: seconds(group["interval"]) for group in tree.alerting("groups") for rule in group["rules"]}
    milliseconds = sum(
        (t.median if t.cpu is None else t.cpu) / interval[t.query.key] for t in timings if t.query.kind == "rule"
    )
    return milliseconds / 1000 * 100


def _viewers(size: databases.Size, database: databases.Database, home: Path, folder: Path) -> None:
    tree = compose(Catalogue(size.settings))
    with _grafana(tree, home, folder, database.reader) as running:
        loads = ten_viewers.measure(tree, running, database.owner, database.reader)
    alone = loads[ten_viewers.NOBODY]
    for habit, load in loads.items():
        out.rule(f"ten viewers, {size.name}: {habit}")
        out.print(
            f"INSERT of a collection: median {statistics.median(load.inserts) * 1000:.0f} ms, "
            f"{load.burden(alone):.2f} times as long as alone; at most {load.connections} connections of the role"
        )
        if load.seconds:
            _print_answers(load)


def _print_answers(load: ten_viewers.Load) -> None:
    answers = sorted(taken for all_taken in load.seconds.values() for taken in all_taken)
    slow = {place: max(taken) for place, taken in load.seconds.items() if max(taken) > 1}
    out.print(
        f"{len(answers)} answers: median {statistics.median(answers) * 1000:.0f} ms, "
        f"19 of 20 within {answers[len(answers) * 19 // 20] * 1000:.0f} ms, "
        f"{sum(taken > 1 for taken in answers)} over a second; {len(load.failures)} failed"
    )
    out.print(f"over a second at least once: {', '.join(f'{p} {s:.1f} s' for p, s in slow.items()) or 'nothing'}")
    for failure in load.failures[:5]:
        out.print(failure)


def _mails(database: databases.Database, home: Path, folder: Path) -> None:
    catalogue = Catalogue(_with_every_rule(databases.SMALL.settings))
    with ExitStack() as stack:
        mailbox = stack.enter_context(LocalMailbox())
        missing = rival.missing()
        other = None if missing else stack.enter_context(rival.running(catalogue, database.reader, folder / "rival"))
        stack.enter_context(_grafana(compose(catalogue), home, folder, database.reader, mailbox.address))
        # The mails about what the demo itself holds come first.
        time.sleep(45)
        # The tries see every phase of the rival's push, and so of whatever is more frequent.
        stored = mail_delay.insert(database.owner, rival.PUSH_SECONDS)
        times = _since(stored, mail_delay.arrivals(mailbox, stored, 120))
        out.rule("from INSERT to mail")
        out.print(f"{len(times)} tries: {_summary(times)}")
        if other:
            _compare(stored, times, other)
        else:
            out.print(f"the rival is left out; not installed: {', '.join(missing)}")


def _with_every_rule(settings: Settings) -> Settings:
    """The settings with the rules switched on that are off by default."""
    alerts = {name: rule.model_copy(update={"enabled": True}) for name, rule in settings.alerts}
    return settings.model_copy(update={"alerts": settings.alerts.model_copy(update=alerts)})


def _compare(stored: Mapping[str, float], times: list[float], other: rival.Rival) -> None:
    arrivals = mail_delay.arrivals(other.mailbox, stored, rival.PUSH_SECONDS + 120)
    theirs = _since(stored, arrivals)
    pushed = [arrived - max(push for push in other.pushes if push < arrived) for arrived in arrivals.values()]
    table = _table("Try", "ours s", "rival s", "since its push s")
    for number, row in enumerate(zip(times, theirs, pushed, strict=True), 1):
        table.add_row(str(number), *(f"{seconds:.1f}" for seconds in row))
    out.print(table)
    out.print(f"the rival, same bets and group wait: {_summary(theirs)}")
    out.print(f"ratio of the medians: {statistics.median(theirs) / statistics.median(times):.1f}")
    out.print(
        f"It is a script that asks our rule's question and pushes the answer every {rival.PUSH_SECONDS} s, and "
        f"Prometheus, which scrapes and evaluates every {rival.SCRAPE_SECONDS} s. Most of its time is the wait for the "
        f"next push; from there to the mail: {_summary(pushed)} (the same in all tries, because one interval is a "
        f"multiple of the other; in another run anything up to {2 * rival.SCRAPE_SECONDS} s and the group wait)."
    )


def _since(stored: Mapping[str, float], arrivals: Mapping[str, float]) -> list[float]:
    """Seconds from each INSERT to its mail."""
    return [arrivals[match] - moment for match, moment in stored.items()]


def _summary(times: list[float]) -> str:
    return f"median {statistics.median(times):.1f} s, worst {max(times):.1f} s"


def _grafana(
    tree: Tree, home: Path, folder: Path, environment: Mapping[str, str], smtp: tuple[str, int] | None = None
) -> GrafanaServer:
    files.write(tree, folder / "provisioning")
    variables = {**environment, "ALERT_EMAILS": "bench@example.org"}
    return GrafanaServer(home, folder / "data", folder / "provisioning", environment=variables, smtp=smtp)


if __name__ == "__main__":
    try:
        typer.run(main)
    except UserError as error:
        typer.echo(error.message, err=True)
        raise SystemExit(error.exit_code) from None
