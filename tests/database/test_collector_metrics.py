"""The collector's state, its quota and the quality of what it stored, on rows worked out by hand.

Collections are 4 hours apart here: late after 5 hours, stuck after 10, a bookmaker silent after 12.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NAIVE = next(iter(LAYOUTS))


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


@pytest.fixture(params=LAYOUTS)
def site(request: pytest.FixtureRequest, new_schema: Postgres) -> Site:
    return Site.create(new_schema, request.param, NOW, {"leagues": {"soccer_epl": "Premier League"}})


def status(site: Site) -> dict[str, tuple[Any, ...]]:
    """State, hours since the last collection and failures in a row, by league."""
    rows = site.ask("collection_status", "league, state, age, failures_in_a_row")
    return {league: (state, age / 3600, failures) for league, state, age, failures in rows}


@pytest.mark.parametrize(
    ("hours", "state"), [(0, "ok"), (5, "ok"), (5.001, "late"), (10, "late"), (10.001, "stuck"), (100, "stuck")]
)
def test_state_by_the_age_of_the_last_collection(site: Site, hours: float, state: str) -> None:
    site.collection(ago(hours))
    assert status(site) == {"soccer_epl": (state, pytest.approx(hours), 0)}


def test_last_collection_is_the_last_success_or_the_last_price(site: Site) -> None:
    site.collection(ago(6), "failing")
    site.collection(ago(4), "failing", "error", error="timeout")
    site.collection(ago(2), "failing", "ERROR")
    site.collection(ago(6), "not logged any more")
    site.price(league="not logged any more", collected=ago(1))
    site.price(league="never logged", match="m2", collected=ago(2))
    site.collection(ago(3), "never succeeded", "error")
    site.collection(ago(1), "never succeeded", "error")
    site.collection(ago(-0.5), "clock ahead", "Success")
    assert status(site) == {
        "failing": ("late", pytest.approx(6), 2),
        "not logged any more": ("ok", pytest.approx(1), 0),
        "never logged": ("ok", pytest.approx(2), 0),
        "never succeeded": ("ok", pytest.approx(3), 2),
        "clock ahead": ("ok", 0, 0),
    }


def test_a_league_out_of_season_is_left_out_but_not_one_that_is_still_tried(site: Site) -> None:
    site.collection(ago(1), "running")
    site.collection(ago(1 + 7 * 24), "over")
    site.collection(ago(7 * 24), "nearly over")
    site.price(league="prices only, long ago", collected=ago(300))
    site.collection(ago(400), "failing for long")
    for hours in (160, 1):
        site.collection(ago(hours), "failing for long", "error")
    found = status(site)
    assert found.keys() == {"running", "nearly over", "failing for long"}
    assert found["failing for long"][0] == "stuck"


def test_when_nothing_is_collected_any_more_no_league_of_the_log_is_forgotten(site: Site) -> None:
    site.collection(ago(30 * 24), "a")
    site.price(league="b", collected=ago(40 * 24))
    assert {league: found[0] for league, found in status(site).items()} == {"a": "stuck"}
    site.database.execute("DELETE FROM collection_logs")
    assert status(site) == {}


def test_a_league_that_fails_for_longer_than_leagues_are_remembered_stays_stuck(site: Site) -> None:
    site.collection(ago(200))
    for hours in range(0, 200, 4):
        site.collection(ago(hours), status="error")
    # The first attempt that is remembered: 168 hours before the last one and later, so that of 164 hours ago.
    assert status(site) == {"soccer_epl": ("stuck", 164, 42)}
    assert site.ask("failed_collections", "value") == [(42,)]


@pytest.mark.parametrize(("hours", "state"), [(9.9, "late"), (10.1, "stuck"), (14.9, "stuck"), (15.1, None)])
def test_a_league_known_by_its_prices_alone_is_remembered_for_three_late_spans(
    site: Site, hours: float, state: str | None
) -> None:
    site.price(league="stopped", match="s", collected=ago(hours))
    site.price(league="running", match="r", collected=ago(0.5))
    found = status(site)
    assert found.pop("running") == ("ok", pytest.approx(0.5), 0)
    assert found == ({"stopped": (state, pytest.approx(hours), 0)} if state else {})


def test_what_is_forgotten_depends_on_the_configuration(database: Postgres) -> None:
    settings = {"collection": {"interval": "30m", "forget_league_after": "1h"}}
    site = Site.create(database, NAIVE, NOW, settings)
    for league, hours in (("running", 0.1), ("stopped", 1.05), ("over", 1.15)):
        site.collection(ago(hours), league)
    assert {league: found[0] for league, found in status(site).items()} == {"running": "ok", "stopped": "late"}
    assert site.ask("leagues", "league", order_by="league") == [("running",)]


def test_leagues_to_choose_from_are_those_of_the_log_and_of_recent_prices(site: Site) -> None:
    site.collection(ago(167), "logged")
    site.collection(ago(169), "logged long ago")
    site.price(league="priced", collected=ago(14.9))
    site.price(league="priced long ago", match="m2", collected=ago(15.1))
    assert site.ask("leagues", order_by="league") == [("logged", "Logged"), ("priced", "Priced")]


def test_no_league_at_all(site: Site) -> None:
    assert site.ask("collection_status") == []


def test_states_change_with_successes_failures_and_late_collections(site: Site) -> None:
    for hours, result in ((30, "success"), (20, "success"), (16, "error"), (12, "success"), (8, "success")):
        site.collection(ago(hours), "a", result)
    site.collection(ago(26), "b")
    rows = site.ask("collection_states", "league, time, state", order_by="league, time", start=ago(24))
    by_league: dict[str, list[tuple[float, int]]] = {"a": [], "b": []}
    for league, time, state in rows:
        hours = (NOW - time).total_seconds() / 3600
        if not by_league[league] or by_league[league][-1][1] != state or hours == 0:
            by_league[league].append((hours, state))
    # Late from 25 to 20 hours ago (the range begins 24 hours ago), failed at 16, late from 3 hours ago on.
    assert by_league["a"] == [(24, 2), (20, 1), (16, 0), (12, 1), (3, 2), (0, 2)]
    assert by_league["b"] == [(24, 1), (21, 2), (0, 2)]
    # A row for every league at every moment of a change.
    assert len(rows) == 2 * len({time for _, time, _ in rows})


def test_states_without_collections(site: Site) -> None:
    assert site.ask("collection_states") == [(NOW, None, "No collections logged", None)]


def test_summary_of_collections(site: Site) -> None:
    site.collection(ago(3), duration=2, stored=100)
    site.collection(ago(2), status="error", error="first", duration=30, stored=0)
    site.collection(ago(1), status="failed", error="", duration=10, stored=None)
    site.collection(ago(1), "other", duration=6, stored=50)
    site.collection(ago(50), duration=99)
    assert site.ask("collection_summary", start=ago(24)) == [("all leagues", 4, 2, 50, 12, 30, 150, "failed")]
    assert site.ask("collection_summary", start=ago(24), order_by="name", by="league") == [
        ("Other", 1, 0, 100, 6, 6, 50, None),
        ("Premier League", 3, 2, pytest.approx(100 / 3), 14, 30, 100, "failed"),
    ]
    assert site.ask("collection_summary", start=ago(0.5)) == []


def test_failed_collections(site: Site) -> None:
    site.collection(ago(3))
    site.collection(ago(2), status="error", error="502 <b>Bad</b> {{ Gateway }}", duration=30)
    site.collection(ago(1), status="error", error=None, duration=1)
    assert site.ask("collection_errors", "time, league_name, error, duration", order_by="time") == [
        (ago(2), "Premier League", "502 <b>Bad</b> {{ Gateway }}", 30),
        (ago(1), "Premier League", "no message", 1),
    ]


def test_prices_stored_per_hour(site: Site) -> None:
    for hours, stored in ((2.9, 100), (2.1, 20), (2, 7), (0.5, None)):
        site.collection(ago(hours), stored=stored)
    assert site.ask("prices_stored_per_hour", order_by="time", start=ago(24)) == [
        (ago(3), 120),
        (ago(2), 7),
        (ago(1), 0),
    ]


def test_collections_over_time(site: Site) -> None:
    site.collection(ago(2), duration=3, opportunities=4)
    site.collection(ago(1), duration=5, opportunities=0)
    site.collection(ago(1), status="error", duration=99)
    columns = "time, league_name, duration, opportunities, matches"
    assert site.ask("collections_over_time", columns, order_by="time", start=ago(24)) == [
        (ago(2), "Premier League", 3, 4, 10),
        (ago(1), "Premier League", 5, 0, 10),
    ]
    # Over a year both lie in the same 300th.
    [row] = site.ask("collections_over_time", columns, start=NOW - timedelta(days=365))
    assert row == (ago(1), "Premier League", 4, 2, 10)


def test_marks_of_collections(site: Site) -> None:
    site.collection(ago(2), stored=100)
    site.collection(ago(2), "soccer_x", stored=50)
    site.collection(ago(1), stored=100)
    site.collection(ago(1), "soccer_x", "error", error="timeout")
    assert site.ask("collections_annotations", order_by="time") == [
        (ago(2), "Collection", "150 prices of Premier League, X", "collection"),
        (ago(1), "Collection failed", "X: timeout", "failure"),
    ]


def quota(site: Site, *measurements: tuple[float, int | None]) -> dict[str, Any]:
    for hours, left in measurements:
        site.collection(ago(hours), left=left)
    columns = ("requests_left", "left_pct", "used_per_day", "outlook", "runs_out_at", "left_at_reset", "resets_at")
    [row] = site.ask("api_quota", ", ".join(columns))
    return dict(zip(columns, row, strict=True))


def test_quota_that_lasts(site: Site) -> None:
    # 30 requests in the last 3 days; 9.5 days until the month is over take 95.
    assert quota(site, (100, 300), (72, 200), (36, 180), (0, 170), (0, 171), (-1e-4, None)) == {
        "requests_left": 170,
        "left_pct": 34,
        "used_per_day": pytest.approx(10),
        "outlook": "Enough until 1 Dec",
        "runs_out_at": None,
        "left_at_reset": 75,
        "resets_at": datetime(2026, 12, 1, tzinfo=UTC),
    }


def test_quota_that_runs_out(site: Site) -> None:
    found = quota(site, (72, 200), (0, 80))
    assert (found["used_per_day"], found["left_at_reset"]) == (pytest.approx(40), 80 - 380)
    # 80 requests at 40 a day: in two days, which is a Monday.
    assert (found["outlook"], found["runs_out_at"]) == ("Used up Mon 23 Nov", NOW + timedelta(days=2))


def test_days_without_requests(site: Site) -> None:
    # 80 left at noon of 21 November and 40 a day end at noon of the 23rd: seven and a half days before December.
    quota(site, (72, 200), (0, 80))
    assert site.ask("quota_runs_out", "value") == [(7.5,)]


def test_no_days_without_requests_where_they_last(site: Site) -> None:
    quota(site, (72, 200), (0, 170))
    assert site.ask("quota_runs_out", "value") == [(0,)]


def test_quota_that_is_used_up(site: Site) -> None:
    found = quota(site, (72, 30), (48, 0), (0, 0))
    assert (found["requests_left"], found["outlook"], found["runs_out_at"]) == (0, "Used up Sat 21 Nov", NOW)


def test_quota_that_is_not_used(site: Site) -> None:
    found = quota(site, (72, 100), (0, 100))
    assert (found["used_per_day"], found["runs_out_at"], found["left_at_reset"]) == (0, None, 100)


def test_quota_with_a_single_measurement_has_no_pace_yet(site: Site) -> None:
    found = quota(site, (1, 100))
    assert (found["requests_left"], found["used_per_day"], found["outlook"], found["runs_out_at"]) == (
        100,
        None,
        None,
        None,
    )


def test_quota_across_a_reset(new_schema: Postgres) -> None:
    site = Site.create(new_schema, NAIVE, datetime(2026, 12, 2, 0, 0, tzinfo=UTC))
    for hours, left in ((72, 60), (48, 40), (24.5, 10), (23, 498), (0, 450)):
        site.collection(site.now - timedelta(hours=hours), left=left)
    # 20 + 30 before the new quota, 48 after it; nothing for the jump upwards.
    assert site.ask("api_quota", "requests_left, used_per_day, resets_at") == [
        (450, pytest.approx(98 / 3), datetime(2027, 1, 1, tzinfo=UTC))
    ]


def test_quota_measured_before_the_reset_counts_as_full(new_schema: Postgres) -> None:
    site = Site.create(new_schema, NAIVE, datetime(2026, 12, 1, 1, 0, tzinfo=UTC))
    for hours, left in ((74, 80), (2, 20)):
        site.collection(site.now - timedelta(hours=hours), left=left)
    assert site.ask("api_quota", "requests_left, used_per_day, left_at_reset") == [
        (500, pytest.approx(20), 500 - 31 * 20)
    ]


def test_quota_that_is_not_logged(site: Site) -> None:
    site.collection(ago(1))
    assert site.ask("api_quota") == []
    assert site.ask("requests_left_over_time") == []


def test_requests_left_over_time(site: Site) -> None:
    for hours, left in ((2, 100), (2, 99), (1, None), (0, 95)):
        site.collection(ago(hours), left=left)
    assert site.ask("requests_left_over_time", order_by="time", start=ago(24)) == [(ago(2), 99), (NOW, 95)]


def test_bookmakers(site: Site) -> None:
    site.price(bookmaker="current", collected=ago(1))
    site.price(bookmaker="current", match="m2", collected=ago(5))
    site.price(bookmaker="gaps", collected=ago(11))
    site.price(bookmaker="silent", collected=ago(13))
    site.price(bookmaker="silent", collected=ago(20))
    # Has not been seen since that match was over.
    site.price(bookmaker="gone", match="old", collected=ago(30), kick_off=ago(10))
    columns = "bookmaker, state, last_price, age, matches"
    assert site.ask("bookmaker_status", columns, order_by="bookmaker") == [
        ("current", "ok", ago(1), 3600, 2),
        ("gaps", "ok", ago(11), 11 * 3600, 0),
        ("silent", "silent", ago(13), 13 * 3600, 0),
    ]


@pytest.mark.parametrize(("hours", "is_known"), [(13, True), (20, True), (47, True), (48.1, False)])
def test_a_silent_bookmaker_is_forgotten_after_two_days(site: Site, hours: float, is_known: bool) -> None:
    for collected in range(1, 60, 4):
        site.price(bookmaker="running", collected=ago(collected))
        if collected > hours:
            site.price(bookmaker="silent", collected=ago(collected))
    site.price(bookmaker="silent", collected=ago(hours))
    found = site.ask("bookmaker_status", "state, age", order_by="bookmaker")
    assert found == [("ok", 3600), *([("silent", pytest.approx(hours * 3600))] if is_known else [])]
    listed = [bookmaker for (bookmaker,) in site.ask("bookmakers", "bookmaker", order_by="bookmaker")]
    assert listed == ["running", *(["silent"] if is_known else [])]


def test_no_bookmaker_is_silent_when_the_collector_stands_still(site: Site) -> None:
    site.price(collected=ago(20))
    assert site.ask("bookmaker_status") == []


def quality(site: Site) -> dict[str, tuple[int, str | None]]:
    rows = site.ask("data_quality", "problem, found, detail")
    return {problem: (found, detail) for problem, found, detail in rows if found != 0}


def test_data_without_a_fault(site: Site) -> None:
    site.price(collected=ago(1))
    site.price(collected=ago(5))
    assert quality(site) == {}


def test_data_quality_without_prices_is_not_known(site: Site) -> None:
    site.price(collected=ago(25))
    assert {found for found, _ in quality(site).values()} == {None}


def test_impossible_prices(site: Site) -> None:
    site.price(odds=(0, 1, 1.01), collected=ago(1))
    site.price(match="m2", odds=(1000.01, 1000, -3), collected=ago(1))
    site.price(match="m3", odds=(0.5, 3, 4), collected=ago(25))
    # 0 and 1; above 1000 and negative.
    assert quality(site) == {"Impossible prices": (4, "Premier League 4")}


def test_missing_draws_only_where_draws_are_usual(site: Site) -> None:
    for number in range(3):
        site.price(match=f"m{number}", collected=ago(1))
    site.price(match="m4", odds=(2.0, None, 2.0), collected=ago(1))
    for number in range(3):
        site.price(match=f"b{number}", league="basketball_nba", odds=(2.0, None, 2.0), collected=ago(1))
    found = quality(site)
    assert found["Missing draws"] == (1, "Premier League 1")
    assert found.keys() == {"Missing draws", "Unknown leagues"}


def test_duplicates_within_half_a_minute(site: Site) -> None:
    site.price(collected=ago(1))
    site.price(collected=ago(1) + timedelta(seconds=29))
    site.price(collected=ago(1) + timedelta(seconds=59))
    site.price(bookmaker="b", collected=ago(1) + timedelta(seconds=1))
    each = 1 if site.layout.form == "per_match" else 3
    assert quality(site) == {"Duplicates": (each, f"Premier League {each}")}


def test_silent_bookmakers_prices_from_the_future_and_unknown_leagues(site: Site) -> None:
    site.price(collected=ago(1))
    site.price(bookmaker="zzz", collected=ago(13))
    site.price(match="m2", league="soccer_new", collected=NOW + timedelta(seconds=61))
    site.price(match="m3", collected=NOW + timedelta(seconds=59))
    each = 1 if site.layout.form == "per_match" else 3
    assert quality(site) == {
        "Silent bookmakers": (1, "zzz"),
        "Prices from the future": (each, f"New {each}"),
        "Unknown leagues": (1, "soccer_new"),
    }


def test_values_of_bets_that_cannot_be_used_are_named_with_or_without_prices(site: Site) -> None:
    """A closing price of 0 is how some collectors say that there is none."""
    for column in ("odds_value", "odds_close", site.layout.profit_column):
        site.database.execute(f"ALTER TABLE bets ALTER {column} TYPE double precision")
    site.bet(10, math.nan, "won", profit=math.inf, settled=ago(5000))
    site.bet(10, 1.0, "lost", profit=-10, closing=0, settled=ago(5))
    site.bet(-1, 2.0, None, closing=0.9, settled=None)
    expected = (5, "price 2, closing price 1, profit 1, stake 1")
    assert quality(site)["Unusable values of bets"] == expected
    assert quality(site)["Results without prices"] == (1, "a 1"), "of the one whose profit is known"
    assert sorted(name for name, (found, _) in quality(site).items() if found) == [
        "Results without prices",
        "Unusable values of bets",
    ]
    site.price(collected=ago(1))
    assert quality(site) == {"Unusable values of bets": expected}


def test_without_names_for_leagues_none_is_unknown(new_schema: Postgres) -> None:
    site = Site.create(new_schema, NAIVE, NOW)
    site.price(league="whatever", collected=ago(1))
    assert quality(site) == {}


def test_table_sizes_and_ages(site: Site) -> None:
    site.price(collected=ago(48))
    site.price(collected=ago(2))
    site.database.execute(f"ANALYZE {site.layout.prices}")
    columns = "contents, bytes > 0, row_count, oldest, newest, age"
    prices, log, bets = site.ask("table_sizes", columns, order_by="contents DESC")
    rows = 2 if site.layout.form == "per_match" else 6
    assert prices == ("Prices", True, rows, ago(48), ago(2), 7200)
    assert log == ("Log of collections", True, None, None, None, None)
    assert bets == ("Bets", True, None, None, None, None)


def test_sizes_of_partitions_are_added_up(new_schema: Postgres) -> None:
    site = Site.create(new_schema, NAIVE, NOW)
    new_schema.execute(
        """
        ALTER TABLE odds_history RENAME TO plain;
        CREATE TABLE odds_history (LIKE plain INCLUDING IDENTITY) PARTITION BY RANGE (collected_at);
        CREATE TABLE part_1 PARTITION OF odds_history FOR VALUES FROM ('2026-11-01') TO ('2026-11-20');
        CREATE TABLE part_2 PARTITION OF odds_history FOR VALUES FROM ('2026-11-20') TO ('2026-12-01')
            PARTITION BY LIST (sport);
        CREATE TABLE part_2_epl PARTITION OF part_2 FOR VALUES IN ('soccer_epl');
        """
    )
    for hours in (1, 2, 72):
        site.price(collected=ago(hours))
    new_schema.execute("ANALYZE odds_history; ANALYZE part_1; ANALYZE part_2_epl")
    (size, rows) = site.ask("table_sizes", "bytes, row_count", order_by="contents DESC")[0]
    parts = new_schema.execute("SELECT pg_total_relation_size('part_1') + pg_total_relation_size('part_2_epl')")
    assert (size, rows) == (parts[0][0], 3)
