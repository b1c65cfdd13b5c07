"""What a person sees when the database is not as it should be, and that dirt in it does no harm."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.checks import check as checking
from oddswatch.checks import preview as previewing
from oddswatch.database.execute import as_sent, run, values
from oddswatch.database.macros import TimeRange, expand
from oddswatch.errors import ExitCode, UserError
from oddswatch.settings.site import Settings
from oddswatch.tree.compose import compose
from oddswatch.tree.queries import all_queries
from tests.data import small_market
from tests.servers.command import generate
from tests.servers.postgres import Postgres

VIEW = Settings.model_validate({"opportunities": {"source": "view"}})
COLUMNS = (
    "match_id, sport, home_team, away_team, commence_time, bookmaker, home_odds, away_odds, draw_odds, collected_at"
)
OPPORTUNITIES = "match_id, outcome, best_price, worst_price, spread_pct, bookmakers"


@pytest.fixture
def market(market: Postgres) -> Iterator[Postgres]:
    """A copy of the market for one test."""
    database = market.create_database(market.name)
    yield database
    database.drop()


def said(database: Postgres, settings: Settings | None = None) -> dict[str, str]:
    """The complaints of `check`, by place."""
    return small_market.complaints(small_market.ask_everything(dict(database.environment), settings))


def opportunities(database: Postgres, settings: Settings | None = None) -> list[tuple[Any, ...]]:
    catalogue = Catalogue(settings or Settings())
    return database.execute(catalogue.select("current_opportunities", OPPORTUNITIES, order_by="match_id, outcome"))


def offer(database: Postgres, *prices: str | None, match: str = "m", **columns: str) -> None:
    """Store home prices of as many bookmakers on one match; `columns` are SQL expressions for the others."""
    fixed = {
        "match_id": f"'{match}'",
        "sport": "'soccer_epl'",
        "home_team": "'Leeds'",
        "away_team": "'York'",
        "commence_time": "now() AT TIME ZONE 'utc' + interval '1 day'",
        "collected_at": "now() AT TIME ZONE 'utc'",
        **columns,
    }
    rows = ", ".join(
        f"('b{number}', {'NULL' if price is None else repr(price)}::numeric, {', '.join(fixed.values())})"
        for number, price in enumerate(prices)
    )
    database.execute(f"INSERT INTO odds_history (bookmaker, home_odds, {', '.join(fixed)}) VALUES {rows}")


# --- the database is not what the configuration says


def test_a_healthy_database_is_nothing_to_complain_about(market: Postgres) -> None:
    assert said(market) == {}
    assert said(market, VIEW) == {}


def test_a_dropped_table_is_named_with_its_key(market: Postgres) -> None:
    market.execute("DROP TABLE odds_history CASCADE")
    done = generate("check", environment=market.environment)
    assert done.returncode == ExitCode.FOUND
    assert (
        'relation "odds_history" does not exist; name the right table with tables.prices.table in config.yml'
        in done.stdout
    )
    done = generate("preview", environment=market.environment)
    assert done.returncode == ExitCode.FOUND
    assert done.stderr.startswith("rule ")
    assert done.stderr.endswith("name the right table with tables.prices.table in config.yml\n")


@pytest.mark.parametrize(
    ("table", "column", "renamed", "key"),
    [
        ("odds_history", "bookmaker", "bookmaker name", "tables.prices.columns.bookmaker"),
        ("odds_history", "commence_time", "commence", "tables.prices.columns.kick_off"),
        ("collection_logs", "collected_at", "collected", "tables.collections.columns.collected_at"),
        ("bets", "profit_loss", "profit", "tables.bets.columns.profit"),
    ],
)
def test_a_renamed_column_is_named_with_its_key_and_the_column_that_it_may_be(
    market: Postgres, table: str, column: str, renamed: str, key: str
) -> None:
    """Also where other tables have a column of that name."""
    market.execute(f'ALTER TABLE {table} RENAME {column} TO "{renamed}"')
    complaints = said(market)
    assert complaints
    expected = f"does not exist; name the right column with {key} ({table} has {renamed!r}) in config.yml"
    assert [text for text in complaints.values() if not text.endswith(expected)] == []

    path: Any = {"columns": {key.rpartition(".")[2]: renamed}}
    mended = Settings.model_validate({"tables": {key.split(".")[1]: path}})
    assert said(market, mended) == {}


def test_a_column_that_became_text_is_named(market: Postgres) -> None:
    market.execute("DROP VIEW v_current_opportunities; ALTER TABLE odds_history ALTER home_odds TYPE text")
    assert said(market)["tables.prices.columns.home_odds"] == (
        'column "home_odds" of odds_history is text and must be a number; name another column, or change its type'
    )


def test_times_of_the_other_kind_are_named_with_the_setting(market: Postgres) -> None:
    market.execute("ALTER TABLE bets ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'utc'")
    assert said(market)["tables.bets.columns.placed_at"] == (
        'column "created_at" of bets is timestamp with time zone and must be timestamp without time zone; '
        "set times: timestamptz in config.yml"
    )


def test_a_missing_view_is_named_only_where_it_is_read(market: Postgres) -> None:
    market.execute("DROP VIEW v_current_opportunities")
    assert said(market) == {}
    complaints = said(market, VIEW)
    assert set(complaints.values()) == {
        'relation "v_current_opportunities" does not exist; name the right table with tables.view.table in config.yml, '
        "or set opportunities.source: prices"
    }


def test_a_view_that_divides_by_zero_is_explained(market: Postgres) -> None:
    offer(market, "0", "2.00", "3.00")
    assert said(market) == {}
    assert set(said(market, VIEW).values()) == {
        "division by zero; a price of 0 does this to v_current_opportunities: set opportunities.source: prices in "
        "config.yml"
    }


def test_a_revoked_right_is_said_with_the_command_that_grants_it(market: Postgres) -> None:
    role = f"reader_{market.name}"
    market.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT SELECT ON odds_history, collection_logs TO {role}")
    try:
        environment = {**market.environment, "PGUSER": role, "PGPASSWORD": "x"}
        complaints = small_market.complaints(small_market.ask_everything(environment))
    finally:
        market.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    assert set(complaints.values()) <= {"permission denied for table bets; grant it: python generate.py role"}


def test_every_query_at_its_timeout_says_so_and_the_next_check_is_well(market: Postgres) -> None:
    market.execute(f"ALTER DATABASE {market.name} SET statement_timeout = '40ms'")
    with closing(market.connect(autocommit=False)) as blocker, blocker.cursor() as cursor:
        cursor.execute("LOCK TABLE odds_history, collection_logs, bets IN ACCESS EXCLUSIVE MODE")
        outcomes = small_market.ask_everything(dict(market.environment))
    market.execute(f"ALTER DATABASE {market.name} RESET statement_timeout")
    of_tables = [outcome for outcome in outcomes if 'FROM "' in outcome.query.sql]
    assert of_tables
    assert {outcome.error for outcome in of_tables} == {
        "canceling statement due to statement timeout; the statement_timeout of the role or the database ended it"
    }
    assert said(market) == {}


def test_connections_used_up_by_others_are_said(market: Postgres) -> None:
    role = f"reader_{market.name}"
    market.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x' CONNECTION LIMIT 0")
    environment = {**market.environment, "PGUSER": role, "PGPASSWORD": "x"}
    try:
        with pytest.raises(UserError) as caught:
            small_market.ask_everything(environment)
    finally:
        market.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    assert caught.value.message.endswith(
        f'too many connections for role "{role}"; others use all connections: close some, or raise the limit'
    )
    assert caught.value.exit_code == ExitCode.UNREACHABLE


def test_a_server_that_goes_away_in_the_middle_is_said_once(market: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = as_sent

    def cut(*arguments: Any, **options: Any) -> str:
        monkeypatch.setattr(checking, "as_sent", asked)
        market.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return asked(*arguments, **options)

    monkeypatch.setattr(checking, "as_sent", cut)
    with pytest.raises(UserError, match=r"^the database went away: .*; check again when it is back$") as caught:
        small_market.ask_everything(dict(market.environment))
    assert caught.value.exit_code == ExitCode.UNREACHABLE


# --- dirt in the data


def test_a_feed_whose_clock_is_an_hour_ahead_counts_as_current_and_no_age_is_negative(market: Postgres) -> None:
    offer(market, "2.00", "3.00", collected_at="now() AT TIME ZONE 'utc' + interval '1 hour'")
    catalogue = Catalogue(Settings())
    sql = catalogue.select("current_opportunities", "spread_pct, age", where="match_id = 'm'")
    assert market.execute(sql) == [(50.0, 0.0)]
    assert said(market) == {}


def test_prices_that_are_no_prices_are_left_out(market: Postgres) -> None:
    market.execute("DROP VIEW v_current_opportunities; ALTER TABLE odds_history ALTER home_odds TYPE numeric")
    dirt = [None, "0", "1", "-3", "NaN", "1000000000", "Infinity", "-Infinity", "0.99"]
    offer(market, "2.00", "3.00", *dirt)
    found = [row for row in opportunities(market) if row[0] == "m"]
    assert found == [("m", "home", 3.0, 2.0, 50.0, 2)]
    assert said(market) == {}


def test_a_match_with_nothing_but_dirt_is_no_opportunity(market: Postgres) -> None:
    before = opportunities(market)
    offer(market, None, "0", "1", "-3", "NaN", "2.00")
    assert opportunities(market) == before


def test_a_started_match_is_no_opportunity_and_one_in_2090_is(market: Postgres) -> None:
    offer(market, "2.00", "3.00", match="past", commence_time="timestamp '1999-01-01'")
    offer(market, "2.00", "3.00", match="now", commence_time="now() AT TIME ZONE 'utc'")
    offer(market, "2.00", "3.00", match="far", commence_time="timestamp '2090-06-01'")
    assert [row[0] for row in opportunities(market) if row[0] in ("past", "now", "far")] == ["far"]
    assert said(market) == {}


def test_duplicated_collections_change_no_opportunity(market: Postgres) -> None:
    before = opportunities(market)
    assert before
    for (constraint,) in market.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'odds_history'::regclass AND contype = 'u'"
    ):
        market.execute(f'ALTER TABLE odds_history DROP CONSTRAINT "{constraint}"')
    market.execute(f"INSERT INTO odds_history ({COLUMNS}) SELECT {COLUMNS} FROM odds_history")
    log = "sport, status, collected_at"
    market.execute(f"INSERT INTO collection_logs ({log}) SELECT {log} FROM collection_logs")
    assert opportunities(market) == before
    assert said(market) == {}


def test_a_league_nobody_configured_appears_under_a_derived_name(market: Postgres) -> None:
    offer(market, "2.00", "3.20", match="new", sport="'kabaddi_pro_league'")
    leagues = market.execute(Catalogue(Settings()).select("leagues", "league"))
    assert ("kabaddi_pro_league",) in leagues
    with pytest.MonkeyPatch.context() as patch:
        for name, value in market.environment.items():
            patch.setenv(name, value)
        alerts = previewing.preview(Catalogue(Settings())).alerts
    (alert,) = [alert for alert in alerts if alert.labels.get("match_id") == "new" and alert.rule.name == "high_spread"]
    assert "Pro League" in alert.subject
    assert said(market) == {}


def test_names_from_outside_are_only_names(market: Postgres) -> None:
    team = 'O\'Neil "Söhne" <b>{{ .Labels }}</b> 100% 🎯 $__timeFrom() ${league}' + "x" * 300
    bookmaker = "it's; DROP TABLE bets; --\n\\"
    offer(market, "2.00", "3.20", match="odd", sport="'it''s; DROP TABLE bets; --'")
    market.execute(
        "UPDATE odds_history SET home_team = %s, bookmaker = %s || bookmaker WHERE match_id = 'odd'", (team, bookmaker)
    )
    assert said(market) == {}
    sql = Catalogue(Settings()).select("current_opportunities", "match, best_bookmaker", where="match_id = 'odd'")
    assert market.execute(sql) == [(f"{team} – York", f"{bookmaker}b1")]


def test_a_change_to_winter_time_inside_the_range_changes_no_answer(market: Postgres) -> None:
    """Every query over the night of 25 October 2026, under sessions whose clocks changed, will change, or never do."""
    shift = "collected_at - (SELECT max(collected_at) - timestamp '2026-10-25 12:00' FROM odds_history)"
    market.execute(
        f"INSERT INTO odds_history ({COLUMNS}) SELECT 'dst' || match_id, sport, home_team, away_team,"
        f" timestamp '2026-10-26 18:00', bookmaker, home_odds, away_odds, draw_odds, {shift} FROM odds_history"
    )
    night = TimeRange(datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 26, 12, tzinfo=UTC))
    queries = list(all_queries(compose(Catalogue(Settings()))))
    answers: list[dict[str, int]] = []
    for zone in ("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata"):
        with closing(market.connect()) as session, session.cursor() as cursor:
            cursor.execute("SELECT set_config('TimeZone', %s, false)", (zone,))
            sent = {query.place: as_sent(query, values(session, query), night) for query in queries}
            answers.append({place: len(run(session, sql).rows) for place, sql in sent.items()})
    assert all(answer == answers[0] for answer in answers)

    trend = expand(Catalogue(Settings()).select("opportunities_over_time", "time, opportunities"), night, 60_000)
    rows = sorted(market.execute(trend))
    steps = {later[0] - earlier[0] for earlier, later in pairwise(rows[1:-1])}
    assert max(row[1] for row in rows) > 0
    assert len(steps) == 1, "a gap or a fold where the clocks changed"


# --- other shapes of the same tables


def test_a_partitioned_table_gives_the_same_answers_and_only_its_newest_parts_are_read(market: Postgres) -> None:
    before = opportunities(market)
    market.execute("DROP VIEW v_current_opportunities; ALTER TABLE odds_history RENAME TO plain")
    market.execute("CREATE TABLE odds_history (LIKE plain) PARTITION BY RANGE (collected_at)")
    ((first, last),) = market.execute("SELECT min(collected_at)::date, max(collected_at)::date FROM plain")
    days = [first + timedelta(days=number) for number in range(-30, (last - first).days + 3)]
    for day in days:
        bounds = f"FROM ('{day}') TO ('{day + timedelta(days=1)}')"
        market.execute(f'CREATE TABLE "part_{day}" PARTITION OF odds_history FOR VALUES {bounds}')
    market.execute("CREATE INDEX ON odds_history (sport); CREATE INDEX ON odds_history (collected_at)")
    market.execute("INSERT INTO odds_history SELECT * FROM plain; DROP TABLE plain; ANALYZE odds_history")
    assert opportunities(market) == before
    assert said(market) == {}
    plan = market.execute("EXPLAIN (ANALYZE) " + Catalogue(Settings()).select("current_opportunities", OPPORTUNITIES))
    read = {day for day in days if any(f"part_{day}" in line and "never executed" not in line for (line,) in plan)}
    assert 1 <= len(read) <= 4, f"{len(read)} of {len(days)} parts are read for the current state"


def test_the_size_of_a_partitioned_table_is_that_of_its_parts(market: Postgres) -> None:
    market.execute("DROP VIEW v_current_opportunities; ALTER TABLE odds_history RENAME TO plain")
    market.execute("CREATE TABLE odds_history (LIKE plain) PARTITION BY RANGE (collected_at)")
    market.execute("CREATE TABLE part PARTITION OF odds_history DEFAULT; INSERT INTO odds_history SELECT * FROM plain")
    catalogue = Catalogue(Settings())
    metric = catalogue["table_sizes"]
    size = next(column.name for column in metric.columns if column.unit == "bytes")
    ((part,),) = market.execute("SELECT pg_total_relation_size('part')")
    assert part in [row[0] for row in market.execute(catalogue.select("table_sizes", f"{size}::bigint"))]


def test_nothing_is_asked_that_a_compressed_hypertable_or_a_standby_could_not_answer() -> None:
    """TimescaleDB's and a standby's limits, as far as they show in the text: no row ids, no locks, nothing written."""
    for query in all_queries(compose(Catalogue(Settings()))):
        words = query.sql.lower().replace("(", " ").split()
        for forbidden in ("ctid", "xmin", "tableoid", "for update", "into", "temporary", "nextval", "tablesample"):
            assert forbidden not in words, f"{query.place}: {forbidden}"
