"""What Proof says of past alerts, worked out by hand: verdicts, what they kept, what was still there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.data import composed
from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
Odds = tuple[float | None, float | None, float | None]
Signals = Callable[..., Site]
#: Chances of 0.5, 0.25 and 0.25; of 0.4, 0.2 and 0.4.
HALF: Odds = (2.0, 4.0, 4.0)
LESS: Odds = (2.5, 5.0, 2.5)
#: Worth 5 % by HALF and -16 % by LESS.
OFFER: Odds = (2.1, 3.8, 3.8)


@dataclass(frozen=True)
class SoFar:
    """Of `found` matches since some days ago ten were read; so many of them had a value bet with a final price."""

    closed: int
    days: float
    prices: int
    found: int = 10


@pytest.fixture(params=LAYOUTS)
def site(request: pytest.FixtureRequest, new_schema: Postgres) -> Site:
    return Site.create(new_schema, request.param, NOW, {"value": {"sharp": ["sharp"]}})


def signal(site: Site, number: int, close: Odds | None, league: str = "soccer_epl") -> None:
    """A match with a value bet at 2.1 ten hours before kick-off, and these prices an hour before it."""
    kick_off = NOW - timedelta(hours=3 + number)
    books = {10.0: {"sharp": HALF, "a": OFFER, "b": HALF, "c": HALF}}
    if close:
        books[1.0] = dict.fromkeys(("sharp", "a", "b", "c"), close)
    for hours, offers in books.items():
        for bookmaker, odds in offers.items():
            site.price(
                match=f"m{number}",
                league=league,
                bookmaker=bookmaker,
                odds=odds,
                collected=kick_off - timedelta(hours=hours),
                kick_off=kick_off,
            )


def verdict(site: Site, kind: str = "value") -> tuple[Any, ...]:
    [row] = site.ask(
        "signal_proof",
        "kept_pct, error_pct, promised_pct, signals, closed, still_there_pct, later_kept_pct, verdict",
        where=f"kind = '{kind}'",
        mailed="all",
    )
    return row


def sentence(site: Site) -> str:
    [(said,)] = site.ask("proof", "DISTINCT value_bets", mailed="all")
    return str(said)


@pytest.mark.parametrize(
    ("close", "kept", "word"),
    [
        (HALF, 5, "Worth it: by the final prices +5.0 % a bet, likely +5.0 to +5.0 %"),
        (LESS, -16, "Not worth it: by the final prices −16.0 % a bet, likely −16.0 to −16.0 %"),
    ],
)
def test_thirty_matches_make_a_verdict(site: Site, close: Odds, kept: float, word: str) -> None:
    for number in range(29):
        signal(site, number, close)
    assert verdict(site)[7] == "too few"
    signal(site, 29, close)
    assert verdict(site)[:5] == (
        *(pytest.approx(kept), pytest.approx(0, abs=1e-6), pytest.approx(5)),
        *(30, 30),
    )
    assert sentence(site) == word


def test_what_is_within_two_and_a_half_errors_is_no_verdict(site: Site) -> None:
    """Kept are +5 and -16 % in turn: the mean is -5.5, its error sqrt(30 / 29 x 30 x 10.5 ^ 2) / 30 = 1.950."""
    for number in range(30):
        signal(site, number, HALF if number % 2 else LESS)
    kept, error, *_, word = verdict(site)
    assert (kept, error) == (pytest.approx(-5.5), pytest.approx(1.950, abs=0.001))
    assert word == "not worth it"
    # Of 50, 31 kept 5 %: the mean is -2.98, its error sqrt(50 / 49 x (31 x 7.98 ^ 2 + 19 x 13.02 ^ 2)) / 50 = 1.456.
    for number in range(30, 50):
        signal(site, number, HALF if number < 46 else LESS)
    kept, error, *_, word = verdict(site)
    assert (kept, error) == (pytest.approx((31 * 5 - 19 * 16) / 50), pytest.approx(1.456, abs=0.001))
    assert word == "too few"
    # (2.5 x 1.456 x sqrt(50) / 2) ^ 2 = 165.7; 3.3 times as many as in the 53 hours since the first.
    assert sentence(site) == "Too few: 50 of about 166 matches, 1 more month of kept prices at this pace"


def test_a_signal_without_a_final_price_is_counted_and_kept_nothing(site: Site) -> None:
    signal(site, 1, HALF)
    signal(site, 2, None)
    kept, _, promised, signals, closed, still_there, later, word = verdict(site)
    assert (kept, promised, signals, closed) == (pytest.approx(5), pytest.approx(5), 2, 1)
    # The same bookmaker's next price was 2.0: half of nothing is still there, and who came late kept 0 %.
    assert (still_there, later, word) == (0, pytest.approx(0), "too few")
    # (2.5 x 8 / 2) ^ 2, and so many days at one a day.
    assert (
        sentence(site)
        == "Too few: 1 of about 100 matches, 4 more months of kept prices at this pace, with proof.window: 100d"
    )
    [(summary,)] = site.ask("proof", "DISTINCT looked_at")
    assert "matches since 21 Nov (2), once per outcome, 1 without a final price included." in summary
    assert "Final price: median 1 h 0 min before kick-off." in summary


@pytest.mark.parametrize(
    ("so_far", "needed", "said"),
    [
        # At one a day of all matches.
        (SoFar(closed=10, days=10, prices=5_000), 25, ", 1 more month of kept prices at this pace"),
        (SoFar(closed=10, days=10, prices=5_000), 30, ", 1 more month of kept prices at this pace"),
        # 41 days of matches, and 71.
        (
            SoFar(closed=10, days=10, prices=5_000),
            41,
            ", 2 more months of kept prices at this pace, with proof.window: 41d",
        ),
        (
            SoFar(closed=10, days=10, prices=5_000),
            71,
            ", 3 more months of kept prices at this pace, with proof.window: 71d",
        ),
        # Seven times as many prices as 30,000 are more than are read by default.
        (
            SoFar(closed=10, days=10, prices=30_000),
            70,
            ", 2 more months of kept prices at this pace, with proof.window: 70d and proof.sample_rows: 300000",
        ),
        # A tenth was read: one of ten a day.
        (SoFar(closed=3, days=30, prices=200_000, found=100), 30, ", with proof.sample_rows: 2000000"),
        (
            SoFar(closed=3, days=30, prices=200_001, found=100),
            36,
            ", with proof.window: 36d and proof.sample_rows: 2500000",
        ),
        (
            SoFar(closed=5, days=8, prices=200_000, found=100),
            100,
            ", 1 more month of kept prices at this pace, with proof.sample_rows: 4000000",
        ),
        (
            SoFar(closed=4, days=30, prices=200_000, found=100),
            100,
            ", too rare: more than 4 million prices to be read",
        ),
        (SoFar(closed=0, days=30, prices=200_000, found=100), 100, ", on a sample, see proof.sample_rows"),
        (SoFar(closed=0, days=30, prices=5_000), 100, ""),
        # Of an hour nothing can be said: a day.
        (SoFar(closed=1, days=0.04, prices=500), 30, ", 1 more month of kept prices at this pace"),
    ],
)
def test_too_few_says_what_it_takes(site: Site, so_far: SoFar, needed: int, said: str) -> None:
    begun = (NOW - timedelta(days=so_far.days)).isoformat()
    moment = f"timestamptz '{begun}'" if site.settings.times == "timestamptz" else f"timestamp '{begun[:-6]}'"
    verdicts = composed.catalogue(site.settings).ref("proof_verdicts", of="past", signals="found", judged="judged")
    [(value, spread)] = site.rows(
        f"WITH past (prices, matches) AS (SELECT {so_far.prices} / 10.0, {so_far.found} FROM generate_series(1, 10)), "
        f"found (kick_off) AS (SELECT {moment} + number * interval '1 minute' FROM generate_series(0, 9) AS number), "
        "judged (kind, verdict, closed_matches, needed, kept_pct, likely) AS "
        f"(VALUES ('value', 'too few', {so_far.closed}, {needed}, 1.5::double precision, '−0.5 to +3.5 %')) "
        f"SELECT value_bets, high_spreads FROM {verdicts}"
    )
    assert value == f"Too few: {so_far.closed} of about {needed} matches{said}"
    assert spread is None


def test_as_many_as_are_needed_and_still_no_verdict(site: Site) -> None:
    """As many as tell an edge of 2 % as likely as not: how many more it takes nobody can say.

    Kept are +5 and 2.1 / 2.25 - 1 = -6.67 % in turn. The mean is -0.83, its error sqrt(60 / 59 x 60 x 5.833 ^ 2) / 60 =
    0.760, and (2.5 x 0.760 x sqrt(60) / 2) ^ 2 = 54.1 matches are enough.
    """
    for number in range(60):
        signal(site, number, HALF if number % 2 else (2.25, 3.6, 3.6))
    assert sentence(site) == (
        "Too few to tell it from nothing: by the final prices −0.8 % a bet, likely −2.4 to +0.7 %"
    )


@pytest.mark.parametrize("form", LAYOUTS)
def test_a_sample_is_called_one_and_says_how_much_more_must_be_read(new_schema: Postgres, form: str) -> None:
    """Of four matches with 400 prices (or three rows for each of them) three are read, each with a value bet."""
    rows = 3 if "per outcome" in form else 1
    settings = {"value": {"sharp": ["sharp"]}, "proof": {"sample_rows": 1000 * rows}}
    site = Site.create(new_schema, form, NOW, settings)
    for number in range(4):
        signal(site, number, HALF)
    prices, attributes = site.layout.prices, "attrelid = %s::regclass AND attnum > 0"
    columns = site.database.execute(f"SELECT attname FROM pg_attribute WHERE {attributes}", [prices])
    copied = ", ".join(name for (name,) in columns if name not in ("id", "bookmaker"))
    site.database.execute(
        f"INSERT INTO {prices} (bookmaker, {copied}) SELECT bookmaker || number, {copied} "
        f"FROM {prices} CROSS JOIN generate_series(1, 196) AS number WHERE bookmaker = 'c'"
    )
    # 3 x 400 x 100 / 3 prices (three times as many rows); 100 days at one a day, of which a quarter was not read.
    assert sentence(site) == (
        "Too few: 3 of about 100 matches, 1 more month of kept prices at this pace, "
        f"with proof.sample_rows: {100000 if rows == 1 else 200000}"
    )
    [(looked_at,)] = site.ask("proof", "DISTINCT looked_at", mailed="all")
    assert "on a fixed sample of 3 of 4 matches" in looked_at
    # What a sample does not hold there may be all the same.
    site.database.execute(f"DELETE FROM {prices} WHERE bookmaker = 'a'")
    [sentences] = site.ask("proof", "DISTINCT value_bets, high_spreads, surebets", mailed="all")
    assert sentences == ("None in a sample of 3 of 4 matches, see proof.sample_rows",) * 3


def test_bets_on_one_match_are_one_observation(site: Site) -> None:
    """Two value bets on a match that both keep 5 % say no more than one: no error can be told."""
    kick_off = NOW - timedelta(hours=3)
    even: Odds = (3.0, 3.0, 3.0)
    for hours, own in ((10, (3.15, 3.15, 2.8)), (1, even)):
        for bookmaker, odds in {"sharp": even, "a": own, "b": even, "c": even}.items():
            site.price(bookmaker=bookmaker, odds=odds, collected=kick_off - timedelta(hours=hours), kick_off=kick_off)
    kept, error, _, signals, *_ = verdict(site)
    assert (kept, error, signals) == (pytest.approx(5), None, 2)


def test_every_outcome_is_the_control(site: Site) -> None:
    signal(site, 1, HALF)
    kept, _, promised, signals, *_ = verdict(site, "any")
    # 2.1 x 0.5, 4 x 0.25 and 4 x 0.25.
    assert (kept, promised, signals) == (pytest.approx(5 / 3), None, 3)


def test_where_they_kept_most(site: Site) -> None:
    signal(site, 1, HALF)
    signal(site, 2, LESS, league="soccer_france_ligue_one")
    columns = "league_name, clv_pct, signals"
    rows = site.ask("proof_by_league", columns, where="kind = 'Value bets'", order_by="clv_pct")
    assert rows == [("France Ligue One", pytest.approx(-16), 1), ("Epl", pytest.approx(5), 1)]


def test_one_by_one(site: Site) -> None:
    signal(site, 1, LESS)
    columns = "kind, bet, promised_pct, clv_pct, later_clv_pct, still_there, closing_price"
    # The next price of the same bookmaker, 2.5, was higher, and fair.
    assert site.ask("proof_signals", columns, where="kind = 'Value bet'") == [
        (
            *("Value bet", "Home 2.10 · a", pytest.approx(5), pytest.approx(-16)),
            *(pytest.approx(0), "yes", pytest.approx(2.5)),
        )
    ]


@pytest.mark.slow
def test_three_thousand_matches_that_the_planner_knows_nothing_of(site: Site) -> None:
    """On a table without statistics, as after a restore, comparing each with each did not end within minutes."""
    signal(site, 0, HALF)
    prices = site.layout.prices
    attributes = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
    columns = site.database.execute(attributes, [prices])
    copied = ", ".join(name for (name,) in columns if name not in ("id", "match_id"))
    site.database.execute(
        f"ALTER TABLE {prices} SET (autovacuum_enabled = off); "
        f"INSERT INTO {prices} (match_id, {copied}) "
        f"SELECT match_id || ' ' || number, {copied} FROM {prices} CROSS JOIN generate_series(1, 2999) AS number"
    )
    for kind, outcomes in (("value", 1), ("any", 3)):
        kept, _, _, signals, closed, *_ = verdict(site, kind)
        assert signals == closed == 3000 * outcomes, kind
        assert kept == pytest.approx(5 / outcomes)
    assert len(site.ask("proof_signals", where="kind = 'Value bet'")) == 3000
    assert site.ask("proof_by_league", "signals", where="kind = 'Value bets'") == [(3000,)]
    assert site.ask("proof", "signals", where="kind = 'any'") == [(9000,)]


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ((2.6, None, 1.8), "Still there at the next collection: 1 of 1"),
        ((1.9, None, 1.8), "Still there at the next collection: 0 of 1"),
        (None, "1 seen, always at the last collection of a match"),
    ],
)
def test_surebets_that_were_still_there(site: Site, later: Odds | None, said: str) -> None:
    """1 / 2.6 + 1 / 1.8 = 0.940: 6.4 % of profit."""
    kick_off = NOW - timedelta(hours=3)
    offers: list[tuple[int, str, Odds]] = [(10, "a", (2.6, None, 1.5))]
    offers += [(1, "a", later)] if later else []
    for hours in (10, 1) if later else (10,):
        offers += [(hours, "b", (1.7, None, 1.8)), (hours, "c", (1.7, None, 1.7))]
    for hours, bookmaker, odds in offers:
        collected = kick_off - timedelta(hours=hours)
        site.price(bookmaker=bookmaker, odds=odds, collected=collected, kick_off=kick_off)
    assert site.ask("proof", "DISTINCT surebets") == [(said,)]


def test_all_at_once_is_what_each_says(site: Site) -> None:
    """Two value bets, one of them judged, and a surebet that was gone; two other bookmakers are no final price.

    With the others' 4.0 the value bets are surebets too: 1 / 2.1 + 1 / 4 + 1 / 4 = 0.976.
    """
    signal(site, 1, HALF)
    signal(site, 2, None)
    kick_off = NOW - timedelta(hours=20)
    for hours, home in ((10, 2.6), (1, 1.9)):
        for bookmaker, odds in {"a": (home, None, 1.5), "b": (1.7, None, 1.8), "c": (1.7, None, 1.7)}.items():
            collected = kick_off - timedelta(hours=hours)
            site.price(match="sure", bookmaker=bookmaker, odds=odds, collected=collected, kick_off=kick_off)
    of_signals = "kind, title, threshold, is_mailed, kept_pct, error_pct, likely, promised_pct, signals, price"
    order = "kind, threshold"
    for mailed in ("", "spread", "all"):
        together = site.ask("proof", of_signals, order_by=order, mailed=mailed)
        assert together == site.ask("signal_proof", of_signals, order_by=order, mailed=mailed)
        assert {row[0] for row in together} == {"value", "spread", "any"}
    rows = site.ask("proof", "value_bets, high_spreads, surebets, looked_at", mailed="all")
    [(value, spread, surebets, looked_at)] = set(rows)
    assert (
        value == "Too few: 1 of about 100 matches, 4 more months of kept prices at this pace, with proof.window: 100d"
    )
    assert spread == "Too few: 0 of about 100 matches"
    assert surebets == "Still there at the next collection: 0 of 2"
    assert "(3), once per outcome, 2 without a final price included." in looked_at


def test_a_verdict_of_another_moment_says_of_which(site: Site) -> None:
    """As of a time range that ended yesterday: of three matches one had started."""
    for number in range(3):
        signal(site, number * 12, HALF)
    moment = "timestamptz" if site.settings.times == "timestamptz" else "timestamp"
    at = f"{moment} '{(NOW - timedelta(hours=26)).replace(tzinfo=None)}'"
    at = f"({at[:-1]}+00')" if moment == "timestamptz" else at
    columns = "DISTINCT value_bets, surebets"
    [(value, surebets)] = site.ask("proof", columns, mailed="all", at=at)
    assert value.startswith("Too few: 1 of about 100 matches, ")
    # 10:00 in UTC is 11:00 in the site's time zone.
    assert value.endswith("with proof.window: 100d, as of 20 Nov 11:00")
    assert surebets == "Still there at the next collection: 0 of 1, as of 20 Nov 11:00"
    [(value, surebets)] = site.ask("proof", columns, mailed="all")
    assert value.startswith("Too few: 3 of about 100 matches, ")
    assert "as of" not in value + surebets


def test_without_a_signal_there_is_one_line_that_says_so(site: Site) -> None:
    columns = "value_bets, high_spreads, surebets, looked_at, kind, signals"
    assert site.ask("proof", columns) == [(None, None, "None so far", None, None, None)]


@pytest.mark.parametrize("interval", ["30m", "4h"])
def test_it_says_which_matches_it_may_have_missed(new_schema: Postgres, interval: str) -> None:
    """Frequent collections are looked for matches once a day; rare ones are all looked through."""
    settings = {"value": {"sharp": ["sharp"]}, "collection": {"interval": interval}}
    site = Site.create(new_schema, next(iter(LAYOUTS)), NOW, settings)
    # At noon, when it looks.
    for offset, bookmaker in enumerate(("sharp", "a", "b", "c")):
        site.price(
            bookmaker=bookmaker,
            odds=HALF,
            collected=NOW - timedelta(days=1, seconds=offset),
            kick_off=NOW - timedelta(hours=23),
        )
    [(looked_at,)] = site.ask("proof", "DISTINCT looked_at")
    assert "since 20 Nov (1), once" in looked_at
    missing = "Matches that were collected for less than 1 d 0 h may be missing."
    assert (missing in looked_at) is (interval == "30m")
