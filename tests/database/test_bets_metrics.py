"""The formulas of the bets, on bets worked out by hand, in every form of database."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres

NOW = datetime(2026, 10, 27, 12, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    """A moment of October 2026 in UTC: `24 10:00`."""
    return datetime.strptime(f"2026-10-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


@pytest.fixture(params=LAYOUTS)
def site(request: pytest.FixtureRequest, new_schema: Postgres) -> Site:
    return Site.create(new_schema, request.param, NOW)


#: When one UPDATE of the whole table, long after the matches, filled a column.
TOUCHED = at("26 09:00")


@pytest.fixture
def betting(site: Site) -> Site:
    """Six settled bets and two open ones around the day (25 October) that has 25 hours in Paris.

    Results are known two hours after kick-off.
    """
    for match, result in (("m1", "24 10:00"), ("m2", "24 21:59"), ("m3", "25 22:30"), ("m4", "25 23:15")):
        kick_off = at(result) - timedelta(hours=2)
        site.price(match=match, teams=("Lyon", "Nice"), collected=at("23 10:00"), kick_off=kick_off)
    site.price(match="m5", league="soccer_x", teams=("Ajax", "PSV"), collected=at("23 10:00"), kick_off=at("28 19:00"))
    # Two at the same moment: +15 and -20 are one step of the bankroll.
    site.bet(10, 2.5, "won", profit=15, closing=2.0, settled=TOUCHED, bet_type="value")
    site.bet(20, 1.8, "LOST", closing=2.0, settled=TOUCHED, bookmaker="b")
    # 23:59 in Paris.
    site.bet(30, 3.0, "void", closing=2.5, settled=TOUCHED, match="m2")
    # 00:30 of the next day in Paris, and 23:30 of the same day, 24 hours later.
    site.bet(10, 1.5, " Won ", settled=at("24 22:30"), match="gone")
    site.bet(40, 4.0, "lost", profit=-40, closing=4.0, settled=TOUCHED, match="m3", bet_type=None)
    # 00:15 of the day after.
    site.bet(5, 2.0, "won", profit=5, settled=TOUCHED, placed=at("25 20:00"), match="m4", bookmaker="b")
    site.bet(25, 2.2, None, settled=None, placed=at("26 10:00"), match="m5", outcome="PSV")
    site.bet(15, 3.0, "pending", profit=0, settled=at("26 11:00"), match="gone")
    return site


def test_summary(betting: Site) -> None:
    columns = (
        "bankroll, profit, staked, yield_pct, win_rate_pct, settled, won, lost, void, partly, open, exposure,"
        " drawdown_pct, max_drawdown_pct, raw_clv_pct"
    )
    [row] = betting.ask("betting_summary", columns)
    assert row == pytest.approx(
        (
            *(1000 - 35, -35, 85),
            # Yield: -35 / 85, the void bet's stake left out; win rate: 3 of 5.
            *(-41.17647058823529, 60),
            *(6, 3, 2, 1, 0, 2, 40),
            # 1000 -> 995 -> 1000 -> 960 -> 965, each against the highest so far, 1000.
            *(3.5, 4.0),
            # 2.5 / 2 - 1 = 25 %, 1.8 / 2 - 1 = -10 %, 3 / 2.5 - 1 = 20 %, 4 / 4 - 1 = 0 %.
            8.75,
        )
    )


def test_summary_without_bets(site: Site) -> None:
    [row] = site.ask("betting_summary")
    # Nothing to divide by: yield, win rate, their errors, wins to break even, luck, and the recorded closing prices.
    assert row == (1000, 0, 0, *(None,) * 6, *(0,) * 6, 0, 0, 0, None)


def test_summary_with_open_and_void_bets_only(site: Site) -> None:
    site.bet(10, 2.0, None, settled=None, placed=at("24 10:00"))
    site.bet(20, 2.0, "void", settled=at("24 10:00"))
    columns = "bankroll, staked, yield_pct, win_rate_pct, settled, open, exposure, max_drawdown_pct"
    assert site.ask("betting_summary", columns) == [(1000, 0, None, None, 1, 1, 10, 0)]


def test_bankroll_over_time(betting: Site) -> None:
    rows = betting.ask("bankroll_over_time", order_by="time", start=at("24 12:00"))
    assert rows == [
        (at("24 12:00"), 995, 0.5),
        (at("24 21:59"), 995, 0.5),
        (at("24 22:30"), 1000, 0),
        (at("25 22:30"), 960, 4),
        (at("25 23:15"), 965, 3.5),
        (NOW, 965, 3.5),
    ]


def test_bankroll_begins_with_the_first_settled_bet(betting: Site) -> None:
    assert betting.ask("bankroll_over_time", "time", order_by="time", start=at("20 00:00"))[0] == (at("24 10:00"),)


def test_bankroll_keeps_the_deepest_drawdown_of_many_settlings_close_together(site: Site) -> None:
    for minute, stake in enumerate((100, 50)):
        site.bet(stake, 2.0, "lost" if minute == 0 else "won", settled=at("24 10:00") + timedelta(minutes=minute))
    rows = site.ask("bankroll_over_time", "bankroll, drawdown_pct", order_by="time", start=NOW - timedelta(days=3650))
    assert rows == [(950, 10), (950, 5)]


def test_profit_by_day_is_by_days_of_the_site_also_when_the_clocks_change(betting: Site) -> None:
    assert betting.ask("profit_by_day", order_by="time", start=at("24 15:00")) == [
        (at("23 22:00"), 3, 30, -5),
        (at("24 22:00"), 2, 50, -35),
        (at("25 23:00"), 1, 5, 5),
    ]


def test_by_bookmaker(betting: Site) -> None:
    columns = "name, bets, won, lost, void, staked, profit, yield_pct, win_rate_pct, raw_clv_pct"
    a, b = betting.ask("betting_by_group", columns, order_by="name", where="grouped_by = 'bookmaker'")
    assert a == ("a", 4, 2, 1, 1, 60, -20, pytest.approx(-100 / 3), pytest.approx(200 / 3), pytest.approx(15))
    assert b == ("b", 2, 1, 1, 0, 25, -15, -60, 50, pytest.approx(-10))


def test_by_league_and_type_say_what_is_unknown(betting: Site) -> None:
    assert betting.ask("betting_by_group", "name, bets, profit", order_by="name", where="grouped_by = 'league'") == [
        ("Epl", 5, -40),
        ("unknown", 1, 5),
    ]
    assert betting.ask("betting_by_group", "name, bets, profit", order_by="name", where="grouped_by = 'bet_type'") == [
        ("single", 4, -10),
        ("unknown", 1, -40),
        ("value", 1, 15),
    ]


def test_groups_count_only_what_was_settled_in_the_time_range(betting: Site) -> None:
    everything = "grouped_by = 'all'"
    assert betting.ask("betting_by_group", "bets, profit", where=everything, start=at("25 00:00")) == [(2, -35)]
    assert betting.ask("betting_by_group", start=at("26 00:00")) == []


def test_bet_list_names_the_match_while_its_prices_are_known(betting: Site) -> None:
    rows = betting.ask("bet_list", "match, league, outcome, result, profit", order_by="settled_at, profit DESC")
    assert rows == [
        ("Lyon – Nice", "Epl", "home", "won", 15),
        ("Lyon – Nice", "Epl", "home", "lost", -20),
        ("Lyon – Nice", "Epl", "home", "void", 0),
        ("gone", None, "home", "won", 5),
        ("Lyon – Nice", "Epl", "home", "lost", -40),
        ("Lyon – Nice", "Epl", "home", "won", 5),
    ]


def test_open_bets(betting: Site) -> None:
    columns = "match, outcome, state, kick_off, stake, to_win"
    assert betting.ask("open_bets", columns, order_by="stake DESC") == [
        ("Ajax – PSV", "away", "ahead", at("28 19:00"), 25, pytest.approx(30)),
        ("gone", "home", "unknown", None, 15, 30),
    ]


@pytest.mark.parametrize(
    ("since_kick_off", "state"),
    [(-1, "ahead"), (0, "running"), (179, "running"), (180, "awaiting result"), (5000, "awaiting result")],
)
def test_state_of_an_open_bet(site: Site, since_kick_off: int, state: str) -> None:
    site.price(collected=NOW - timedelta(days=5), kick_off=NOW - timedelta(minutes=since_kick_off))
    site.bet(10, 2.0, None, settled=None)
    assert site.ask("open_bets", "state") == [(state,)]


@pytest.mark.parametrize("bookmaker", ["a", "never collected"])
def test_the_newest_kick_off_counts_whoever_said_it(site: Site, bookmaker: str) -> None:
    """The bet's own bookmaker, and the last one by name, do not know yet that the match was moved."""
    for name in ("a", "z"):
        site.price(bookmaker=name, collected=NOW - timedelta(days=5), kick_off=NOW - timedelta(days=1))
    site.price(bookmaker="m", collected=NOW - timedelta(days=2), kick_off=NOW + timedelta(days=3))
    site.price(bookmaker="c", collected=NOW - timedelta(days=4), kick_off=NOW + timedelta(days=2))
    site.bet(10, 2.0, None, settled=None, bookmaker=bookmaker)
    assert site.ask("open_bets", "state, kick_off") == [("ahead", NOW + timedelta(days=3))]


@pytest.mark.parametrize(
    ("before", "placed", "results", "believed"),
    [
        (timedelta(hours=4, seconds=-1), timedelta(days=6, seconds=-1), ("won",), True),
        (timedelta(hours=4, seconds=-1), timedelta(days=1), ("lost", "won"), True),
        # A collection could have come between; the bet was placed so early that a later one would not be seen.
        (timedelta(hours=4), timedelta(days=1), ("won",), False),
        (timedelta(hours=1), timedelta(days=6), ("won",), False),
        # It may yet be played, or never was.
        (timedelta(hours=1), timedelta(days=1), (None,), False),
        (timedelta(hours=1), timedelta(days=1), ("won", None), False),
        (timedelta(hours=1), timedelta(days=1), ("void",), False),
    ],
)
def test_a_match_whose_bets_were_won_or_lost_was_played_as_their_bookmaker_announced_it_at_last(
    site: Site, before: timedelta, placed: timedelta, results: tuple[str | None, ...], believed: bool
) -> None:
    """By default an interval is four hours. Another bookmaker says that it was moved."""
    kick_off, moved = NOW - timedelta(days=2), NOW - timedelta(days=1)
    site.price(bookmaker="a", collected=kick_off - before, kick_off=kick_off)
    site.price(bookmaker="z", collected=kick_off - timedelta(minutes=5), kick_off=moved)
    for result in results:
        site.bet(10, 2.0, result, settled=NOW, bookmaker="a", placed=kick_off - placed)
    found = site.ask("bets_with_match", "DISTINCT kick_off")
    assert found == [(kick_off if believed else moved,)]


def test_of_two_bookmakers_that_were_bet_with_the_one_that_had_the_match_longer_says_when_it_began(
    site: Site,
) -> None:
    first, moved = NOW - timedelta(days=2), NOW - timedelta(days=1)
    site.price(bookmaker="a", collected=first - timedelta(hours=1), kick_off=first)
    site.price(bookmaker="b", collected=moved - timedelta(hours=1), kick_off=moved)
    for bookmaker in ("a", "b"):
        site.bet(10, 2.0, "won", settled=NOW, bookmaker=bookmaker, placed=first - timedelta(hours=2))
    assert site.ask("bets_with_match", "DISTINCT kick_off") == [(moved,)]


def test_an_update_of_the_whole_table_moves_no_result(site: Site) -> None:
    """1000, 898 and 1010: a fall of 10.2 %. All at one moment, there would be none."""
    for match, day, stake, result in (("m1", "20 15:00", 102, "lost"), ("m2", "21 15:00", 112, "won")):
        site.price(match=match, collected=at("19 10:00"), kick_off=at(day))
        site.bet(stake, 2.0, result, settled=at(day) + timedelta(hours=2), match=match)
    for _ in range(2):
        assert site.ask("betting_summary", "max_drawdown_pct") == [(pytest.approx(10.2),)]
        site.database.execute(f"UPDATE bets SET updated_at = '{NOW:%Y-%m-%d %H:%M}', odds_close = 2")


def test_when_a_result_was_recorded_counts_only_where_the_prices_of_the_match_are_gone(site: Site) -> None:
    site.price(match="known", collected=at("19 10:00"), kick_off=at("20 15:00"))
    # Cashed out before the match began: now, at the latest.
    site.price(match="ahead", collected=at("19 10:00"), kick_off=at("29 15:00"))
    for match in ("known", "gone", "ahead"):
        site.bet(10, 2.0, "won", settled=at("25 09:00"), match=match)
    assert site.ask("bet_list", "match_id, settled_at", order_by="settled_at") == [
        ("known", at("20 17:00")),
        ("gone", at("25 09:00")),
        ("ahead", NOW),
    ]


#: Word and profit of a bet of 10 at 2.5, and what became of it.
WORDS = [
    ("half_won", 7.5, "partly", 7.5),
    ("half_lost", -5, "partly", -5),
    ("cashed_out", 3.2, "partly", 3.2),
    ("W", 15, "won", 15),
    ("L", -10, "lost", -10),
    ("returned", 0, "void", 0),
    ("in play", None, "open", None),
    # The table's own 0, or a word that says that the bet is open.
    (None, 0, "open", None),
    ("", 0, "open", None),
    ("Pending", 15, "open", None),
    # Nobody wrote a word, but the money is there.
    (None, 15, "won", 15),
    # What is known stays as it is said, and what it brought as it is written.
    ("won", -3, "won", -3),
    ("won", None, "won", 15),
    ("lost", None, "lost", -10),
    ("Push", None, "void", 0),
]


@pytest.mark.parametrize(("word", "profit", "result", "counted"), WORDS)
def test_a_bet_is_settled_when_its_profit_is_known_whatever_its_word(
    site: Site, word: str | None, profit: float | None, result: str, counted: float | None
) -> None:
    site.bet(10, 2.5, word, profit=profit, settled=at("24 10:00"))
    [(said, brought)] = site.ask("bets", "result, profit::float")
    assert (said, brought) == (result, None if counted is None else pytest.approx(counted, abs=0.01))


def test_a_profit_under_an_unknown_word_may_be_rounded_to_the_cent(site: Site) -> None:
    """10.33 at 1.77 win 7.9541."""
    site.bet(10.33, 1.77, "W", profit=7.95, settled=at("24 10:00"))
    assert site.ask("bets", "result") == [("won",)]


def test_what_is_partly_won_counts_in_the_yield_and_neither_as_won_nor_as_lost(site: Site) -> None:
    site.bet(10, 2.0, "won", settled=at("24 10:00"))
    site.bet(10, 2.0, "lost", settled=at("24 10:00"))
    site.bet(10, 3.0, "half_won", profit=10, settled=at("24 10:00"))
    site.bet(10, 3.0, "void", profit=0, settled=at("24 10:00"))
    columns = "profit, staked, yield_pct, win_rate_pct, settled, partly"
    assert site.ask("betting_summary", columns) == [(10, 30, pytest.approx(100 / 3), 50, 4, 1)]
    columns = columns.replace("settled", "bets")
    assert site.ask("betting_by_group", columns, where="grouped_by = 'all'") == [
        (10, 30, pytest.approx(100 / 3), 50, 4, 1)
    ]
    assert site.ask("bet_list", "result", order_by="profit DESC, price DESC")[:2] == [("half_won",), ("won",)]


def test_an_exchange_keeps_its_commission(site: Site) -> None:
    """5 % of what 10 at 3.0 win are 1."""
    site.bet(10, 3.0, "won", settled=at("24 10:00"), bookmaker="betfair_ex_eu")
    site.bet(10, 3.0, None, settled=None, bookmaker="betfair_ex_eu")
    assert site.ask("betting_summary", "profit") == [(19,)]
    assert site.ask("open_bets", "to_win") == [(19,)]


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_counts_as_not_recorded_and_spoils_no_sum(site: Site, wrong: float) -> None:
    """Without them: won 10 at 3.0 (+20) with 3 / 2 - 1 = 50 % better than the close, and lost 5."""
    for column in ("odds_value", "stake", "odds_close", site.layout.profit_column):
        site.database.execute(f"ALTER TABLE bets ALTER {column} TYPE double precision")
    site.bet(10, 3.0, "won", closing=2.0, settled=at("24 10:00"))
    # The stake tells the profit where the profit itself does not; a bet without a stake has none.
    site.bet(5, 2.0, "lost", profit=wrong, closing=wrong, settled=at("23 10:00"))
    site.bet(wrong, 2.0, "won", settled=at("22 10:00"))
    site.bet(100, wrong, "won", settled=at("25 10:00"))
    columns = "bankroll, profit, staked, yield_pct, won, lost, open, drawdown_pct, max_drawdown_pct, raw_clv_pct"
    [row] = site.ask("betting_summary", columns)
    # Two whose profit is not known are not settled; the first high is 1000, before the loss of 5.
    assert row == pytest.approx((1015, 15, 15, 100, 1, 1, 2, 0, 0.5, 50))
    rows = site.ask("bankroll_over_time", "bankroll", order_by="time", start=at("21 00:00"))
    assert rows == [(995,), (1015,), (1015,)]


@pytest.mark.parametrize("price", [1, 0.5, 0, -2])
def test_a_price_of_1_or_less_is_none_and_a_negative_stake_neither(site: Site, price: float) -> None:
    site.bet(10, price, "won", closing=price, settled=at("24 10:00"))
    site.bet(-10, 2.0, "lost", settled=at("24 10:00"))
    assert site.ask("betting_summary", "profit, settled, open, raw_clv_pct") == [(0, 0, 2, None)]


def test_a_profit_without_a_stake_is_no_yield(site: Site) -> None:
    site.bet(10, 2.0, "lost", settled=at("24 10:00"), profit=-10)
    site.bet(10, 2.5, "won", settled=at("24 10:00"), profit=150)
    site.database.execute("UPDATE bets SET stake = 'NaN' WHERE result = 'won'")
    assert site.ask("betting_summary", "profit, staked, yield_pct") == [(140, 10, -100)]
    [row] = site.ask("betting_by_group", "profit, staked, yield_pct", where="grouped_by = 'all'")
    assert row == (140, 10, -100)


def test_marks_of_placed_bets(betting: Site) -> None:
    rows = betting.ask("bets_annotations", "time, text, tags", order_by="time", start=at("25 19:00"))
    assert rows == [
        (at("25 20:00"), "Lyon – Nice, home, 5.00 at 2.00, b, won", "bet,single"),
        (at("26 10:00"), "Ajax – PSV, away, 25.00 at 2.20, a, open", "bet,single"),
    ]


def test_other_starting_bankroll_and_words_for_results(new_schema: Postgres) -> None:
    settings = {
        "bets": {"starting_bankroll": 200},
        # A letter whose small form is two letters to Python, and another to PostgreSQL.
        "tables": {
            "bets": {"won": ["GAGNİÉ "], "lost": ["perdu"], "columns": {"closing_price": None, "bet_type": None}}
        },
    }
    site = Site.create(new_schema, "naive, per match, profit_loss", NOW, settings)
    site.bet(10, 2.0, " GAGNİÉ", closing=1.5, settled=at("24 10:00"))
    site.bet(50, 2.0, "Perdu", settled=at("25 10:00"))
    site.bet(10, 2.0, "won", settled=at("25 10:00"))
    columns = "bankroll, won, lost, open, max_drawdown_pct, raw_clv_pct"
    assert site.ask("betting_summary", columns) == [(160, 1, 1, 1, pytest.approx(50 / 210 * 100), None)]
    assert site.ask("betting_by_group", "name", where="grouped_by = 'bet_type'") == [("unknown",)]
