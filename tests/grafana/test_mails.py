"""What arrives: many alerts in one mail, names from outside, and alerts of others in a Grafana with our templates."""

import html
import os
import re
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from unittest import mock

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.checks.preview import preview
from oddswatch.demo.schema import create_schema
from oddswatch.settings.site import Settings
from oddswatch.tree import files
from oddswatch.tree.compose import compose
from tests.conftest import StartGrafana
from tests.data import sample_tree
from tests.data.rows import prices
from tests.servers.client import GrafanaClient
from tests.servers.grafana import Grafana
from tests.servers.mailbox import Mail, Mailbox
from tests.servers.messengers import Messengers
from tests.servers.postgres import Postgres
from tests.servers.waiting import wait_for

SITE = Settings.model_validate(
    {
        "leagues": {"soccer_epl": "Premier League", "soccer_odd": "Odd League"},
        "mail": {"group_wait": "2s", "group_wait_urgent": "2s"},
        "channels": {
            "discord": {"severities": ["info"]},
            "telegram": {"severities": ["info", "critical"], "chat": "-1001234567890"},
            "webhook": {"severities": ["info"]},
        },
    }
)
#: Quotes, tags, braces, emoji, and a second line; in all 300 characters.
ODD = 'O\'Neil <b>&</b> "Söhne" {{ .Labels }} 100% 🎯\nzweite Zeile '.ljust(300, "x")
NUMBER = 25


@pytest.fixture(scope="module")
def place(postgres: Postgres) -> Iterator[Postgres]:
    """Matches over the threshold in two leagues: 25 of different spreads in one, in the other one with odd names."""
    with postgres.tables() as place:
        for i in range(NUMBER):
            offers = {"a": (3.0 + i / 10, 3.0, 2.0), "b": (2.0, 3.0, 2.0), "c": (2.0, 3.0, 2.0)}
            place.execute(prices(f"m{i}", "soccer_epl", f"Home {i} – Away {i}", offers))
        place.execute(prices("odd", "soccer_odd", "x – Nice", {"a": (3.0, 3.0, 2.0), "b": (2.0, 3.0, 2.0)}))
        place.execute(
            "UPDATE odds_history SET home_team = %s, bookmaker = bookmaker || %s WHERE match_id = 'odd'", (ODD, ODD)
        )
        yield place


@pytest.fixture(scope="module")
def messengers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Messengers]:
    with Messengers(tmp_path_factory.mktemp("messengers")) as messengers:
        yield messengers


@pytest.fixture(scope="module")
def grafana(
    start_grafana: StartGrafana, place: Postgres, messengers: Messengers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grafana]:
    tree = tmp_path_factory.mktemp("tree")
    files.write(compose(Catalogue(SITE)), tree)
    grafana = start_grafana(tree, database=place, environment=messengers.environment)
    yield grafana
    grafana.stop()


@pytest.fixture(scope="module")
def mails(grafana: Grafana, _mailbox: Mailbox) -> dict[str, Mail]:
    """The mails about wide spreads, by league."""
    return {
        league: _mailbox.wait_for(partial(_is_about, grafana, league), 90)
        for league in ("Premier League", "Odd League")
    }


def _is_about(grafana: Grafana, league: str, mail: Mail) -> bool:
    return "Spread" in mail.subject and league in mail.subject and grafana.url in mail.text


def test_many_are_one_mail_with_the_best_twenty_in_order(mails: dict[str, Mail]) -> None:
    mail = mails["Premier League"]
    # 5.40 against 2.00 is 170 %.
    assert mail.subject.startswith("Spread 170 % · Home 24 – Away 24, home · Premier League · ")
    assert mail.subject.endswith(", and 24 more")
    assert re.findall(r"^Match: Home (\d+)", mail.text, re.MULTILINE) == [str(i) for i in range(24, 4, -1)]
    assert mail.text.rstrip().endswith("And 5 more.")
    assert re.findall(r">Home (\d+) – Away \d+<", mail.html) == [str(i) for i in range(24, 4, -1)]
    assert "And 5 more." in mail.html
    assert mail.size < 200_000


def test_preview_puts_the_same_mail_together(mails: dict[str, Mail], place: Postgres, grafana: Grafana) -> None:
    with mock.patch.dict(os.environ, place.environment):
        foreseen = preview(Catalogue(SITE)).mails(SITE, grafana.url)
    for league, mail in mails.items():
        (same,) = [other for other in foreseen if other.rule.name == "high_spread" and league in other.subject]
        assert same.subject == mail.subject
        assert timeless(same.text.rstrip()) == timeless(mail.text.rstrip().replace("\r\n", "\n"))


def test_names_from_outside_arrive_as_they_are(mails: dict[str, Mail]) -> None:
    mail = mails["Odd League"]
    assert f"Match: {ODD} – Nice\n" in mail.text.replace("\r\n", "\n")
    assert f"Best price: 3.00 at a{ODD}\n" in mail.text.replace("\r\n", "\n")
    one_line = ODD.replace("\n", " ")
    assert mail.subject.startswith(f"Spread 50 % · {one_line} – Nice, home · Odd League · ")
    assert f">{ODD} – Nice<" in html.unescape(mail.html.replace("\r\n", "\n"))
    assert "<b>&</b>" not in mail.html
    assert mail.size < 50_000


@pytest.mark.usefixtures("mails")
@pytest.mark.parametrize("channel", ["discord", "telegram", "webhook"])
def test_channels_get_the_best_alert_the_next_titles_and_one_link(
    messengers: Messengers, grafana: Grafana, channel: str
) -> None:
    def spread(league: str) -> str | None:
        texts = [text for text in messengers.sent[channel] if text.strip("`\n").startswith("Spread") and league in text]
        return texts[0] if texts else None

    def message(league: str) -> str:
        wait_for(lambda: spread(league), 30, lambda: f"{channel}; refused: {messengers.refused}")
        return spread(league) or ""

    many = message("Premier League")
    assert re.findall(r"^(?:Also: )?Spread .*? · Home (\d+)", many.strip("`\n"), re.MULTILINE) == [
        str(number) for number in range(24, 18, -1)
    ]
    assert "\nMatch: Home 24 – Away 24\n" in many
    assert "\nAnd 19 more." in many
    assert re.findall(r"https?://\S+", many) == [f"{grafana.url}/d/oddswatch-match?var-match=m24"]
    odd = message("Odd League")
    assert 'O\'Neil <b>&</b> "Söhne" {{ .Labels }} 100% 🎯 zweite Zeile xxx' in odd
    assert "\nBest price: 3.00 at a" in odd
    assert messengers.refused == []


@pytest.mark.usefixtures("mails")
def test_the_secrets_of_channels_are_in_no_log_and_no_file_of_grafanas(grafana: Grafana) -> None:
    files = [path for path in grafana.data.rglob("*") if path.is_file()]
    assert "grafana.db" in {path.name for path in files}
    assert [path for path in files if Messengers.TRACE.encode() in path.read_bytes()] == []
    assert Messengers.TRACE not in grafana.log()


def test_no_mail_shows_raw_values(mails: dict[str, Mail]) -> None:
    for mail in mails.values():
        assert not re.search(r"\b[ACK]=[0-9.]+", mail.text + mail.html)
        assert "[no value]" not in mail.text


def test_alerts_of_others_are_mailed_with_our_templates_too(
    start_grafana: StartGrafana, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tree = sample_tree.write_tree(
        tmp_path_factory.mktemp("tree"), sample_tree.rule("SELECT '<b>two</b>' AS name, 1 AS number"), {}
    )
    start_grafana(tree)
    mail = mailbox.wait_for(lambda mail: mail.subject == sample_tree.SUBJECT)
    assert sample_tree.RULE in mail.html
    assert "/alerting/silence/new" in mail.html
    assert mail.text.strip()


#: Of the matches at once.
LEAGUES = ("soccer_epl", "soccer_spain_la_liga", "soccer_france_ligue_one")


@pytest.mark.parametrize(("matches", "most_mails"), [(500, 10), (50, len(LEAGUES))])
def test_many_at_once_are_few_mails_that_tell_of_all_within_75_seconds(
    start_grafana: StartGrafana,
    database: Postgres,
    mailbox: Mailbox,
    tmp_path_factory: pytest.TempPathFactory,
    *,
    matches: int,
    most_mails: int,
) -> None:
    """Fifty are one mail for each league, because no rule is evaluated before theirs (`names.FIRST_RULE`)."""
    with closing(database.connect(autocommit=False)) as session:
        create_schema(session)
    tree = tmp_path_factory.mktemp("tree")
    files.write(compose(Catalogue(Settings())), tree)
    grafana = start_grafana(tree, database=database)
    with GrafanaClient(grafana) as client:
        client.wait_for_evaluations(1)
    # A chance of a half each way: 2.06 is worth 3 %.
    book = (1.95, "NULL", 1.95)
    offers = {"pinnacle": book, "a": book, "b": book, "c": (2.06, "NULL", 1.9)}
    database.execute(
        "".join(prices(f"v{i}", LEAGUES[i % 3], f"Home {i} – Away {i}", offers, age="1 minute") for i in range(matches))
    )

    def mails() -> list[Mail]:
        return [mail for mail in mailbox.mails() if mail.subject.startswith("Value") and grafana.url in mail.text]

    def told() -> int:
        """How many alerts the largest mails about each league tell of: the one in the subject, and so many more."""
        largest: dict[str, int] = {}
        for mail in mails():
            league = mail.subject.split(" · ")[4]
            more = re.search(r", and (\d+) more$", mail.subject)
            largest[league] = max(largest.get(league, 0), 1 + int(more[1]) if more else 1)
        return sum(largest.values())

    wait_for(lambda: told() == matches, 75, lambda: f"all; told was of {told()}")
    # All of them: a league whose first mail left something out has its second one by now.
    assert len(mails()) <= most_mails
    assert max(mail.size for mail in mails()) <= 200_000
    with GrafanaClient(grafana) as client:
        rule = client.rules()["Value bet"]
    assert len([alert for alert in rule["alerts"] if alert["state"] == "Alerting"]) == matches


def timeless(text: str) -> str:
    """Without the durations that run on between two looks at them."""
    return re.sub(r"\b\d+ (d|h|min)\b", "… \\1", text)
