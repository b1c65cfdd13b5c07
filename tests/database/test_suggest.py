"""`check --suggest` finds its way in every form of database, and says what it could not find."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.database.suggest import Suggestion, suggest
from oddswatch.demo.layout import Layout
from oddswatch.errors import ExitCode
from oddswatch.settings.site import Settings
from tests.data import small_market
from tests.servers.command import generate
from tests.servers.postgres import Postgres


def look_at(database: Postgres) -> Suggestion:
    with closing(database.connect()) as session:
        return suggest(session)


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (Layout(), {}),
        (
            Layout(form="per_outcome", times="timestamptz", profit_column="actual_profit", schema="Betting Data"),
            {
                "tables": {
                    "prices": {"form": "per_outcome", "table": "Betting Data.odds"},
                    "collections": {"table": "Betting Data.collection_logs"},
                    "bets": {"table": "Betting Data.bets", "columns": {"profit": "actual_profit"}},
                    "view": {"table": "Betting Data.v_current_opportunities"},
                },
                "times": "timestamptz",
            },
        ),
    ],
    ids=["the usual", "everything else"],
)
def test_the_suggested_configuration_fits(database: Postgres, layout: Layout, expected: dict[str, Any]) -> None:
    small_market.fill(database.connect(autocommit=False), layout)
    suggestion = look_at(database)
    assert suggestion.configuration == expected
    settings = Settings.model_validate(yaml.safe_load(suggestion.text()) or {})
    assert small_market.complaints(small_market.ask_everything(dict(database.environment), settings)) == {}


def test_the_defaults_fit_the_usual_installation(database: Postgres) -> None:
    small_market.fill(database.connect(autocommit=False))
    text = look_at(database).text()
    assert text.endswith("# The defaults fit this database.")
    assert "9 of 10 at most 4h after the one before" in text


@pytest.mark.parametrize(
    ("renamed", "expected", "noted"),
    [
        ({"pinnacle": "Pinnacle"}, {"value": {"sharp": ["Pinnacle", "betfair_ex_eu"]}}, False),
        ({"pinnacle": "other"}, {"value": {"sharp": ["betfair_ex_eu"]}}, False),
        ({"pinnacle": "other", "betfair_ex_eu": "another"}, {}, True),
    ],
    ids=["spelled otherwise", "the exchange only", "nobody"],
)
def test_the_sharp_bookmakers_are_those_that_are_there(
    database: Postgres, renamed: dict[str, str], expected: dict[str, Any], noted: bool
) -> None:
    small_market.fill(database.connect(autocommit=False))
    for old, new in renamed.items():
        database.execute(f"UPDATE odds_history SET bookmaker = '{new}' WHERE bookmaker = '{old}'")
    suggestion = look_at(database)
    assert suggestion.configuration == expected
    assert any("will be the others' median" in note for note in suggestion.notes) is noted


@pytest.fixture
def other_names(database: Postgres) -> Postgres:
    small_market.fill(database.connect(autocommit=False))
    database.execute(
        """
        ALTER TABLE odds_history RENAME TO price_archive;
        ALTER TABLE price_archive RENAME match_id TO event_id;
        ALTER TABLE price_archive RENAME home_odds TO price_home;
        ALTER TABLE price_archive RENAME draw_odds TO odds_draw;
        ALTER TABLE price_archive RENAME commence_time TO kickof;
        ALTER TABLE collection_logs RENAME TO runs;
        ALTER TABLE bets DROP COLUMN odds_close;
        ALTER TABLE bets RENAME profit_loss TO pnl;
        UPDATE bets SET result = 'Halbgewonnen' WHERE id = 1;
        UPDATE runs SET status = 'done' WHERE status = 'success';
        DROP VIEW v_current_opportunities;
        CREATE VIEW chances AS SELECT event_id AS match_id, sport, home_team, away_team, kickof AS commence_time,
            count(*) AS bookmaker_count, max(collected_at) AS last_update, 7.5 AS spread
            FROM price_archive GROUP BY 1, 2, 3, 4, 5;
        """
    )
    return database


def test_other_names_are_found_by_what_collectors_usually_call_things_and_by_likeness(other_names: Postgres) -> None:
    assert look_at(other_names).configuration == {
        "tables": {
            "prices": {
                "table": "price_archive",
                "columns": {
                    "match": "event_id",
                    "kick_off": "kickof",
                    "home_odds": "price_home",
                    "draw_odds": "odds_draw",
                },
            },
            "collections": {"table": "runs"},
            "bets": {"columns": {"profit": "pnl", "closing_price": None}},
            "view": {"table": "chances", "spreads": "single"},
        }
    }


def test_a_view_of_other_names_is_found_and_read(database: Postgres) -> None:
    small_market.fill(database.connect(autocommit=False))
    database.execute(
        """
        ALTER VIEW v_current_opportunities RENAME max_home_odds TO best_home_odds;
        ALTER VIEW v_current_opportunities RENAME min_home_odds TO home_min;
        ALTER VIEW v_current_opportunities RENAME min_draw_odds TO min_draw_odd;
        ALTER VIEW v_current_opportunities RENAME max_away_odds TO "away's top";
        """
    )
    found = look_at(database).configuration
    assert found["tables"]["view"]["columns"] == {
        "home_best": "best_home_odds",
        "home_worst": "home_min",
        "draw_worst": "min_draw_odd",
        "away_best": None,
    }
    columns = {**found["tables"]["view"]["columns"], "away_best": "away's top"}
    settings = Settings.model_validate(
        {"tables": {"view": {"columns": columns}}, "opportunities": {"source": "view", "min_spread_pct": 1}}
    )
    assert small_market.complaints(small_market.ask_everything(dict(database.environment), settings)) == {}
    shown = Catalogue(settings).select("current_opportunities", "match_id, outcome, best_price, worst_price")
    prices = """SELECT match_id, outcome, best, worst FROM v_current_opportunities CROSS JOIN LATERAL (
        VALUES ('home', best_home_odds, home_min, home_spread_pct),
        ('draw', max_draw_odds, min_draw_odd, draw_spread_pct),
        ('away', "away's top", min_away_odds, away_spread_pct)) AS outcomes (outcome, best, worst, spread)
        WHERE spread >= 1"""
    expected = [(match, outcome, float(best), float(worst)) for match, outcome, best, worst in database.execute(prices)]
    assert len(expected) > 5
    assert sorted(database.execute(shown)) == sorted(expected)


def test_a_view_without_prices_still_has_spreads(database: Postgres) -> None:
    small_market.fill(database.connect(autocommit=False))
    prices = {f"{outcome}_{what}": None for outcome in ("home", "draw", "away") for what in ("best", "worst")}
    settings = Settings.model_validate({"tables": {"view": {"columns": prices}}, "opportunities": {"source": "view"}})
    assert small_market.complaints(small_market.ask_everything(dict(database.environment), settings)) == {}
    shown = Catalogue(settings).select("current_opportunities", "best_price, worst_price, spread_pct >= 5")
    assert set(database.execute(shown)) == {(None, None, True)}


@pytest.mark.parametrize(
    ("rights", "said"),
    [
        (
            "GRANT INSERT ON odds_history TO {}",
            "permission denied for table odds_history; grant SELECT on the tables to the role that looks",
        ),
        (
            "GRANT SELECT ON odds_history TO {}; ALTER ROLE {} SET statement_timeout = '1ms'",
            "canceling statement due to statement timeout; the statement_timeout of the role or the database ended it",
        ),
    ],
)
def test_a_database_that_refuses_is_one_line_with_a_remedy(database: Postgres, rights: str, said: str) -> None:
    small_market.fill(database.connect(autocommit=False))
    role = f"looker_{database.name}"
    database.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'; {rights.replace('{}', role)}")
    try:
        done = generate("check", "--suggest", environment={**database.environment, "PGUSER": role, "PGPASSWORD": "x"})
    finally:
        database.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    assert (done.returncode, done.stderr.count("\n")) == (ExitCode.NOT_ACCEPTED, 1)
    assert f"the database cannot be looked at: {said}" in done.stderr


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            "game_id text, home_score int, away_score int, updated_at timestamp",
            {"match": "game_id", "home_goals": "home_score", "away_goals": "away_score"},
        ),
        ("match_id text, ftr text", {"result": "ftr"}),
        # Goals of one team say nothing, and a table with bookmakers is one of old bets.
        ("match_id text, home_score int", None),
        ("match_id text, result text, bookmaker text", None),
    ],
)
def test_a_table_of_results_is_found_where_there_is_one(
    database: Postgres, columns: str, expected: dict[str, Any] | None
) -> None:
    small_market.fill(database.connect(autocommit=False))
    database.execute(f"CREATE TABLE endings ({columns})")
    suggestion = look_at(database)
    results = {"enabled": True, "table": "endings", "columns": expected}
    assert suggestion.configuration == ({} if expected is None else {"tables": {"results": results}})
    assert not any("tables.results" in note for note in suggestion.notes)
    Settings.model_validate(suggestion.configuration)


def test_words_that_no_list_has_are_named(other_names: Postgres) -> None:
    notes = "\n".join(look_at(other_names).notes)
    assert "bets.result also holds 'halbgewonnen': add to tables.bets.won or tables.bets.lost" in notes
    assert "runs.status also holds 'done'" in notes


def test_of_two_tables_of_prices_the_one_that_is_written_counts(database: Postgres) -> None:
    small_market.fill(database.connect(autocommit=False), Layout(form="per_outcome"))
    database.execute(
        "CREATE TABLE odds_history (match_id text, sport text, home_team text, away_team text, bookmaker text, "
        "home_odds numeric, away_odds numeric, draw_odds numeric, commence_time timestamp, collected_at timestamp);"
        "INSERT INTO odds_history (collected_at) VALUES (now() - interval '40 days')"
    )
    assert look_at(database).configuration["tables"]["prices"] == {"form": "per_outcome"}


def test_the_interval_is_measured_late_collections_and_a_failed_one_included(database: Postgres) -> None:
    small_market.fill(database.connect(autocommit=False))
    database.execute("DELETE FROM collection_logs")
    now = datetime.now(UTC).replace(tzinfo=None)
    for number in range(100):
        # A run of three leagues takes half a minute; every tenth comes six minutes late.
        late = timedelta(minutes=6 if number % 20 == 0 else 0)
        for place, league in enumerate(("a", "b", "c")):
            database.execute(
                "INSERT INTO collection_logs (sport, status, collected_at) VALUES (%s, 'success', %s)",
                (league, now - timedelta(minutes=30 * number) + late + timedelta(seconds=15 * place)),
            )
    assert look_at(database).configuration == {"collection": {"interval": "30m"}}


def test_where_collections_come_once_a_day_a_bookmaker_is_remembered_for_longer(database: Postgres) -> None:
    """Silent is who missed three collections: three days, longer than the two after which one is forgotten."""
    small_market.fill(database.connect(autocommit=False))
    database.execute("DELETE FROM collection_logs")
    for league in ("a", "b"):
        database.execute(
            "INSERT INTO collection_logs (sport, status, collected_at) "
            "SELECT %s, 'success', now() AT TIME ZONE 'utc' - day * interval '1 day' FROM generate_series(0, 9) AS day",
            (league,),
        )
    found = look_at(database).configuration
    assert found == {"collection": {"interval": "24h", "forget_bookmaker_after": "144h"}}
    assert Settings.model_validate(found).collection.silent_seconds == 3 * 86400


def test_an_empty_database_has_nothing_to_suggest(database: Postgres) -> None:
    suggestion = look_at(database)
    assert suggestion.configuration == {}
    assert [note.split(";")[0] for note in suggestion.notes] == [
        f"found nothing that looks like tables.{table}" for table in ("prices", "collections", "bets", "view")
    ]


def test_naive_times_that_are_not_utc_are_noticed(database: Postgres) -> None:
    small_market.fill(database.connect(autocommit=False))
    database.execute("UPDATE odds_history SET collected_at = collected_at + interval '2 hours'")
    assert any("ahead of UTC" in note for note in look_at(database).notes)


def test_parts_of_a_partitioned_table_are_not_tables_of_their_own(database: Postgres) -> None:
    small_market.fill(database.connect(autocommit=False))
    database.execute(
        "ALTER TABLE odds_history RENAME TO before; CREATE TABLE odds_history (LIKE before) PARTITION BY RANGE "
        "(collected_at); CREATE TABLE odds_history_2 PARTITION OF odds_history DEFAULT; "
        "INSERT INTO odds_history SELECT * FROM before; DROP TABLE before CASCADE"
    )
    assert look_at(database).configuration == {}
