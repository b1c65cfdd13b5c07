"""`generate.py push` on a real Grafana: ours arrives through the HTTP API, and nothing else changes.

Each test has an organisation of its own on one Grafana; the first organisation has the same tree from files.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import httpx
import pytest

from oddswatch.commands.push import push
from oddswatch.errors import ExitCode
from oddswatch.grafana import reload
from oddswatch.names import FOLDER, rule_uid
from tests.conftest import StartGrafana
from tests.servers.command import generate
from tests.servers.grafana import Grafana
from tests.servers.person import Person
from tests.servers.postgres import Postgres
from tests.servers.waiting import wait_for

PROVISIONING = "/api/v1/provisioning"
SOURCE = "grafana: {datasource_uid: theirs}\n"
#: Without a rule of a group that stays, and without all rules of another.
FEWER = "alerts: {high_spread: {enabled: false}, bankroll: {enabled: false}, yield: {enabled: false}, "
FEWER = f"{SOURCE}{FEWER}win_rate: {{enabled: false}}}}\n"
QUIET = f"{SOURCE}mail: {{quiet_hours: {{enabled: true}}, policy_tree: true}}\n"
TELEGRAM = "channels: {telegram: {severities: [critical], chat: '1'}}\n"
AWKWARD = "glsa_\"'\\%s$HOME`"


@pytest.fixture(scope="module")
def grafana(
    start_grafana: StartGrafana, tables: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grafana]:
    """A Grafana whose first organisation has ours from files."""
    tree = tmp_path_factory.mktemp("tree")
    config = tmp_path_factory.mktemp("config") / "config.yml"
    config.write_text(SOURCE, encoding="utf-8")
    assert generate("build", "--config", config, "--output", tree).returncode == ExitCode.OK
    polls = {"GF_UNIFIED_ALERTING_ALERTMANAGER_CONFIG_POLL_INTERVAL": "1s"}
    grafana = start_grafana(tree, database=tables, environment=polls, mail=False)
    yield grafana
    grafana.stop()


@dataclass(frozen=True)
class Organisation:
    """One organisation of the Grafana: a person and a program in it, and the token of an Editor's service account."""

    url: str
    person: Person
    program: Person
    token: str
    folder: Path

    def generate(self, *command: str, config: str = SOURCE, **environment: str) -> CompletedProcess[str]:
        """Run `generate.py` with the token; a variable that is empty counts as not set."""
        file = self.folder / "config.yml"
        file.write_text(config, encoding="utf-8")
        options = () if "remove" in command else ("--config", file)
        given = {"GRAFANA_URL": self.url, "GRAFANA_TOKEN": self.token, "ALERT_EMAILS": "a$b@example.org"}
        return generate(*command, *options, environment={**given, **environment})

    def has(self, path: str) -> Any:
        return self.person.does("GET", path)

    def ours(self) -> set[str]:
        """The titles and names of all that is ours by uid or name."""
        names = [thing["title"] for thing in self.has("/api/search?type=dash-db") if is_ours(thing)]
        names += [thing["title"] for thing in self.has(f"{PROVISIONING}/alert-rules") if is_ours(thing)]
        names += [thing["name"] for thing in self.has(f"{PROVISIONING}/contact-points") if is_ours(thing)]
        for kind in ("templates", "mute-timings"):
            found = self.has(f"{PROVISIONING}/{kind}") or []
            names += [thing["name"] for thing in found if thing["name"].startswith("Oddswatch ")]
        return set(names)


def is_ours(thing: dict[str, Any]) -> bool:
    return bool(thing["uid"].startswith("oddswatch-"))


def token_of(person: Person, role: str) -> str:
    account = person.does("POST", "/api/serviceaccounts", {"name": role, "role": role})
    return str(person.does("POST", f"/api/serviceaccounts/{account['id']}/tokens", {"name": role})["key"])


@pytest.fixture
def organisation(
    grafana: Grafana, tables: Postgres, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Organisation]:
    """An organisation with a PostgreSQL data source, and nothing of ours."""
    with closing(Person(grafana)) as admin:
        number = admin.does("POST", "/api/orgs", {"name": request.node.name})["orgId"]
        with closing(Person(grafana, number)) as person, closing(Person(grafana, number, by_hand=False)) as program:
            server = tables.for_grafana
            source = {
                "uid": "theirs",
                "name": "Theirs",
                "type": "grafana-postgresql-datasource",
                "access": "proxy",
                "url": f"{server['PGHOST']}:{server['PGPORT']}",
                "user": server["PGUSER"],
                "jsonData": {"database": server["PGDATABASE"], "sslmode": server["PGSSLMODE"]},
                "secureJsonData": {"password": server["PGPASSWORD"]},
            }
            person.does("POST", "/api/datasources", source)
            wait_for(lambda: person.may(f"{PROVISIONING}/contact-points"), 30, lambda: "its alert manager")
            # Not used before a test begins: Grafana remembers for a minute in which folders it may read.
            yield Organisation(grafana.url, person, program, token_of(person, "Editor"), tmp_path)
        admin.does("DELETE", f"/api/orgs/{number}")


def things(has: Callable[[str], Any]) -> dict[str, Any]:
    """Dashboards, rules, templates and contact points of ours, without what is Grafana's own count or its place."""
    models = [has(f"/api/dashboards/uid/{found['uid']}")["dashboard"] for found in has("/api/search?type=dash-db")]
    rules = [has(f"{PROVISIONING}/alert-rules/{rule['uid']}") for rule in has(f"{PROVISIONING}/alert-rules")]
    points = [point for point in has(f"{PROVISIONING}/contact-points") if is_ours(point)]
    of_grafana = {"id", "version", "orgID", "folderUID", "updated", "provenance"}
    found: dict[str, Any] = {
        thing["uid"]: {key: value for key, value in thing.items() if key not in of_grafana}
        for thing in (*models, *rules, *points)
    }
    found["templates"] = [template["template"].strip() for template in has(f"{PROVISIONING}/templates")]
    return found


def test_an_editor_brings_what_files_would_and_a_second_time_nothing(
    organisation: Organisation, grafana: Grafana
) -> None:
    shown = organisation.generate("diff", "--push")
    assert shown.returncode == ExitCode.FOUND
    assert organisation.ours() == set()

    pushed = organisation.generate("push")
    assert pushed.returncode == ExitCode.OK, pushed.stderr
    assert pushed.stdout.splitlines()[:-1] == shown.stdout.splitlines()
    with closing(Person(grafana)) as admin:
        by_files = things(partial(admin.does, "GET"))
    by_files = json.loads(json.dumps(by_files).replace('"oddswatch-postgres"', '"theirs"'))
    by_push = things(organisation.has)
    assert len(by_files) > 20
    assert by_push.keys() == by_files.keys()
    for uid, thing in by_push.items():
        if "addresses" in str(thing.get("settings") if isinstance(thing, dict) else ""):
            # From the environment of whoever pushes, as it stands; in the file the variable of Grafana's.
            assert thing["settings"].pop("addresses") == "a$b@example.org"
            assert by_files[uid]["settings"].pop("addresses") == "alerts@example.org"
        assert thing == by_files[uid]
    rules, dashboards = (
        len(organisation.has(path)) for path in (f"{PROVISIONING}/alert-rules", "/api/search?type=dash-db")
    )
    assert pushed.stdout.endswith(f"has {dashboards} dashboards and {rules} rules, and every rule evaluates\n")
    assert organisation.token not in pushed.stdout + pushed.stderr + grafana.log()

    before = moments(organisation)
    again = organisation.generate("push")
    assert again.returncode == ExitCode.OK
    assert "Nothing to change, " in again.stdout
    assert moments(organisation) == before


def moments(organisation: Organisation) -> list[str]:
    """When each was written last."""
    rules = [rule["updated"] for rule in organisation.has(f"{PROVISIONING}/alert-rules")]
    found = organisation.has("/api/search?type=dash-db")
    return rules + [organisation.has(f"/api/dashboards/uid/{one['uid']}")["meta"]["updated"] for one in found]


def theirs(organisation: Organisation) -> dict[str, str]:
    """Everything that is not ours, as Grafana tells it: its text by path."""
    paths = [
        "/api/datasources/uid/theirs",
        "/api/folders/shared",
        "/api/dashboards/uid/theirs-in-our-folder",
        "/api/dashboards/uid/oddswatch-of-theirs",
        f"{PROVISIONING}/alert-rules/theirs-in-our-folder",
        f"{PROVISIONING}/alert-rules/oddswatch-of-theirs",
        f"{PROVISIONING}/policies",
        f"{PROVISIONING}/mute-timings/Weekend",
        f"{PROVISIONING}/mute-timings/Oddswatch weekend",
        f"{PROVISIONING}/templates/Theirs",
        f"{PROVISIONING}/templates/Oddswatch of a program",
        f"{PROVISIONING}/alert-rules/oddswatch-of-a-program",
    ]
    found = {path: organisation.has(path) for path in paths}
    points = organisation.has(f"{PROVISIONING}/contact-points")
    found["points"] = [point for point in points if not point["name"].startswith("Oddswatch ")]
    return {path: json.dumps(thing, sort_keys=True) for path, thing in found.items()}


def test_what_is_theirs_stays_and_what_is_retired_or_removed_goes(organisation: Organisation) -> None:
    person = organisation.person
    person.makes_a_folder("shared", FOLDER)
    person.makes_a_folder("theirs", "Theirs")
    person.makes_a_dashboard("theirs-in-our-folder", "Mine", "shared")
    person.makes_a_dashboard("oddswatch-of-theirs", "Mine too", "shared")
    person.makes_a_contact_point("theirs", "Theirs")
    person.makes_a_mute_timing("Weekend")
    person.makes_a_mute_timing("Oddswatch weekend")
    person.makes_a_template("Theirs")
    person.makes_a_rule("theirs-in-our-folder", "Mine", "shared")
    person.makes_a_rule("oddswatch-of-theirs", "Mine too", "theirs")
    program = organisation.program
    program.makes_a_template("Oddswatch of a program")
    program.makes_a_contact_point("oddswatch-of-a-program", "Of a program")
    program.makes_a_rule("oddswatch-of-a-program", "Of a program", "shared")
    person.does("PUT", f"{PROVISIONING}/policies", {"receiver": "Theirs", "group_by": ["team"]})
    before = theirs(organisation)

    for line in ("+ contact point Oddswatch critical (telegram)", "Nothing to change, "):
        pushed = organisation.generate("push", config=QUIET + TELEGRAM, TELEGRAM_TOKEN="1:s3cret")
        assert pushed.returncode == ExitCode.OK, pushed.stderr
        assert line in pushed.stdout
        assert "s3cret" not in pushed.stdout + pushed.stderr
    assert theirs(organisation) == before
    assert {"High spread", "Bankroll low", "Oddswatch quiet hours"} <= organisation.ours()

    old = {"uid": "oddswatch-old", "title": "Old", "tags": ["oddswatch"], "panels": []}
    person.does("POST", "/api/dashboards/db", {"dashboard": old, "folderUid": "shared"})
    route = {"receiver": "Theirs", "routes": [{"receiver": "Oddswatch info", "object_matchers": [["a", "=", "b"]]}]}
    person.does("PUT", f"{PROVISIONING}/policies", route)
    before = theirs(organisation)
    home = organisation.has("/api/dashboards/uid/oddswatch-home")["dashboard"]
    edited = {**home, "panels": [{**home["panels"][0], "title": "By hand"}, *home["panels"][1:]]}
    person.does("POST", "/api/dashboards/db", {"dashboard": edited, "folderUid": "shared"})
    fewer = organisation.generate("push", config=FEWER)
    assert fewer.returncode == ExitCode.OK, fewer.stderr
    for line in (
        "contact point Oddswatch critical",
        "rule          High spread",
        "rule          Bankroll low",
        "dashboard     Old",
    ):
        assert f"  - {line}\n" in fewer.stdout
    assert {"Surebet", "Home"} <= organisation.ours()
    assert organisation.has("/api/dashboards/uid/oddswatch-home")["dashboard"]["panels"] == home["panels"]
    assert not organisation.ours() & {"High spread", "Bankroll low", "Old", "Oddswatch quiet hours"}
    assert theirs(organisation) == before

    gone = organisation.generate("remove")
    assert gone.returncode == ExitCode.OK, gone.stderr
    assert gone.stdout == (
        "left in Grafana, because it is in use: contact point 'Oddswatch info': the policy tree uses it\n"
        f"{organisation.url} has no other dashboard, rule, contact point, mute timing or mail template of ours any "
        "more; the folder 'Oddswatch' is yours\n"
    )
    assert organisation.ours() == {
        *("Mine too", "Oddswatch info", "Oddswatch weekend"),
        *("Oddswatch of a program", "Of a program"),
    }
    assert theirs(organisation) == before


def test_a_rule_that_gets_another_uid_is_there_once(organisation: Organisation) -> None:
    once, now = "oddswatch-value-bet", rule_uid("value_bet")
    pushed = organisation.generate("push")
    assert pushed.returncode == ExitCode.OK, pushed.stderr
    rule = organisation.has(f"{PROVISIONING}/alert-rules/{now}")
    organisation.program.does("DELETE", f"{PROVISIONING}/alert-rules/{now}")
    old = {key: value for key, value in rule.items() if key not in ("id", "updated", "provenance")}
    organisation.program.does("POST", f"{PROVISIONING}/alert-rules", {**old, "uid": once})
    pushed = organisation.generate("push")
    assert pushed.returncode == ExitCode.OK, pushed.stderr
    uids = {rule["uid"] for rule in organisation.has(f"{PROVISIONING}/alert-rules")}
    assert {once, now} & uids == {now}


def test_all_clashes_are_named_before_anything_is_written(organisation: Organisation) -> None:
    person = organisation.person
    person.makes_a_folder("shared", FOLDER)
    person.makes_a_folder("theirs", "Theirs")
    person.makes_a_dashboard("their-home", "Home", "shared")
    person.makes_a_dashboard("oddswatch-match", "Mine", "shared")
    person.makes_a_contact_point("theirs", "Oddswatch high")
    person.makes_a_contact_point("oddswatch-mail-info", "Mine")
    person.makes_a_rule("oddswatch-surebet", "Mine", "theirs")
    person.makes_a_rule("theirs", "Watch", "shared")
    person.makes_a_rule("in-ours", "Mine too", "shared", "Oddswatch money")
    person.makes_a_template("Oddswatch mail")
    person.makes_a_mute_timing("Oddswatch quiet hours")
    before = organisation.ours()

    pushed = organisation.generate("push", config=QUIET)
    assert pushed.returncode == ExitCode.NOT_ACCEPTED
    _warning, headline, *lines = pushed.stderr.splitlines()
    assert headline.endswith("things of somebody else under our names; nothing was written:")
    assert sorted(lines) == sorted(
        [
            "  dashboard 'Mine' has our uid 'oddswatch-match'; save it as a copy and delete it",
            "  dashboard 'Home' in the folder 'Oddswatch' has the uid 'their-home'; rename or move it",
            "  contact point 'Oddswatch high' has a receiver that is not ours; rename it",
            "  contact point 'Mine' has our uid 'oddswatch-mail-info'; make a copy of it and delete it",
            "  rule 'Mine' has our uid 'oddswatch-surebet'; make a copy of it and delete it",
            "  rule 'Watch' in the folder 'Oddswatch' has the uid 'theirs'; rename or move it",
            "  rule 'Mine too' is in our group 'Oddswatch money'; move it to another",
            "  mail template 'Oddswatch mail' is not ours; rename it",
            "  mute timing 'Oddswatch quiet hours' is not ours; rename it",
        ]
    )
    assert organisation.ours() == before


def test_what_came_from_files_is_not_pushed_over(grafana: Grafana, tmp_path: Path) -> None:
    with closing(Person(grafana)) as admin:
        first = Organisation(grafana.url, admin, admin, token_of(admin, "Editor"), tmp_path)
        before = moments(first)
        for command in ("push", "remove"):
            refused = first.generate(command, config="")
            assert refused.returncode == ExitCode.NOT_ACCEPTED
            assert " of ours from files, and its API cannot take that over." in refused.stderr
            assert "python generate.py remove with GRAFANA_USER and GRAFANA_PASSWORD" in refused.stderr
        assert moments(first) == before


@pytest.mark.parametrize(
    ("given", "exit_code", "message"),
    [
        ({"GRAFANA_TOKEN": "{viewer}"}, ExitCode.UNREACHABLE, "with the role Editor\nnothing was written"),
        ({"GRAFANA_TOKEN": AWKWARD}, ExitCode.UNREACHABLE, "it does not know GRAFANA_TOKEN"),
        ({"GRAFANA_URL": "{url}/elsewhere"}, ExitCode.UNREACHABLE, "check GRAFANA_URL"),
        ({"ALERT_EMAILS": ""}, ExitCode.BAD_INPUT, "ALERT_EMAILS: not set"),
        (
            {"config": ""},
            ExitCode.BAD_INPUT,
            "no PostgreSQL data source with the uid 'oddswatch-postgres'; there are theirs (Theirs)",
        ),
    ],
)
def test_what_stands_against_a_push_is_said_and_nothing_is_written(
    organisation: Organisation, given: dict[str, str], exit_code: ExitCode, message: str
) -> None:
    viewer = token_of(organisation.person, "Viewer")
    filled = {name: value.format(viewer=viewer, url=organisation.url) for name, value in given.items()}
    refused = organisation.generate("push", **filled)
    assert refused.returncode == exit_code
    assert message in refused.stderr
    assert organisation.ours() == set()
    assert organisation.has("/api/folders") == []
    secrets = (organisation.token, viewer, given.get("GRAFANA_TOKEN") or organisation.token)
    assert not [secret for secret in secrets if secret in refused.stdout + refused.stderr]


class Proxy:
    """What stands between a client and a Grafana: it goes away with the write after `writes`, and refuses `closed`."""

    def __init__(self, url: str, writes: int, closed: str = "nothing") -> None:
        self.left = writes
        #: Method, path and answer of what went through.
        self.seen: list[tuple[str, str, str]] = []
        proxy, client = self, httpx.Client(base_url=url, trust_env=False)
        self._client = client

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                if self.command != "GET":
                    proxy.left -= 1
                if proxy.left < 0:
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name: self.headers[name] for name in ("Authorization", "Content-Type") if self.headers[name]}
                given = client.request(self.command, self.path, headers=headers, content=body)
                proxy.seen.append((self.command, self.path, given.text))
                self.send_response(403 if closed in self.path else given.status_code)
                self.send_header("Content-Length", str(len(given.content)))
                self.end_headers()
                self.wfile.write(given.content)

            def do_GET(self) -> None:
                self.answer()

            def do_POST(self) -> None:
                self.answer()

            def do_PUT(self) -> None:
                self.answer()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._client.close()


def test_a_grafana_that_goes_away_in_the_middle_is_completed_by_running_again(organisation: Organisation) -> None:
    with closing(Proxy(organisation.url, writes=8)) as proxy:
        cut = organisation.generate("push", GRAFANA_URL=proxy.url)
    assert cut.returncode == ExitCode.UNREACHABLE
    first, headline, *written = cut.stderr.splitlines()[1:]
    assert first.startswith(f"Grafana at {proxy.url} cannot be reached: ")
    assert headline == "run it again, which completes it; written were until then:"
    # Folder, template and contact points come first.
    assert [line.split()[1] for line in written] == ["folder", "mail", *["contact"] * 4, "dashboard", "dashboard"]
    there = organisation.ours()
    assert len(there) == 7

    with closing(Proxy(organisation.url, writes=10_000)) as proxy:
        completed = organisation.generate("push", GRAFANA_URL=proxy.url)
    assert completed.returncode == ExitCode.OK, completed.stderr
    assert "  + contact point" not in completed.stdout
    assert there < organisation.ours()
    # Rules act at once, so the alert manager has to know by then whom to mail.
    first_rules = [(method, "rule-groups" in path) for method, path, _ in proxy.seen].index(("PUT", True))
    *_, asked = [text for _, path, text in proxy.seen[:first_rules] if path.endswith("/api/v2/status")]
    assert all(f'"Oddswatch {severity}"' in asked for severity in ("critical", "high", "warning", "info"))


def test_where_the_token_may_not_ask_the_alert_manager_rules_wait_as_long_as_it_takes_at_most(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from Grafana 13 on."""
    monkeypatch.setattr(reload, "POLL", 0)
    config = organisation.folder / "config.yml"
    config.write_text(SOURCE, encoding="utf-8")
    with closing(Proxy(organisation.url, writes=10_000, closed="/api/v2/status")) as proxy:
        for name, value in {"URL": proxy.url, "TOKEN": organisation.token}.items():
            monkeypatch.setenv(f"GRAFANA_{name}", value)
        monkeypatch.setenv("ALERT_EMAILS", "me@example.org")
        push(config)
    assert "Watch" in organisation.ours()
