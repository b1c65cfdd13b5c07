"""The optional table of results: what it says, what alerts would have won by it, and whether chances are what they say.

The market of the tests: Pinnacle without a margin, at first 2.0 for home, and 1.8 at the close. Matchbook, which keeps
2 % of a profit, pays 2.1 for home, net 2.078: a value bet (3.9 %), and 7.7 % above the lowest price, a spread.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oddswatch.database.role import statements
from oddswatch.settings.site import Settings
from oddswatch.tree.queries import all_queries, panels
from tests.data import composed, real_file, small_market, worth
from tests.data.frozen_site import LAYOUTS, Site
from tests.data.worth import OUTCOMES, clustered
from tests.servers.postgres import Postgres

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TABLE = "CREATE TABLE results (match_id text, result text, home_goals numeric, away_goals numeric)"
BY_WORD: dict[str, Any] = {"enabled": True, "columns": {"result": "result"}}
BY_GOALS: dict[str, Any] = {"enabled": True, "columns": {"home_goals": "home_goals", "away_goals": "away_goals"}}
BY_BOTH = {"enabled": True, "columns": BY_WORD["columns"] | BY_GOALS["columns"]}

OPENING = {"pinnacle": (2, 4, 4), "matchbook": (2.1, 3.9, 3.9), "b": (1.95, 3.9, 3.9), "c": (1.95, 3.9, 3.9)}
CLOSING = {"pinnacle": (1.8, 4.5, 4.5)}
#: Where nobody offers a draw.
OPENING_OF_TWO = {
    "pinnacle": (2, None, 2),
    "matchbook": (2.1, None, 1.9),
    "b": (1.95, None, 1.95),
    "c": (1.95, None, 1.95),
}
CLOSING_OF_TWO = {"pinnacle": (1.8, None, 2.25)}


def site_with(postgres: Postgres, form: str, results: dict[str, Any]) -> Site:
    """A site with an empty table of results."""
    settings = {
        **LAYOUTS[form][1],
        "alerts": {"high_spread": {"threshold_pct": 6, "clear_pct": 5}},
        "tables": {**LAYOUTS[form][1].get("tables", {}), "results": results},
    }
    site = Site.create(postgres.create_database(), form, NOW, settings)
    site.database.execute(TABLE)
    return site


def play(site: Site, match: str, *, hours_ago: float = 48, two: bool = False) -> None:
    """Store a match, collected a day and an hour before its kick-off."""
    kick_off = NOW - timedelta(hours=hours_ago)
    opening, closing = (OPENING_OF_TWO, CLOSING_OF_TWO) if two else (OPENING, CLOSING)
    for before, books in ((24, opening), (1, closing)):
        for bookmaker, odds in books.items():
            site.price(
                match=match,
                league="basketball_nba" if two else "soccer_epl",
                bookmaker=bookmaker,
                odds=odds,
                collected=kick_off - timedelta(hours=before),
                kick_off=kick_off,
            )


@pytest.fixture(scope="module", params=LAYOUTS)
def played(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[Site]:
    """A home win, a draw, an away win, matches without a result for different reasons, and two of two outcomes."""
    site = site_with(postgres, request.param, BY_WORD)
    for match in ("home", "draw", "away", "postponed", "unknown word", "unheard of"):
        play(site, match)
    play(site, "being played", hours_ago=1)
    play(site, "stakes back", two=True)
    play(site, "away of two", two=True)
    site.database.execute(
        "INSERT INTO results VALUES ('home', 'H'), ('draw', 'x'), ('away', '2'), ('postponed', 'Postponed'),"
        " ('unknown word', 'maybe'), ('being played', 'H'), ('stakes back', 'D'), ('away of two', 'Away')"
    )
    yield site
    site.database.drop()


def test_what_alerts_would_have_won(played: Site) -> None:
    columns = "kind, signals, settled, unsettled, won, yield_pct, error_pct, kept_pct, enough"
    rows = {row[0]: row[1:] for row in played.ask("proof_results", columns)}
    # Home at 2.078 net won once in four; postponed, unknown, unheard of, being played, stakes back: no result.
    on_home = clustered([[107.8], [-100], [-100], [-100]])
    # 2.078 · 4 · 4, of two outcomes 2.078 · 2.
    on_all = clustered([[107.8, -100, -100], [-100, 300, -100], [-100, -100, 300], [-100, 100]])
    for kind, signals, settled, won, expected in (
        ("value", 9, 4, 1, on_home),
        ("spread", 9, 4, 1, on_home),
        ("any", 7 * 3 + 2 * 2, 3 * 3 + 2, 4, on_all),
    ):
        assert rows[kind][:4] == (signals, settled, signals - settled, won)
        assert rows[kind][4:6] == pytest.approx((expected.mean, expected.error))
        assert rows[kind][7] == f"No, noise: {settled} of thousands"
    # By the final prices every one of them counts: 2.078 / 1.8.
    assert rows["value"][6] == pytest.approx((2.078 / 1.8 - 1) * 100)


def test_chances_said_and_seen(played: Site) -> None:
    rows = played.ask("proof_calibration", "chances, outcomes, matches, said_pct, seen_pct, error_pct")
    # The draw of a match of two outcomes is no result. 1 / 1.8 = 5/9, 1 / 4.5 = 2/9 twice a match, 1 / 2.25 = 4/9.
    share = 4 / 9 * 5 / 9
    assert [row[:3] for row in rows] == [("20 to 30 %", 6, 3), ("40 to 50 %", 1, 1), ("50 to 60 %", 4, 4)]
    for row, expected in zip(
        rows,
        (
            (200 / 9, 200 / 6, 100 * math.sqrt(3 * share) / 6),
            (400 / 9, 100, 100 * math.sqrt(share)),
            (500 / 9, 100 / 4, 100 * math.sqrt(4 * share) / 4),
        ),
        strict=True,
    ):
        assert row[3:] == pytest.approx(expected)


def test_unknown_results_are_a_data_check(played: Site) -> None:
    checks = {row[0]: row[1:] for row in played.ask("data_quality", "problem, found, detail, is_fault")}
    assert checks["Unknown results of matches"] == (1, "maybe 1", True)
    assert "Results" in [row[0] for row in played.ask("table_sizes", "contents")]


@pytest.fixture
def table(database: Postgres) -> Postgres:
    database.execute(TABLE)
    return database


#: The rows of one match, its outcome, and what is said not to be known.
SAID: dict[str, tuple[str, str | None, str | None]] = {
    "capitals and blanks": ("(' HOME ', NULL, NULL)", "home", None),
    "a number": ("('2', NULL, NULL)", "away", None),
    "a letter": ("('x', NULL, NULL)", "draw", None),
    "not yet": ("('Pending', NULL, NULL)", None, None),
    "nothing": ("(' ', NULL, NULL)", None, None),
    "another word": ("('maybe', NULL, NULL)", None, "maybe"),
    "another word with goals": ("('FT', 2, 1)", "home", None),
    "goals": ("(NULL, 1, 1)", "draw", None),
    "more goals away": ("(NULL, 9, 10)", "away", None),
    "goals of a match that was abandoned": ("('abandoned', 2, 1)", None, None),
    "half the goals": ("(NULL, 1, NULL)", None, None),
    "goals that cannot be": ("(NULL, 'NaN', 1)", None, "NaN:1"),
    "goals below zero": ("(NULL, -1, -1)", None, "-1:-1"),
    "the same twice": ("('home', NULL, NULL), ('1', NULL, NULL)", "home", None),
    "one row without": ("('home', NULL, NULL), ('open', NULL, NULL)", "home", None),
    "two that differ": ("('home', NULL, NULL), ('draw', NULL, NULL)", None, "different results of one match"),
}


def test_what_a_row_says(table: Postgres) -> None:
    for name, (values, *_) in SAID.items():
        table.execute(
            "INSERT INTO results SELECT %s, x.result, x.home::numeric, x.away::numeric"
            f" FROM (VALUES {values}) AS x (result, home, away)",
            (name,),
        )
    sql = composed.catalogue(Settings.model_validate({"tables": {"results": BY_BOTH}})).sql("match_results")
    assert {row[0]: row[1:] for row in table.execute(sql)} == {name: case[1:] for name, case in SAID.items()}


def test_other_words_and_other_columns(table: Postgres) -> None:
    table.execute("ALTER TABLE results RENAME result TO ausgang; ALTER TABLE results RENAME match_id TO spiel")
    table.execute("INSERT INTO results VALUES ('m', 'heimsieg', NULL, NULL), ('n', 'home', NULL, NULL)")
    results = {"enabled": True, "home": ["Heimsieg"], "columns": {"match": "spiel", "result": "ausgang"}}
    sql = composed.catalogue(Settings.model_validate({"tables": {"results": results}})).sql("match_results")
    assert sorted(table.execute(sql)) == [("m", "home", None), ("n", None, "home")]


@pytest.mark.parametrize("results", [BY_WORD, BY_GOALS], ids=["word", "goals"])
def test_every_query_runs_with_the_table_and_says_what_to_do_without(
    database: Postgres, results: dict[str, Any]
) -> None:
    small_market.fill(database.connect(autocommit=False))
    settings = Settings.model_validate({"tables": {"results": results}})
    complaints = small_market.complaints(small_market.ask_everything(dict(database.environment), settings))
    assert {place.split(" / ")[0] for place in complaints} == {"Proof", "System health", "rule Watch"}
    assert set(complaints.values()) == {
        'relation "results" does not exist; name the right table with tables.results.table in config.yml, '
        "or set tables.results.enabled: false"
    }
    database.execute(TABLE)
    assert small_market.complaints(small_market.ask_everything(dict(database.environment), settings)) == {}
    database.execute("ALTER TABLE results ALTER home_goals TYPE text, ALTER result TYPE integer USING 1")
    complaints = small_market.complaints(small_market.ask_everything(dict(database.environment), settings))
    # A result may be a number, goals must be.
    assert ("tables.results.columns.home_goals" in complaints) == (results is BY_GOALS)


def test_without_the_table_nothing_touches_it_and_no_row_shows_it() -> None:
    tree, with_it = (
        composed.tree(Settings.model_validate({"tables": {"results": results}})) for results in ({}, BY_WORD)
    )
    assert [query.place for query in all_queries(tree) if '"results"' in query.sql] == []
    titles, titles_with_it = (
        [panel["title"] for model in each.dashboards() for panel in panels(model)] for each in (tree, with_it)
    )
    assert [title for title in titles_with_it if title not in titles] == [
        "What the alerts would have won: noise below thousands of bets",
        "Chances: said against came true",
    ]
    for settings, granted in (({}, 0), (BY_WORD, 1)):
        made = statements(Settings.model_validate({"tables": {"results": settings}}), "oddswatch", "odds")
        assert sum('ON "results"' in statement for statement in made) == granted


@pytest.mark.slow
@pytest.mark.timeout(600)
@real_file.needs_file
def test_the_same_numbers_on_real_prices(postgres: Postgres) -> None:
    site = Site.create(
        postgres.create_database(), next(iter(LAYOUTS)), NOW, {**real_file.SETTINGS, "tables": {"results": BY_WORD}}
    )
    matches = real_file.read()
    session = site.database.connect()
    real_file.store(session, matches)
    with session.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.executemany(
            "INSERT INTO results (match_id, result) VALUES (%s, %s)", [(m.match_id, m.outcome) for m in matches]
        )
    session.close()
    gains: dict[str, list[list[float]]] = defaultdict(list)
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for match in matches:
        chosen = {
            "any": worth.best(match.books["opening"]),
            # Once per outcome, at the first collection that has one.
            "value": list(
                {
                    offer.outcome: offer
                    for snapshot in ("closing", "opening")
                    for offer in worth.values(match.books[snapshot])
                    if offer.value >= 0.02
                }.values()
            ),
        }
        for kind, offers in chosen.items():
            won = [
                100 * worth.net(offer.bookmaker, offer.price) * (OUTCOMES[offer.outcome] == match.outcome) - 100
                for offer in offers
            ]
            gains[kind] += [won] if won else []
        for outcome, chance in zip(OUTCOMES, worth.chances(match.books["closing"], "") or (), strict=False):
            bins[int(chance * 10)].append((chance, outcome == match.outcome))
    rows = {
        row[0]: row[1:] for row in site.ask("proof_results", "kind, settled, yield_pct, error_pct", at=real_file.AFTER)
    }
    for kind, by_match in gains.items():
        assert rows[kind] == pytest.approx(clustered(by_match), abs=1e-6), kind
    seen = site.ask("proof_calibration", "chances, outcomes, said_pct, seen_pct", at=real_file.AFTER)
    assert len(seen) >= 9
    for row, (tenth, outcomes) in zip(seen, sorted(bins.items()), strict=True):
        number = len(outcomes)
        assert row[0] == f"{tenth * 10} to {tenth * 10 + 10} %"
        said, came = (100 * sum(column) / number for column in zip(*outcomes, strict=True))
        assert row[1:] == pytest.approx((number, said, came), abs=1e-6)
    site.database.drop()
