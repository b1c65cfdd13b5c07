"""The metrics about prices, on data worked out by hand, in both forms of table and both kinds of time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from psycopg2.extras import execute_values

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.catalogue.header import Metric
from oddswatch.database.macros import TimeRange, expand
from oddswatch.demo.layout import Layout
from oddswatch.demo.schema import create_schema
from oddswatch.settings.site import Settings
from tests.servers.postgres import Postgres

LAYOUTS = {
    f"{form} {times}": Layout(form, times)
    for form in ("per_match", "per_outcome")
    for times in ("naive_utc", "timestamptz")
}
OF_A_MATCH = (
    "match_prices",
    "match_moves",
    "match_summary",
    "match_prices_over_time",
    "match_spread_over_time",
    "match_overround_over_time",
)
METRICS = (
    "current_opportunities",
    "opportunity_count",
    "opportunities_over_time",
    "surebets",
    "surebet_count",
    "matches_ahead",
    "spreads_by_league",
    "spread_distribution",
    "active_bookmakers",
    "match_choice",
    *OF_A_MATCH,
)
HOUR = timedelta(hours=1)

Price = float | str | None


@cache
def catalogue_for(layout: Layout) -> Catalogue:
    return Catalogue(Settings.model_validate({"times": layout.times, "tables": {"prices": {"form": layout.form}}}))


@dataclass(frozen=True)
class Site:
    """A database in one layout, the catalogue for it, and the moment at which its tests began."""

    database: Postgres
    layout: Layout
    now: datetime

    @property
    def catalogue(self) -> Catalogue:
        return catalogue_for(self.layout)

    def offer(
        self,
        match: str,
        bookmaker: str,
        home: Price,
        draw: Price,
        away: Price,
        *,
        hours_old: float = 1,
        starts_in: float = 24,
        league: str = "soccer_epl",
        teams: tuple[str, str] = ("Home", "Away"),
    ) -> None:
        """Store what a bookmaker offers; without a price there is NULL in the one form and no row in the other."""
        collected, kick_off = self.now - hours_old * HOUR, self.now + starts_in * HOUR
        common = (match, league, *teams, bookmaker, kick_off, collected)
        rows: list[tuple[Any, ...]] = [(*common, home, draw, away)]
        columns = f"match_id, sport, home_team, away_team, bookmaker, commence_time, {self.layout.collected}"
        if self.layout.form == "per_match":
            columns = f"{columns}, home_odds, draw_odds, away_odds"
        else:
            priced = zip((teams[0], "Draw", teams[1]), (home, draw, away), strict=True)
            columns = f"{columns}, outcome, odds_value"
            rows = [(*common, outcome, price) for outcome, price in priced if price is not None]
        session = self.database.connect()
        with session.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
            execute_values(cursor, f"INSERT INTO {self.layout.prices} ({columns}) VALUES %s", rows)
        session.close()

    def sql(self, name: str, **parameters: str) -> str:
        """The text of a metric, over the last two days."""
        text = self.catalogue.sql(name, **parameters)
        return expand(text, TimeRange(self.now - 48 * HOUR, self.now), 60_000)

    def rows(self, name: str, **parameters: str) -> list[dict[str, Any]]:
        """What a metric says, in an order that does not depend on the server."""
        columns = [column.name for column in self.catalogue[name].columns]
        found = [dict(zip(columns, row, strict=True)) for row in self.database.execute(self.sql(name, **parameters))]
        return sorted(found, key=lambda row: tuple(str(value) for value in row.values()))

    def only(self, name: str, **parameters: str) -> dict[str, Any]:
        """The one row that a metric returns."""
        rows = self.rows(name, **parameters)
        assert len(rows) == 1, rows
        return rows[0]

    def utc(self, moment: datetime) -> datetime:
        """A moment as the database returned it, with its time zone."""
        return moment.replace(tzinfo=UTC) if self.layout.times == "naive_utc" else moment


@pytest.fixture(scope="module", params=list(LAYOUTS))
def empty_site(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[Site]:
    layout = LAYOUTS[request.param]
    database = postgres.create_database()
    session = database.connect(autocommit=False)
    create_schema(session, layout)
    # Prices of any size, as other installations may have them; the collector's view is not what is tested here.
    with session, session.cursor() as cursor:
        cursor.execute("DROP VIEW v_current_opportunities")
        for column in ("home_odds", "draw_odds", "away_odds") if layout.form == "per_match" else ("odds_value",):
            cursor.execute(f"ALTER TABLE {layout.prices} ALTER {column} TYPE numeric")
    session.close()
    yield Site(database, layout, datetime.now(UTC))
    database.drop()


@pytest.fixture
def site(empty_site: Site) -> Site:
    """One of the four kinds of database, with empty tables."""
    empty_site.database.execute(f"TRUNCATE {empty_site.layout.prices}, bets")
    return replace(empty_site, now=datetime.now(UTC))


def parameters_for(metric: Metric, match: str = "m") -> dict[str, str]:
    return {"match": f"'{match}'"} if metric.name in OF_A_MATCH else {}


@pytest.mark.parametrize("name", METRICS)
def test_on_empty_tables_nothing_fails_and_nothing_is_invented(site: Site, name: str) -> None:
    rows = site.rows(name, **parameters_for(site.catalogue[name]))
    if name == "spread_distribution":
        assert {row["outcomes"] for row in rows} == {0}
    elif name == "opportunities_over_time":
        assert {row["opportunities"] for row in rows} == {0}
    elif name in ("opportunity_count", "surebet_count"):
        assert [list(row.values()) for row in rows] == [[None]]
    else:
        assert rows == []


# --- opportunities


def test_the_widest_prices_make_the_opportunity_and_ties_go_to_the_freshest(site: Site) -> None:
    site.offer("m", "alpha", 2.10, 3.40, 3.60, hours_old=1.1)
    site.offer("m", "zeta", 2.10, 3.40, 3.60)
    site.offer("m", "beta", 2.00, 3.40, 3.50, hours_old=1.05)
    site.offer("m", "gone", 1.00, 9.00, 9.00, hours_old=3)
    row = site.only("current_opportunities")
    assert (row["outcome"], row["best_price"], row["worst_price"], row["bookmakers"]) == ("home", 2.1, 2.0, 3)
    assert (row["best_bookmaker"], row["worst_bookmaker"]) == ("zeta", "beta")
    assert row["spread_pct"] == 5
    assert row["age"] == pytest.approx(1.05 * 3600, abs=60)
    assert (row["match"], row["league_name"]) == ("Home – Away", "Epl")


def test_one_bookmaker_alone_has_no_spread(site: Site) -> None:
    site.offer("m", "a", 2.10, 3.40, 3.60)
    assert site.rows("current_opportunities") == []
    assert site.only("matches_ahead")["spread_pct"] is None
    assert site.rows("spreads_by_league") == []
    assert {row["outcomes"] for row in site.rows("spread_distribution")} == {0}


def test_only_the_latest_price_within_the_look_back_and_before_kick_off_counts(site: Site) -> None:
    site.offer("moved", "a", 2.0, 3.0, 3.0)
    site.offer("moved", "b", 3.0, 3.0, 3.0, hours_old=3)
    site.offer("moved", "b", 2.0, 3.0, 3.0)
    site.offer("old", "a", 2.0, 3.0, 3.0)
    site.offer("old", "b", 3.0, 3.0, 3.0, hours_old=6.1)
    site.offer("started", "a", 2.0, 3.0, 3.0, starts_in=-0.1)
    site.offer("started", "b", 3.0, 3.0, 3.0, starts_in=-0.1)
    assert site.rows("current_opportunities") == []
    assert [row["match_id"] for row in site.rows("matches_ahead")] == ["moved", "old"]


#: What stands in price columns and is no price.
WRONG: tuple[Price, ...] = (None, 0, 1, -2, "NaN", 1e9)


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_price_is_neither_best_nor_worst(site: Site, wrong: Price) -> None:
    site.offer("m", "a", wrong, 3.0, 3.0)
    site.offer("m", "b", 2.00, 3.0, 3.0)
    site.offer("m", "c", 2.02, 3.0, 3.0)
    assert site.rows("current_opportunities") == []
    row = site.only("matches_ahead")
    assert (row["home_best"], row["spread_pct"], row["bookmakers"]) == (2.02, pytest.approx(1), 3)
    prices_of_a = next(row for row in site.rows("match_prices", match="'m'") if row["bookmaker"] == "a")
    assert (prices_of_a["home_price"], prices_of_a["overround_pct"]) == (None, None)


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_price_hides_neither_a_spread_nor_a_surebet(site: Site, wrong: Price) -> None:
    site.offer("m", "a", 2.00, 4.0, 4.2)
    site.offer("m", "b", 2.80, 3.9, 4.1)
    site.offer("m", "c", wrong, wrong, wrong)
    # Of just the least that is asked for.
    wide = site.only("current_opportunities", least="40")
    assert (wide["outcome"], wide["best_price"], wide["worst_price"], wide["spread_pct"]) == ("home", 2.8, 2.0, 40)
    # 1/2.8 + 1/4 + 1/4.2 = 71/84
    assert site.only("surebets")["profit_pct"] == pytest.approx(1300 / 71, abs=1e-6)


def test_filters_for_bookmakers_and_kick_off_apply_before_best_and_worst_are_looked_for(site: Site) -> None:
    site.offer("soon", "a", 2.0, 3.0, 3.0, starts_in=20)
    site.offer("soon", "b", 2.5, 3.0, 3.0, starts_in=20)
    site.offer("soon", "c", 4.0, 3.0, 3.0, starts_in=20)
    site.offer("late", "a", 2.0, 3.0, 3.0, starts_in=30)
    site.offer("late", "c", 4.0, 3.0, 3.0, starts_in=30)
    row = site.only("current_opportunities", bookmakers="ARRAY['a', 'b']", within="'24 hours'::interval")
    assert (row["match_id"], row["best_price"], row["spread_pct"], row["bookmakers"]) == ("soon", 2.5, 25, 2)
    assert len(site.rows("current_opportunities", within="'876000 hours'::interval")) == 2
    assert site.only("current_opportunities", leagues="ARRAY['soccer_epl']", match="'soon'")["best_price"] == 4
    assert site.rows("current_opportunities", leagues="ARRAY['tennis_atp']") == []
    for name in ("matches_ahead", "spreads_by_league", "active_bookmakers"):
        everything = site.rows(name)
        assert site.rows(name, bookmakers="ARRAY['a', 'b']", within="'24 hours'::interval") != everything
        assert site.rows(name, bookmakers="ARRAY['nobody']") == []
    trend = site.rows("opportunities_over_time", bookmakers="ARRAY['a', 'b']", within="'24 hours'::interval")
    assert trend[-1]["opportunities"] == 1


def test_names_from_outside_stay_names(site: Site) -> None:
    league, bookmaker = "l'une \"d'elles\"", 'O\'Neil "Söhne" <b>'
    site.offer("it's", bookmaker, 2.0, 3.0, 3.0, league=league, teams=(bookmaker, "{{ x }} 100% 🎯"))
    site.offer("it's", "b", 2.5, 3.0, 3.0, league=league, teams=(bookmaker, "{{ x }} 100% 🎯"))
    row = site.only("current_opportunities", bookmakers="ARRAY['O''Neil \"Söhne\" <b>', 'b']")
    assert row["match"] == f"{bookmaker} – {{{{ x }}}} 100% 🎯"
    assert (row["league"], row["worst_bookmaker"]) == (league, bookmaker)
    assert len(site.rows("match_prices", match="'it''s'")) == 2
    assert site.only("match_choice")["label"].startswith(row["match"])


def test_there_are_zero_opportunities_and_surebets_only_where_there_are_prices(site: Site) -> None:
    def counts(**filters: str) -> tuple[Any, Any]:
        opportunities = site.only("opportunity_count", **filters)["opportunities"]
        filters.pop("filter", None)
        return opportunities, site.only("surebet_count", **filters)["surebets"]

    site.offer("started", "a", 2.0, 3.0, 4.0, starts_in=-1)
    site.offer("old", "a", 2.0, 3.0, 4.0, hours_old=7)
    site.offer("no price", "a", 1.0, None, "NaN")
    assert counts() == (None, None)
    site.offer("m", "a", 2.0, 3.0, 4.0)
    site.offer("m", "b", 2.0, 3.0, 4.0)
    assert counts() == (0, 0)
    # 4.4 / 4 - 1 = 10 %, 5 / 4 - 1 = 25 %; 1/2 + 1/3 + 1/5 is above 1, 1/2.5 + 1/3 + 1/5 below.
    site.offer("m", "c", 2.0, 3.0, 4.4)
    assert counts() == (1, 0)
    site.offer("m", "d", 2.5, 3.0, 5.0)
    assert counts() == (2, 1)
    assert counts(filter="spread_pct >= 26") == (0, 1)
    assert counts(leagues="ARRAY['soccer_other']") == (None, None)


def test_the_trend_counts_what_there_was_at_each_moment(site: Site) -> None:
    for hours_old in (30, 26):
        site.offer("m", "a", 2.0, 3.0, 3.0, hours_old=hours_old)
        site.offer("m", "b", 2.5, 3.0, 3.5, hours_old=hours_old)
    found = {
        (site.now - site.utc(row["time"])) / HOUR: row["opportunities"] for row in site.rows("opportunities_over_time")
    }
    # From the first collection on, until the look-back of six hours after the last one is over.
    assert {hours for hours, count in found.items() if count} == {hours for hours in found if 20 < hours <= 30}
    assert set(found.values()) == {0, 2}


def test_leagues_and_bands_count_every_outcome_once(site: Site) -> None:
    # Spreads of 5, 0 and exactly 10 % in the one league, 1, 0 and 2 % in the other.
    site.offer("m", "a", 2.00, 3.00, 3.00)
    site.offer("m", "b", 2.10, 3.00, 3.30)
    site.offer("n", "a", 2.00, 3.00, 5.00, league="soccer_spain_la_liga")
    site.offer("n", "b", 2.02, 3.00, 5.10, league="soccer_spain_la_liga")
    leagues = {row["league_name"]: row for row in site.rows("spreads_by_league")}
    assert (leagues["Epl"]["max_spread_pct"], leagues["Epl"]["opportunities"], leagues["Epl"]["matches"]) == (10, 2, 1)
    assert (leagues["Spain La Liga"]["max_spread_pct"], leagues["Spain La Liga"]["opportunities"]) == (2, 0)
    bands = {row["from_pct"]: row["outcomes"] for row in site.rows("spread_distribution")}
    assert {start: count for start, count in bands.items() if count} == {0: 2, 1: 1, 2: 1, 5: 1, 10: 1}
    chosen = site.rows("spread_distribution", leagues="ARRAY['soccer_epl']")
    assert sum(row["outcomes"] for row in chosen) == 3


def test_best_prices_count_for_everybody_who_offers_them_and_for_nobody_who_is_alone(site: Site) -> None:
    site.offer("m", "a", 2.00, 3.00, 4.00)
    site.offer("m", "b", 2.00, 3.10, None)
    site.offer("alone", "c", 2.00, 3.00, 4.00)
    rows = {row["bookmaker"]: row for row in site.rows("active_bookmakers")}
    # Nobody else offers the away of a.
    assert (rows["a"]["prices"], rows["a"]["best_prices"], rows["a"]["best_pct"]) == (3, 1, 50)
    assert (rows["b"]["prices"], rows["b"]["best_prices"], rows["b"]["best_pct"]) == (2, 2, 100)
    assert (rows["c"]["prices"], rows["c"]["best_prices"], rows["c"]["best_pct"]) == (3, 0, None)


# --- surebets


def test_a_surebet_says_how_much_where_and_what_it_brings(site: Site) -> None:
    site.offer("m", "zeta", 2.10, 3.20, 4.20)
    site.offer("m", "alpha", 2.10, 3.10, 3.90, hours_old=1.05)
    site.offer("m", "beta", 1.95, 4.00, 4.00, hours_old=1.1)
    # Not of this collection: what it offered is not on offer any more.
    site.offer("m", "gone", 9.00, 9.00, 9.00, hours_old=2)
    row = site.only("surebets")
    # 1/2.1 + 1/4 + 1/4.2 = 27/28
    assert row["profit_pct"] == pytest.approx(100 / 27, abs=1e-6)
    assert (row["home_price"], row["draw_price"], row["away_price"]) == (2.1, 4.0, 4.2)
    assert (row["home_bookmaker"], row["draw_bookmaker"], row["away_bookmaker"]) == ("zeta", "beta", "zeta")
    stakes = [row[f"{outcome}_stake"] for outcome in ("home", "draw", "away")]
    assert stakes == pytest.approx([100 / 2.1 * 28 / 27, 25 * 28 / 27, 100 / 4.2 * 28 / 27])
    assert sum(stakes) == pytest.approx(100)
    ages = [row[f"{outcome}_age"] / 3600 for outcome in ("home", "draw", "away")]
    assert ages == pytest.approx([1, 1.1, 1], abs=0.02)
    assert (row["bookmakers"], row["suspicious"]) == (3, None)


def test_a_book_of_exactly_one_is_no_surebet(site: Site) -> None:
    site.offer("m", "a", 2.0, 4.0, 3.0)
    site.offer("m", "b", 1.5, 3.0, 4.0)
    assert site.rows("surebets") == []


def test_without_any_draw_a_match_has_two_outcomes(site: Site) -> None:
    site.offer("m", "a", 2.10, None, 1.80, league="tennis_atp")
    site.offer("m", "b", 1.80, None, 2.10, league="tennis_atp")
    # The draws of another league are its own affair.
    site.offer("other", "a", 2.0, 3.0, 3.0)
    row = site.only("surebets")
    assert row["profit_pct"] == pytest.approx(5)
    assert (row["home_stake"], row["away_stake"]) == (pytest.approx(50), pytest.approx(50))
    assert [row[f"draw_{what}"] for what in ("price", "bookmaker", "stake", "age")] == [None] * 4
    assert row["suspicious"] is None


@pytest.mark.parametrize("draw", [3.0, 0, 1])
def test_a_draw_that_only_some_or_no_valid_price_has_keeps_a_match_from_having_two_outcomes(
    site: Site, draw: Price
) -> None:
    site.offer("m", "a", 2.50, None, 1.80)
    site.offer("m", "b", 1.80, None, 2.50)
    site.offer("m", "c", 1.80, draw, 1.80)
    assert site.rows("surebets") == []
    # Nor does it when those who offer a draw are filtered away.
    assert site.rows("surebets", bookmakers="ARRAY['a', 'b']") == []


def test_where_the_draws_are_missing_there_is_neither_a_surebet_nor_a_margin(site: Site) -> None:
    site.offer("m", "a", 2.90, None, 2.70)
    site.offer("m", "b", 2.70, None, 2.90)
    site.offer("other", "a", 2.0, 3.0, 3.0)
    assert site.rows("surebets") == []
    assert [row["overround_pct"] for row in site.rows("match_prices", match="'m'")] == [None, None]
    assert site.only("match_summary", match="'m'")["best_margin_pct"] is None
    assert site.rows("match_overround_over_time", match="'m'") == []


@pytest.mark.parametrize("best", [(2.0, 4.0, 4.0), (2.0, 3.0, 6.0), (1.5, 6.0, 6.0), (1.75, 7.0, 3.5)])
def test_prices_that_give_back_just_what_was_staked_are_no_surebet(site: Site, best: tuple[float, ...]) -> None:
    """The sum of 1 / price is 1, and in binary fractions of the last three a hair less."""
    site.offer("m", "a", *best)
    site.offer("m", "b", 1.4, 2.9, 3.4)
    assert site.rows("surebets") == []
    assert site.only("surebet_count")["surebets"] == 0


def test_a_surebet_with_a_bookmaker_whose_sides_are_swapped_is_suspicious(site: Site) -> None:
    for bookmaker in ("b", "c", "d"):
        site.offer("m", bookmaker, 2.50, 3.60, 2.90)
    # 1 / 2.90 + 1 / 3.60 + 1 / 2.90 is 0.967; as it was meant, 2.48 and 2.90, there is none.
    site.offer("m", "a", 2.90, 3.40, 2.48)
    # A higher price alone is what makes a surebet.
    for bookmaker in ("b", "c", "d"):
        site.offer("high", bookmaker, 2.50, 3.60, 2.90)
    site.offer("high", "a", 2.90, 3.40, 2.90)
    found = {row["match_id"]: row["suspicious"] for row in site.rows("surebets")}
    assert found == {"m": "sides swapped", "high": None}


def test_a_league_that_lost_all_its_draws_has_no_surebet_and_no_value(site: Site) -> None:
    """1 / 1.15 + 1 / 12 is 0.95: no bookmaker pays more than it takes, so there is a third outcome."""
    site.offer("m", "a", 1.15, None, 12.0)
    for bookmaker in ("b", "c", "d"):
        site.offer("m", bookmaker, 1.12, None, 15.0)
    # In a league of its own the same is told of its match alone.
    site.offer("tennis", "a", 2.10, None, 1.80, league="tennis_atp")
    site.offer("tennis", "b", 1.80, None, 2.10, league="tennis_atp")
    assert [row["match_id"] for row in site.rows("surebets")] == ["tennis"]
    assert "m" not in {row["match_id"] for row in site.rows("value_bets", least="-1")}
    assert [row["overround_pct"] for row in site.rows("match_prices", match="'m'")] == [None] * 4
    assert site.only("match_summary", match="'m'")["best_margin_pct"] is None
    assert site.rows("match_overround_over_time", match="'m'") == []
    assert {row["bookmaker"] for row in site.rows("match_overround_over_time", match="'tennis'")} >= {"Best prices"}


def test_suspicious_names_every_reason(site: Site) -> None:
    for match, home, hours_old in (
        ("at ten", 2.20, 1),
        ("above ten", 2.22, 1),
        ("stale", 2.1, 5.1),
        ("fresh", 2.1, 4.9),
    ):
        site.offer(match, "a", home, None, 1.5, league="tennis_atp", hours_old=hours_old)
        site.offer(match, "b", 1.5, None, home, league="tennis_atp", hours_old=hours_old)
    for match, price, hours_old in (("one", 2.1, 0.5), ("everything", 3, 5.5)):
        site.offer(match, "a", price, None, price, league="tennis_atp", hours_old=hours_old)
        site.offer(match, "b", 1.9, None, 1.9, league="tennis_atp", hours_old=hours_old)
    found = {row["match_id"]: row["suspicious"] for row in site.rows("surebets")}
    assert found == {
        "at ten": None,
        "above ten": "above 10 %",
        "stale": "stale price",
        "fresh": None,
        "one": "one bookmaker",
        "everything": "above 10 %, one bookmaker, stale price",
    }


# --- one match


def test_the_matrix_marks_every_best_price_and_gives_the_margin(site: Site) -> None:
    site.offer("m", "a", 2.00, 4.00, 4.00)
    site.offer("m", "b", 2.00, 3.50, None, hours_old=1.05)
    site.offer("m", "left out", 9.00, 9.00, 9.00, hours_old=2)
    site.offer("n", "c", 9.00, 9.00, 9.00)
    rows = {row["bookmaker"]: row for row in site.rows("match_prices", match="'m'")}
    best = {name: [row[f"{outcome}_is_best"] for outcome in ("home", "draw", "away")] for name, row in rows.items()}
    assert best == {"a": [True, True, True], "b": [True, False, False], "left out": [False, False, False]}
    assert (rows["a"]["overround_pct"], rows["b"]["overround_pct"]) == (0, None)
    assert rows["left out"]["age"] == pytest.approx(7200, abs=60)
    assert {name: row["remark"] for name, row in rows.items()} == {"a": None, "b": None, "left out": "older price"}


def test_a_match_that_has_started_shows_its_closing_prices(site: Site) -> None:
    site.offer("m", "a", 2.0, 3.0, 3.0, hours_old=11, starts_in=-9)
    site.offer("m", "a", 2.5, 3.0, 3.0, hours_old=10, starts_in=-9)
    site.offer("m", "a", 7.0, 3.0, 3.0, hours_old=8, starts_in=-9)
    row = site.only("match_prices", match="'m'")
    assert (row["home_price"], row["age"]) == (2.5, pytest.approx(3600, abs=60))
    summary = site.only("match_summary", match="'m'")
    assert (summary["bookmakers"], summary["to_kick_off"]) == (1, pytest.approx(-9 * 3600, abs=60))
    assert summary["age"] == pytest.approx(3600, abs=60)


def test_a_match_whose_prices_are_too_old_is_still_named(site: Site) -> None:
    site.offer("m", "a", 2.0, 3.0, 3.0, hours_old=7)
    summary = site.only("match_summary", match="'m'")
    assert (summary["match"], summary["bookmakers"], summary["spread_pct"]) == ("Home – Away", 0, None)
    assert site.rows("match_prices", match="'m'") == []


def test_the_summary_says_what_there_is_in_a_match(site: Site) -> None:
    site.offer("m", "a", 2.10, 4.00, 3.50)
    site.offer("m", "b", 2.00, 3.20, 4.20)
    row = site.only("match_summary", match="'m'")
    assert row["best_margin_pct"] == pytest.approx(-100 / 28, abs=1e-6)
    assert (row["spread_pct"], row["bookmakers"]) == (pytest.approx(25), 2)


def test_moves_go_from_the_first_price_to_the_current_one(site: Site) -> None:
    site.offer("m", "a", None, 3.0, 5.0, hours_old=100)
    site.offer("m", "a", 2.0, 9.0, 9.0, hours_old=50)
    site.offer("m", "a", 2.5, 3.0, 4.0)
    site.offer("m", "gone", 2.5, 3.0, 4.0, hours_old=50)
    row = site.only("match_moves", match="'m'")
    assert (row["home_opening"], row["home_price"], row["home_move_pct"]) == (2.0, 2.5, 25)
    assert (row["draw_move_pct"], row["away_move_pct"]) == (0, -20)
    assert site.utc(row["opened_at"]) == site.now - 100 * HOUR


def test_curves_hold_a_price_until_the_next_one_or_the_look_back(site: Site) -> None:
    site.offer("m", "a", 2.0, 3.0, 3.0, hours_old=40)
    site.offer("m", "a", 2.2, 3.0, 3.0, hours_old=38)
    site.offer("m", "a", 2.4, 3.0, 3.0)
    site.offer("m", "b", 2.1, 3.0, 3.0, hours_old=40)
    for row in site.rows("match_prices_over_time", match="'m'"):
        hours = (site.now - site.utc(row["time"])) / HOUR
        if row["curve"] == "b":
            # Until the collection of a, and the ten minutes that it may last.
            assert 38 - 1 / 6 <= hours <= 40
        elif row["curve"] == "a" and row["outcome"] == "home":
            assert row["price"] == (2.0 if hours > 38 else 2.2 if hours > 30 else 2.4)
            assert 32 <= hours <= 40 or hours <= 1
    spreads = [row for row in site.rows("match_spread_over_time", match="'m'") if row["outcome"] == "home"]
    expected = {1: None, 2: {2.1: 5.0, 2.2: pytest.approx(100 * (2.2 / 2.1 - 1), abs=1e-5)}}
    for row in spreads:
        value = expected[row["bookmakers"]]
        assert row["spread_pct"] == (value[row["best_price"]] if value else None)
    assert {row["bookmakers"] for row in spreads} == {1, 2}


def test_curves_end_at_kick_off(site: Site) -> None:
    site.offer("m", "a", 2.0, 3.0, 3.0, hours_old=12, starts_in=-10)
    hours = [(site.now - site.utc(row["time"])) / HOUR for row in site.rows("match_prices_over_time", match="'m'")]
    assert 10 < min(hours) < max(hours) <= 12


def test_margins_over_time_need_a_complete_book(site: Site) -> None:
    site.offer("m", "a", 2.00, 4.00, 3.00)
    site.offer("m", "b", 1.50, 3.00, 5.00)
    site.offer("m", "no draw", 1.90, None, 1.90)
    rows = site.rows("match_overround_over_time", match="'m'")
    found = {row["bookmaker"]: row["overround_pct"] for row in rows}
    assert found == {
        "a": pytest.approx(100 / 12, abs=1e-5),
        "b": pytest.approx(20, abs=1e-5),
        "Best prices": pytest.approx(-5, abs=1e-5),
    }
    site.offer("two", "a", 2.00, None, 1.60, league="tennis_atp")
    assert {row["overround_pct"] for row in site.rows("match_overround_over_time", match="'two'")} == {12.5}


def test_matches_to_choose_from_are_those_ahead_and_those_with_bets(site: Site) -> None:
    site.offer("second", "a", 2.0, 3.0, 3.0, starts_in=30)
    site.offer("first", "a", 2.0, 3.0, 3.0, starts_in=20)
    site.offer("bet on", "a", 2.0, 3.0, 3.0, hours_old=30, starts_in=-20)
    site.offer("over", "a", 2.0, 3.0, 3.0, hours_old=30, starts_in=-25)
    site.database.execute(
        "INSERT INTO bets (match_id, outcome, bookmaker, odds_value, stake, created_at, updated_at) "
        "SELECT id, 'home', 'a', 2, 10, now(), now() FROM (VALUES ('bet on'), ('first'), ('unknown')) AS chosen (id)"
    )
    rows = sorted(site.rows("match_choice"), key=lambda row: row["position"])
    assert [row["match_id"] for row in rows] == ["first", "second", "bet on"]
    assert rows[0]["label"].startswith("Home – Away · Epl · ")
