"""Which prices count as offered together: rows that come one by one, feeds that never pause, matches that are moved."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extras import execute_values

from oddswatch.database.macros import TimeRange, expand
from oddswatch.demo.schema import create_schema
from oddswatch.settings.site import Settings
from tests.data import composed
from tests.data.past import past_books
from tests.servers.postgres import Postgres

START = datetime(2026, 3, 14, 9, 0)
KICK_OFF = START + timedelta(days=2)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LOW = {"alerts": {"high_spread": {"threshold_pct": 6, "clear_pct": 5}}, "value": {"min_ev_pct": 1}}

_examples = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_bookmakers = ("pinnacle", "a", "b", "c", "d", "e")
_prices = st.sampled_from((1.9, 2.0, 2.1, 2.2, 2.5))


class Row(NamedTuple):
    """A bookmaker's prices for home, draw and away at a moment, and the kick-off as it was known."""

    bookmaker: str
    collected: datetime
    prices: tuple[float, float | None, float] = (2.0, 3.8, 3.8)
    kick_off: datetime = KICK_OFF
    match: str = "m"


@dataclass
class Table:
    """The table of prices, of which a test says what it holds."""

    session: Any
    settings: Settings = field(default_factory=lambda: Settings.model_validate(LOW))

    def hold(self, rows: Iterable[Row]) -> None:
        """Replace everything by these rows."""
        stored = [
            (row.match, "league", "Home", "Away", row.kick_off, row.bookmaker, *row.prices, row.collected)
            for row in rows
        ]
        with self.session.cursor() as cursor:
            cursor.execute("TRUNCATE odds_history")
            execute_values(
                cursor,
                "INSERT INTO odds_history (match_id, sport, home_team, away_team, commence_time, bookmaker, home_odds,"
                " draw_odds, away_odds, collected_at) VALUES %s",
                stored,
            )

    def ask(self, metric: str, columns: str, at: datetime, where: str = "") -> list[tuple[Any, ...]]:
        """Rows of a metric as of a moment."""
        at_sql = f"timestamp '{at.isoformat()}'"
        catalogue = composed.catalogue(self.settings)
        with self.session.cursor() as cursor:
            cursor.execute(catalogue.select(metric, columns, where=where, order_by=columns, at=at_sql))
            return list(cursor.fetchall())

    def past(self, columns: str, at: datetime, where: str = "true") -> list[tuple[Any, ...]]:
        """Rows of all past books as of a moment."""
        relation = past_books(composed.catalogue(self.settings), f"timestamp '{at.isoformat()}'")
        with self.session.cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM {relation} WHERE {where} ORDER BY {columns}")
            return list(cursor.fetchall())

    def books(self, at: datetime) -> dict[str, float]:
        """The home prices that are on offer together, by bookmaker."""
        return dict(self.ask("current_books", "bookmaker, home_price", at))

    def trend(self, start: datetime, end: datetime) -> dict[datetime, int]:
        """How many opportunities there were at moments of a time range."""
        sql = composed.catalogue(self.settings).select("opportunities_over_time", "time, opportunities")
        with self.session.cursor() as cursor:
            cursor.execute(expand(sql, TimeRange(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)), 60_000))
            return dict(cursor.fetchall())

    def signals(self, at: datetime) -> set[tuple[Any, ...]]:
        """The past signals, without what is known only at the end."""
        columns = "kind, threshold, match_id, outcome, seen_at, bookmaker, price, strength_pct"
        return set(self.ask("past_signals", columns, at))


@pytest.fixture(scope="module")
def table(postgres: Postgres) -> Iterator[Table]:
    database = postgres.create_database()
    session = database.connect()
    create_schema(session)
    yield Table(session)
    session.close()
    database.drop()


def collection(at: datetime, bookmakers: Sequence[str] = _bookmakers, home: float = 2.0, **values: Any) -> list[Row]:
    return [Row(bookmaker, at, (home, 3.8, 3.8), **values) for bookmaker in bookmakers]


@_examples
@given(data=st.data())
def test_rows_that_arrive_one_by_one_neither_begin_nor_end_anything(table: Table, data: st.DataObject) -> None:
    """At each second either the whole collection before is on offer or the new one; it changes once."""
    before = [Row(name, START, (data.draw(_prices), 3.8, 3.8)) for name in _bookmakers]
    arriving = data.draw(st.permutations(_bookmakers))[: data.draw(st.integers(1, len(_bookmakers)))]
    begins = START + 4 * HOUR
    offsets = sorted(data.draw(st.lists(st.integers(0, 29), min_size=len(arriving), max_size=len(arriving))))
    after = [
        Row(name, begins + offset * SECOND, (data.draw(_prices) + 1, 3.8, 3.8))
        for name, offset in zip(arriving, offsets, strict=True)
    ]
    table.hold([*before, *after])
    old, new = ({row.bookmaker: row.prices[0] for row in rows} for rows in (before, after))
    shown = [table.books(begins + second * SECOND) for second in range(62)]
    switched = shown.index(new)
    assert shown[:switched] == [old] * switched
    assert shown[switched:] == [new] * (len(shown) - switched)
    # At once when it is as large as the one before, else half a minute after its last row.
    assert switched == offsets[-1] + (0 if len(after) == len(before) else 30)


def test_a_first_collection_that_arrives_one_by_one_is_waited_for(table: Table) -> None:
    table.hold(Row(name, START + place * SECOND) for place, name in enumerate(_bookmakers))
    # The first row stands alone: nobody can know whether more will come.
    assert [len(table.books(START + second * SECOND)) for second in (1, 5, 34, 35)] == [0, 0, 0, 6]
    table.hold(collection(START))
    assert len(table.books(START)) == 6


@_examples
@given(data=st.data())
def test_later_rows_change_no_earlier_signal(table: Table, data: st.DataObject) -> None:
    """Of signals that are half a minute old the kind, moment, offer and strength stay, whatever comes later."""
    moments = sorted(
        START + hours * HOUR + seconds * SECOND
        for hours, seconds in data.draw(
            st.lists(
                st.tuples(st.integers(0, 11).map(lambda step: 4 * step), st.integers(0, 20)), min_size=4, max_size=30
            )
        )
    )
    rows = {}
    for moment in moments:
        name, match = data.draw(st.sampled_from(_bookmakers)), data.draw(st.sampled_from(("m", "n")))
        prices = (data.draw(_prices), data.draw(st.sampled_from((3.4, 3.8, 4.2, None))), data.draw(_prices) + 1.8)
        rows[name, match, moment] = Row(name, moment, prices, KICK_OFF + data.draw(st.integers(-4, 4)) * HOUR, match)
    # Something to find in any case.
    rows |= {(name, "m", START): Row(name, START, (2.0 + 0.15 * (name == "a"), 3.8, 3.8)) for name in _bookmakers}
    at = KICK_OFF + 12 * HOUR
    table.hold(rows.values())
    finally_said = table.signals(at)
    assert any(kind == "value" for kind, *_ in finally_said)
    for cut in sorted({moment for _, _, moment in rows})[:-1:3]:
        table.hold(row for row in rows.values() if row.collected <= cut)
        decided = cut - 30 * SECOND
        said = {signal for signal in table.signals(at) if signal[4] < decided}
        assert said == {signal for signal in finally_said if signal[4] < decided}


_rows = st.lists(
    st.builds(
        Row,
        bookmaker=st.sampled_from(_bookmakers[:4]),
        # Ten seconds apart within a minute of five: some come together, some one by one, some a collection later.
        collected=st.builds(
            lambda five, ten: START + 5 * five * MINUTE + 10 * ten * SECOND, st.integers(0, 4), st.integers(0, 5)
        ),
        prices=st.tuples(_prices, st.sampled_from((3.8, 4.2, 0.5, 2000.0, None)), st.just(3.8)),
        kick_off=st.sampled_from((1, 3, 30)).map(lambda hours: START + hours * HOUR),
        match=st.sampled_from(("m", "n")),
    ),
    min_size=20,
    unique_by=lambda row: (row.match, row.bookmaker, row.collected),
)


@_examples
@given(rows=_rows, minutes=st.integers(0, 21))
def test_the_trend_says_of_each_moment_what_the_table_said_then(table: Table, rows: list[Row], minutes: int) -> None:
    """Also while rows arrive one by one, of matches that are moved, and where a price was corrected."""
    table.hold(rows)
    begin = START + minutes * MINUTE
    # The last moments are ten seconds apart.
    for width in (8 * HOUR, 2 * MINUTE):
        trend = table.trend(begin, begin + width)
        assert len(trend) in (13, 14)
        assert trend == {moment: len(table.ask("current_opportunities", "match_id", moment)) for moment in trend}


@_examples
@given(rows=_rows)
def test_proof_looks_at_the_books_that_were_on_offer_then(table: Table, rows: list[Row]) -> None:
    """Also where they were put together from rows that came one by one."""
    columns = "match_id, seen_at, bookmaker, home_price, draw_price, away_price, has_draw, collected_at"
    table.hold(rows)
    past: dict[tuple[str, datetime], set[tuple[Any, ...]]] = {}
    for match, seen_at, *book in table.past(columns, START + 48 * HOUR):
        past.setdefault((match, seen_at), set()).add(tuple(book))
    for (match, seen_at), books in past.items():
        table.hold(row for row in rows if row.collected <= seen_at)
        offered = columns.removeprefix("match_id, seen_at, ")
        assert set(table.ask("current_books", offered, seen_at + 31 * SECOND, f"match_id = '{match}'")) == books


def test_a_match_that_loses_its_close_stays_counted(table: Table) -> None:
    early = [Row(name, START, (2.0 + 0.15 * (name == "a"), 3.8, 3.8)) for name in _bookmakers]
    at = KICK_OFF + HOUR
    counts = "kind, threshold, signals, closed"
    mailed = "kind = 'value' AND is_mailed"
    table.hold([*early, *collection(KICK_OFF - HOUR)])
    assert table.ask("signal_proof", counts, at, mailed) == [("value", 1, 1, 1)]
    # Seven hours before kick-off is no close: prices are collected every four.
    table.hold([*early, *collection(KICK_OFF - 7 * HOUR)])
    assert table.ask("signal_proof", counts, at, mailed) == [("value", 1, 1, 0)]
    table.hold(early)
    assert table.ask("signal_proof", counts, at, mailed) == [("value", 1, 1, 0)]


def test_a_feed_that_writes_every_three_minutes(table: Table) -> None:
    """Each write is a collection, who leaves is gone after ten minutes, and what comes back is no second signal."""
    writes = [START + 3 * place * MINUTE for place in range(20)]
    # a offers 2.15 (worth 7.5 %) in the writes 5 to 7 and 12 to 14; e leaves after write 9.
    rows = [
        Row(name, moment, (2.15 if name == "a" and place in {5, 6, 7, 12, 13, 14} else 2.0, 3.8, 3.8))
        for place, moment in enumerate(writes)
        for name in _bookmakers
        if name != "e" or place <= 9
    ]
    table.hold(rows)
    assert [table.books(moment)["a"] for moment in writes[4:9]] == [2.0, 2.15, 2.15, 2.15, 2.0]
    # Gone with the first write after ten minutes, half a minute later: it is smaller than the one before.
    after = [writes[13] + seconds * SECOND for seconds in (-1, 29, 30, 181, 361)]
    assert ["e" in table.books(moment) for moment in after] == [True, True, False, False, False]
    shown = [max(table.ask("current_books", "collected_at", writes[9] + 10 * step * SECOND))[0] for step in range(120)]
    assert shown == sorted(shown), "older prices came back"
    (signal,) = [signal for signal in table.signals(KICK_OFF + HOUR) if signal[:2] == ("value", 5)]
    assert signal[2:7] == ("m", "home", writes[5], "a", 2.15)


def test_a_collector_that_takes_longer_than_ten_minutes(table: Table) -> None:
    """Prices that are further apart were never offered together, now or in the past."""
    every = [
        Row(name, START + round_ * 4 * HOUR + 4 * place * MINUTE)
        for round_ in range(3)
        for place, name in enumerate(_bookmakers)
    ]
    table.hold(every)
    for row in every:
        for after in (SECOND, 31 * SECOND, 2 * HOUR):
            moments = [moment for (moment,) in table.ask("current_books", "collected_at", row.collected + after)]
            assert not moments or max(moments) - min(moments) < 10 * MINUTE
    lots = table.past("lot, collected_at", KICK_OFF + HOUR)
    assert lots
    for lot in {lot for lot, _ in lots}:
        together = [moment for name, moment in lots if name == lot]
        assert max(together) - min(together) < 10 * MINUTE
    # The last three of six came within ten minutes.
    assert set(table.books(START + 30 * MINUTE)) == {"c", "d", "e"}


@pytest.mark.parametrize("told", [_bookmakers, _bookmakers[:1]], ids=["all tell", "one tells"])
def test_a_match_that_begins_earlier_is_not_ahead_while_it_is_played(table: Table, told: Sequence[str]) -> None:
    """Nor do the old rows bring it back, who still know the later kick-off."""
    earlier = KICK_OFF - 3 * HOUR
    known, news = KICK_OFF - 9 * HOUR, KICK_OFF - 5 * HOUR
    table.hold([*collection(known), *collection(news, told, kick_off=earlier)])
    assert len(table.books(known)) == 6
    assert {kick_off for (kick_off,) in table.ask("current_books", "kick_off", news + MINUTE)} == {earlier}
    for moment in (earlier, earlier + HOUR, KICK_OFF - MINUTE, KICK_OFF + HOUR):
        assert table.books(moment) == {}
    # What was collected while it was played, by a kick-off that was wrong, is no close.
    playing = collection(earlier + HOUR, kick_off=earlier)
    table.hold([*collection(known), *collection(news, kick_off=earlier), *playing])
    closes = table.past("seen_at", KICK_OFF + HOUR, "is_close")
    assert {seen for (seen,) in closes} == {news}


def test_a_match_that_begins_later_is_ahead_until_then_at_prices_of_its_last_collection(table: Table) -> None:
    later = KICK_OFF + 24 * HOUR
    news = KICK_OFF - 2 * HOUR
    table.hold([*collection(KICK_OFF - 6 * HOUR), *collection(news, home=2.2, kick_off=later)])
    assert table.books(news - MINUTE) == dict.fromkeys(_bookmakers, 2.0)
    assert table.books(KICK_OFF + HOUR) == dict.fromkeys(_bookmakers, 2.2)
    # The look-back has passed: not resurrected at an old price.
    assert table.books(KICK_OFF + 5 * HOUR) == {}
    assert table.past("lot", KICK_OFF + HOUR) == []
    # When it is over, its close is the last collection before it really began, and not the one before the first date.
    table.hold(
        [*collection(KICK_OFF - 6 * HOUR), *collection(news, kick_off=later), *collection(later - HOUR, kick_off=later)]
    )
    closes = table.past("seen_at", later + HOUR, "is_close")
    assert {seen for (seen,) in closes} == {later - HOUR}
