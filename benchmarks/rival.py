"""What people had before: a script that pushes what it counts every few minutes, Prometheus and Alertmanager.

It asks the same database the question of our own rule, so that both know the same value bets, and mails them with the
same grouping: what differs is the way.
"""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import yaml

from alerting.contact import notification_settings
from alerting.queries import condition_sql
from alerting.rules import Rule, rules
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.database import connection
from oddswatch.database.execute import run
from oddswatch.servers.ports import HOST, free_port
from tests.servers.mailbox import LocalMailbox
from tests.servers.waiting import wait_for

#: The programs, as Debian's packages call them.
PROMETHEUS, PUSHGATEWAY, ALERTMANAGER = "prometheus", "prometheus-pushgateway", "prometheus-alertmanager"
#: From one push of the script to the next.
PUSH_SECONDS = 300
#: From one scrape to the next, and from one evaluation to the next.
SCRAPE_SECONDS = 15
_START_SECONDS = 30


@dataclass(frozen=True)
class Rival:
    """What of the rival is seen from outside.

    Attributes:
        mailbox: gets its mails.
        pushes: when each push began, on the clock of `time.monotonic`.
    """

    mailbox: LocalMailbox
    pushes: list[float]


def missing() -> list[str]:
    """Names of the programs that are not installed."""
    return [program for program in (PROMETHEUS, PUSHGATEWAY, ALERTMANAGER) if not shutil.which(program)]


@contextmanager
def running(catalogue: Catalogue, environment: Mapping[str, str], folder: Path) -> Iterator[Rival]:
    """Run it until the end of the context, on 127.0.0.1 and with its data in `folder`, on these PG* variables.

    Raises what its script met, at the end.
    """
    folder.mkdir(parents=True)
    rule = next(rule for rule in rules(catalogue) if rule.name == "value_bet")
    with ExitStack() as stack:
        mailbox = stack.enter_context(LocalMailbox())
        pushgateway = stack.enter_context(_server(PUSHGATEWAY, folder, "--persistence.file="))
        _write(folder / "alertmanager.yml", _mailing(rule, catalogue, mailbox))
        storage = f"--storage.path={folder / 'alertmanager'}"
        alertmanager = stack.enter_context(
            _server(ALERTMANAGER, folder, "--config.file=alertmanager.yml", storage, "--cluster.listen-address=")
        )
        _write(folder / "rules.yml", _rules(rule))
        _write(folder / "prometheus.yml", _scraping(pushgateway, alertmanager))
        storage = f"--storage.tsdb.path={folder / 'prometheus'}"
        stack.enter_context(_server(PROMETHEUS, folder, "--config.file=prometheus.yml", storage))
        yield Rival(mailbox, stack.enter_context(_script(rule, catalogue, environment, pushgateway)))


def _mailing(rule: Rule, catalogue: Catalogue, mailbox: LocalMailbox) -> dict[str, Any]:
    """Alertmanager's configuration: when ours mails, and without a word of how it looks."""
    route = notification_settings(catalogue.settings, rule.settings.severity)
    mail = {
        "to": "bench@example.org",
        "from": "rival@example.org",
        "smarthost": "{}:{}".format(*mailbox.address),
        "require_tls": False,
        "text": "{{ range .Alerts }}{{ .Labels.match_id }}\n{{ end }}",
    }
    return {"route": route, "receivers": [{"name": route["receiver"], "email_configs": [mail]}]}


def _rules(rule: Rule) -> dict[str, Any]:
    alert = {"alert": rule.title, "expr": f"{rule.name} >= {rule.threshold.fires[1]}"}
    return {"groups": [{"name": rule.group, "rules": [alert]}]}


def _scraping(pushgateway: str, alertmanager: str) -> dict[str, Any]:
    every = f"{SCRAPE_SECONDS}s"
    return {
        "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            {"job_name": "pushgateway", "honor_labels": True, "static_configs": [{"targets": [pushgateway]}]}
        ],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
    }


@contextmanager
def _script(
    rule: Rule, catalogue: Catalogue, environment: Mapping[str, str], pushgateway: str
) -> Iterator[list[float]]:
    """Push now and every `PUSH_SECONDS` until the end of the context; yield when each push began."""
    pushes: list[float] = []
    ended = threading.Event()

    def push() -> None:
        with closing(connection.connect(environment=environment)) as session:
            while not ended.is_set():
                pushes.append(time.monotonic())
                found = run(session, condition_sql(rule, catalogue))
                text = _exposition(rule.name, found.columns, found.rows)
                httpx.put(f"http://{pushgateway}/metrics/job/odds", content=text, trust_env=False).raise_for_status()
                ended.wait(PUSH_SECONDS)

    with ThreadPoolExecutor() as pool:
        pushing = pool.submit(push)
        try:
            yield pushes
        finally:
            ended.set()
            pushing.result()


def _exposition(name: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Prometheus' text format: one gauge for each row, its last column, labelled by the columns before."""
    lines = [f"# TYPE {name} gauge"]
    for *labels, value in rows:
        # JSON escapes what this format does: backslash, quotation mark and line feed.
        named = (
            f"{column}={json.dumps(label, ensure_ascii=False)}" for column, label in zip(columns, labels, strict=False)
        )
        lines.append(f"{name}{{{','.join(named)}}} {value}")
    return "".join(f"{line}\n" for line in lines)


@contextmanager
def _server(program: str, folder: Path, *options: str) -> Iterator[str]:
    """Run a program in `folder` until the end of the context; yield its host and port."""
    address = f"{HOST}:{free_port()}"
    log = folder / f"{program}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, f"--web.listen-address={address}", *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(partial(_is_ready, address), _START_SECONDS, lambda: f"{program}, which said:\n{log.read_text()}")
        yield address
    finally:
        # It has nothing that is to be kept.
        process.kill()
        process.wait()


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/-/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
