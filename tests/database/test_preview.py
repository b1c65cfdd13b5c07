"""The mails that a database would send, without a Grafana: which alerts, in which order, and where they lead.

The same mails from a real Grafana: tests/grafana/test_mails.py, tests/grafana/test_alerts.py.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from alerting.queries import facts_sql
from alerting.rules import rules
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.checks.preview import Mail, preview
from oddswatch.settings.site import Settings
from tests.data.rows import prices
from tests.servers.postgres import Postgres

SETTINGS = Settings.model_validate({"leagues": {"soccer_epl": "Premier League", "soccer_odd": "Odd League"}})
#: An id as a collector may give one: everything in it has a meaning in an address.
ODD = "a/b c&d?e=ü'+%"
GRAFANA = "https://grafana.example.org/odds"


@pytest.fixture(scope="module")
def site(postgres: Postgres) -> Iterator[Postgres]:
    """Matches over the threshold in two leagues: 25 of different spreads, and one with an odd id in the other."""
    with postgres.tables() as site:
        for i in range(25):
            offers = {"a": (3.0 + i / 10, 3.0, 2.0), "b": (2.0, 3.0, 2.0), "c": (2.0, 3.0, 2.0)}
            site.execute(prices(f"m{i}", "soccer_epl", f"Home {i} – Away {i}", offers))
        offers = {"a": (3.0, 3.0, 2.0), "b": (2.0, 3.0, 2.0), "c": (2.0, 3.0, 2.0)}
        site.execute(prices(ODD.replace("'", "''"), "soccer_odd", "Lyon – Nice", offers))
        yield site


@pytest.fixture(scope="module")
def mails(site: Postgres) -> dict[str, Mail]:
    """The mails about wide spreads, by league."""
    with mock.patch.dict(os.environ, site.environment):
        found = preview(Catalogue(SETTINGS)).mails(SETTINGS, GRAFANA)
    return {mail.alerts[0].labels["league"]: mail for mail in found if mail.rule.name == "high_spread"}


def test_many_alerts_are_one_mail_with_the_best_twenty_in_order(mails: dict[str, Mail]) -> None:
    mail = mails["soccer_epl"]
    # 5.40 against 2.00 is 170 %.
    assert mail.subject.startswith("Spread 170 % · Home 24 – Away 24, home · Premier League · ")
    assert mail.subject.endswith(", and 24 more")
    assert re.findall(r"^Match: Home (\d+)", mail.text, re.MULTILINE) == [str(i) for i in range(24, 4, -1)]
    assert mail.text.endswith("\nAnd 5 more.\n\n")


def test_a_mail_leads_to_its_match_whatever_the_id_holds(mails: dict[str, Mail]) -> None:
    (address,) = re.findall(r"^Dashboard: (.*)$", mails["soccer_odd"].text, re.MULTILINE)
    # As Go's url.QueryEscape, which Grafana's `urlquery` is, writes it.
    assert address == f"{GRAFANA}/d/oddswatch-match?var-match=a%2Fb+c%26d%3Fe%3D%C3%BC%27%2B%25"


@pytest.mark.parametrize(
    ("name", "best_first"),
    [
        ("high_spread", [1e12, 170, 50.5, 50, 0, -3, -1e12]),
        ("many_opportunities", [40, 21]),
        ("bankroll", [-1e12, -20.5, 0, 899]),
    ],
)
def test_the_rank_puts_the_most_important_first(
    database: Postgres, tmp_path: Path, name: str, best_first: list[float]
) -> None:
    """A rule above a threshold begins with the largest value, one below it with the smallest; a rank is a text."""
    values = ", ".join(f"({value}::double precision)" for value in reversed(best_first))
    (tmp_path / f"{name}.sql").write_text(
        "-- Title\n-- Question: what?\n-- Grain: one row per value\n-- Returns:\n--   subject: text, text, Subject\n"
        "--   body: text, text, Body\n--   value: double precision, number, Value\n"
        f"SELECT 'subject' AS subject, 'body' AS body, value FROM (VALUES {values}) AS given (value)\n"
    )
    (rule,) = [rule for rule in rules(Catalogue(SETTINGS)) if rule.name == name]
    facts = facts_sql(replace(rule, identity=()), Catalogue(SETTINGS, tmp_path))
    rows = database.execute(f"SELECT rank, value FROM ({facts}) AS facts")
    assert [value for _, value in sorted(rows)] == best_first
