"""What each rule says about rows worked out by hand, through Grafana's evaluation API.

At the boundary, just beside it, with no rows, and when it is over again.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.settings.site import Settings
from oddswatch.tree import files
from oddswatch.tree.compose import compose
from tests.conftest import StartGrafana
from tests.data.rows import bets, collection, prices
from tests.servers.client import GrafanaClient
from tests.servers.grafana import Grafana
from tests.servers.postgres import Postgres

LEAGUE = "soccer_epl"
TREE = compose(Catalogue(Settings()))
RULES = {rule["uid"].removeprefix("oddswatch-").removeprefix("0-"): rule for rule in TREE.rules()}
OK = collection(LEAGUE, "1 hour")

Offers = dict[str, tuple[Any, Any, Any]]


@pytest.fixture(scope="module")
def place(postgres: Postgres) -> Iterator[Postgres]:
    """A database with empty tables."""
    with postgres.tables() as place:
        yield place


@pytest.fixture(scope="module")
def grafana(
    start_grafana: StartGrafana, place: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grafana]:
    tree = tmp_path_factory.mktemp("tree")
    files.write(TREE, tree)
    grafana = start_grafana(tree, database=place, mail=False)
    yield grafana
    grafana.stop()


def home(best: float, worst: float = 2.0, **more: str) -> str:
    """A match whose home prices are these, and which is no surebet."""
    return prices("m", LEAGUE, "Home – Away", {"a": (best, 3, 2), "b": (worst, 3, 2), "c": (worst, 3, 2)}, **more)


def offered(best: float, others: int = 2, **more: str) -> str:
    """A match of two outcomes with this best price on home, where the sharp bookmaker's fair price is 2."""
    book = (1.95, "NULL", 1.95)
    offers: Offers = {"pinnacle": book, "a": (best, "NULL", 1.9), **{f"b{i}": book for i in range(others)}}
    return prices("m", LEAGUE, "Home – Away", offers, **more)


def matches(number: int, **more: str) -> str:
    """As many opportunities, each in a match of its own."""
    offers: Offers = {"a": (2.2, 3, 2), "b": (2, 3, 2)}
    return "".join(prices(f"m{i}", LEAGUE, f"H{i} – A{i}", offers, **more) for i in range(number))


def two_way(best: float, bookmakers: int = 3, age: str = "1 minute") -> str:
    """A match without draw on which the first two bookmakers have the best price of one outcome each."""
    offers: Offers = {"a": (best, "NULL", 1.5), "b": (1.5, "NULL", best), "c": (1.5, "NULL", 1.5)}
    return prices("m", LEAGUE, "Home – Away", dict(list(offers.items())[:bookmakers]), age=age)


def settled(won: int, lost: int, void: int = 0) -> str:
    """Bets of 10 at 2.0: each won one earns 10, each lost one costs 10."""
    return bets(won, "won") + bets(lost, "lost") + bets(void, "void")


def silent(age: str, others: str = "1 minute") -> str:
    """A match ahead with two bookmakers, one of them silent since `age`."""
    return prices("m", LEAGUE, "Home – Away", {"quiet": (2, 3, 4)}, age=age) + prices(
        "m", LEAGUE, "Home – Away", {"loud": (2, 3, 4)}, age=others
    )


def failures(number: int) -> str:
    return "".join(collection(LEAGUE, f"{50 - i} minutes", "error") for i in range(number))


NOTHING = None
#: rule, what is in the database, and whether it fires; NOTHING where it has no row to look at.
CASES = [
    ("high-spread", home(3.00), True),  # (3 - 2) / 2 = 50 %
    ("high-spread", home(2.99), False),
    ("high-spread", home(2.89), NOTHING),  # below 45 % it is over: no row
    ("high-spread", home(3.00, kick_off="-1 minutes"), NOTHING),
    ("high-spread", home(3.00, age="6 hours 1 minute"), NOTHING),
    ("high-spread", home(3.00, age="5 hours 59 minutes"), True),
    ("high-spread", "", NOTHING),
    ("value-bet", offered(2.04), True),  # 2.04 / 2 = 1.02
    ("value-bet", offered(2.03), False),  # 1.5 %: not yet over, had it fired
    ("value-bet", offered(2.01), NOTHING),
    ("value-bet", offered(2.04, others=1), NOTHING),  # three bookmakers
    ("value-bet", offered(2.25), NOTHING),  # above 12 %
    ("value-bet", offered(2.04, age="5 hours 1 minute"), NOTHING),
    ("value-bet", offered(2.04, age="4 hours 59 minutes"), True),
    ("value-bet", offered(2.04, kick_off="-1 minutes"), NOTHING),
    ("value-bet", "", NOTHING),
    ("many-opportunities", matches(20), False),
    ("many-opportunities", matches(21), True),
    ("many-opportunities", "", False),
    ("new-opportunities", matches(5), False),
    ("new-opportunities", matches(6), True),
    # Six were there at the collection before already.
    ("new-opportunities", matches(6, age="4 hours") + matches(6, age="1 minute"), False),
    # The collection is two hours ago.
    ("new-opportunities", matches(6, age="121 minutes"), False),
    ("new-opportunities", "", False),
    ("surebet", two_way(2.02), True),  # 2.02 / 2 = 1.01
    ("surebet", two_way(2.01), False),  # 0.5 %: not yet over, had it fired
    ("surebet", two_way(2.00), NOTHING),
    ("surebet", two_way(2.02, bookmakers=2), NOTHING),
    ("surebet", two_way(2.02, age="5 hours 1 minute"), NOTHING),
    ("surebet", two_way(2.02, age="4 hours 59 minutes"), True),
    ("surebet", two_way(2.20), True),  # 10 %
    ("surebet", two_way(2.21), NOTHING),
    ("surebet", "", NOTHING),
    ("suspicious-price", two_way(2.20), NOTHING),
    ("suspicious-price", two_way(2.21), True),  # 10.5 %
    ("suspicious-price", "", NOTHING),
    # Of bettors who win 52.5 % of them 3.1 % lose 90 within 21 such bets, and 1.5 % lose 100 within 20.
    ("bankroll", settled(6, 15), False),
    ("bankroll", settled(5, 15), True),
    ("bankroll", settled(2, 17), NOTHING),  # 19 bets
    ("bankroll", "", NOTHING),
    ("yield", settled(5, 15), False),  # -10 / sqrt(20) = -2.24 standard errors
    ("yield", settled(4, 16), True),  # -12 / sqrt(20) = -2.68
    ("yield", settled(9, 10, void=20), NOTHING),
    ("yield", "", NOTHING),
    ("win-rate", settled(5, 15), False),
    ("win-rate", settled(4, 16, void=20), True),
    ("win-rate", settled(0, 19), NOTHING),
    ("win-rate", "", NOTHING),
    ("collector-late", collection(LEAGUE, "4 hours 59 minutes"), False),
    ("collector-late", collection(LEAGUE, "5 hours 1 minute"), True),
    ("collector-late", collection(LEAGUE, "9 hours") + collection(LEAGUE, "1 minute", "error"), True),
    ("collector-late", collection(LEAGUE, "9 hours") + home(2, age="1 minute"), False),
    ("collector-late", "", NOTHING),
    ("collector-stuck", collection(LEAGUE, "9 hours 59 minutes"), False),
    ("collector-stuck", collection(LEAGUE, "10 hours 1 minute"), True),
    ("collector-stuck", "", NOTHING),
    ("failed-collections", OK + failures(2), False),
    ("failed-collections", OK + failures(3), True),
    ("failed-collections", OK + failures(3) + collection(LEAGUE, "1 minute"), False),
    ("failed-collections", "", NOTHING),
    ("nothing-stored", home(2, age="5 hours") + collection(LEAGUE, "1 hour"), False),
    ("nothing-stored", home(2, age="9 hours") + collection(LEAGUE, "5 hours") + collection(LEAGUE, "1 hour"), True),
    ("nothing-stored", collection(LEAGUE, "5 hours") + collection(LEAGUE, "1 hour"), True),
    # Stored an hour before it was logged; and nothing to store.
    ("nothing-stored", home(2, age="2 hours") + collection(LEAGUE, "1 hour") + collection(LEAGUE, "50 minutes"), False),
    (
        "nothing-stored",
        collection(LEAGUE, "5 hours") + collection(LEAGUE, "1 hour") + "UPDATE collection_logs SET matches_count = 0;",
        False,
    ),
    ("nothing-stored", "", NOTHING),
    ("bookmaker-silent", silent("11 hours 59 minutes"), False),
    ("bookmaker-silent", silent("12 hours 1 minute"), True),
    # The collector stands still, which says nothing about a bookmaker.
    ("bookmaker-silent", silent("12 hours 1 minute", others="7 hours"), NOTHING),
    ("bookmaker-silent", "", NOTHING),
    # 10 requests an hour, thousands left; and 480 in ten minutes, 10 left.
    (
        "quota-runs-out",
        collection(LEAGUE, "1 hour", left="900010") + collection(LEAGUE, "1 second", left="900000"),
        False,
    ),
    ("quota-runs-out", "", NOTHING),
    ("watch", "", False),
]


@pytest.mark.parametrize(("name", "rows", "fires"), CASES)
def test_verdict(client: GrafanaClient, place: Postgres, name: str, rows: str, fires: bool | None) -> None:
    place.execute(f"TRUNCATE odds_history, collection_logs, bets; {rows}")
    assert fires_now(client, RULES[name]) is fires


def test_every_rule_has_a_case_on_either_side() -> None:
    for uid in RULES.keys() - {"watch", "quota-runs-out"}:
        verdicts = {fires for name, _, fires in CASES if name == uid}
        assert True in verdicts
        assert verdicts & {False, NOTHING}


def test_the_quota_is_said_to_run_out_a_day_early_or_not_at_all(client: GrafanaClient, place: Postgres) -> None:
    """At 480 requests in ten minutes the last 10 are gone at once: how early that is depends on today's date."""
    rows = collection(LEAGUE, "11 minutes", left="490") + collection(LEAGUE, "1 minute", left="10")
    place.execute(f"TRUNCATE odds_history, collection_logs, bets; {rows}")
    (days,) = place.execute(
        "SELECT extract(EPOCH FROM date_trunc('month', n) + interval '1 month' - n) / 86400 FROM (SELECT now() AT TIME"
        " ZONE 'utc' AS n) AS today"
    )[0]
    assert fires_now(client, RULES["quota-runs-out"]) is (float(days) >= 1)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if "unloadEvaluator" in str(rule)])
def test_a_gap_lies_between_firing_and_over(name: str) -> None:
    (condition,) = RULES[name]["data"][-1]["model"]["conditions"]
    fires, over = condition["evaluator"], condition["unloadEvaluator"]
    rises = fires["type"] in ("gt", "gte")
    assert over["type"] == ("lt" if rises else "gte")
    assert over["params"][0] < fires["params"][0] if rises else over["params"][0] > fires["params"][0]


@pytest.mark.parametrize(
    ("damage", "mending"),
    [
        ("ALTER TABLE bets RENAME stake TO wager", "ALTER TABLE bets RENAME wager TO stake"),
        (
            "ALTER TABLE collection_logs RENAME error_message TO complaint",
            "ALTER TABLE collection_logs RENAME complaint TO error_message",
        ),
        (
            "DROP VIEW v_current_opportunities; ALTER TABLE odds_history ALTER collected_at TYPE text",
            "ALTER TABLE odds_history ALTER collected_at TYPE timestamp USING collected_at::timestamp",
        ),
        ("ALTER TABLE bets RENAME TO wagers", "ALTER TABLE wagers RENAME TO bets"),
    ],
)
def test_the_watch_fails_when_a_table_or_column_is_not_as_configured(
    client: GrafanaClient, place: Postgres, damage: str, mending: str
) -> None:
    place.execute(f"TRUNCATE odds_history, collection_logs, bets; {damage}")
    try:
        assert client.evaluate(RULES["watch"])["A"].error
    finally:
        place.execute(mending)
    assert fires_now(client, RULES["watch"]) is False


def test_names_from_outside_pass_through_a_rule_unharmed(client: GrafanaClient, place: Postgres) -> None:
    team = 'O\'Neil <b>&</b> "Söhne" {{ .Labels }} 100% 🎯\nzweite Zeile ' + "x" * 300
    place.execute(f"TRUNCATE odds_history, collection_logs, bets; {home(3.00)}")
    place.execute("UPDATE odds_history SET home_team = %s", (team,))
    (facts,) = client.evaluate(RULES["high-spread"])["K"].rows()
    assert f"Match: {team} – Away" in facts["labels"]["body"]
    assert f"{team} – Away, home" in facts["labels"]["subject"]


def fires_now(client: GrafanaClient, rule: dict[str, Any]) -> bool | None:
    """Whether an instance of the rule fires; None when there is no row."""
    answers = client.evaluate(rule)
    assert [answer.error for answer in answers.values() if answer.error] == []
    verdicts = [row[key] for row in answers["C"].rows() for key in row if key != "labels"]
    return any(verdict == 1 for verdict in verdicts) if verdicts else None
