import csv
import gzip
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from oddswatch.demo import real_prices
from oddswatch.demo.layout import Layout
from oddswatch.errors import UserError
from tests.data import worth
from tests.data.real_file import FILE
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
NAIVE_NOW = NOW.replace(tzinfo=None)
HEADER = ",".join(real_prices.COLUMNS)

SAMPLE = f'''{HEADER}
ligue,2024-05-01T19:00:00Z,Lyon,Nice,2,1,H,pinnacle,opening,2.00,4.00,4.00
ligue,2024-05-01T19:00:00Z,Lyon,Nice,2,1,H,bet365,opening,2.10,3.90,3.80
ligue,2024-05-01T19:00:00Z,Lyon,Nice,2,1,H,pinnacle,closing,1.80,4.20,4.50
ligue,2024-05-01T19:00:00Z,Lyon,Nice,2,1,H,bet365,closing,1.75,,4.40
ligue,2024-05-08T19:00:00Z,Nice,Lyon,,,,pinnacle,opening,2.00,4.00,4.00
ligue,2024-05-08T19:00:00Z,Nice,Lyon,,,,bet365,opening,2.05,4.10,4.10
ligue,2024-05-09T19:00:00Z,Lens,"O'Neil ""Söhne""",,,,pinnacle,opening,2.00,4.00,4.00
ligue,2024-05-09T19:00:00Z,Lens,"O'Neil ""Söhne""",,,,bet365,opening,1.95,4.20,3.90
'''

# Pinnacle has no margin here: home is 50 %, so 2.10 at Lyon is worth 5 %, and so is 4.20 for the draw at Lens. By the
# others' median, hardly below, too. Nice has offers of 2.5 %, but of two bookmakers only.
OTHERS = '''ligue,2024-05-01T19:00:00Z,Lyon,Nice,2,1,H,bwin,opening,2.05,3.90,3.80
ligue,2024-05-01T19:00:00Z,Lyon,Nice,2,1,H,williamhill,opening,2.02,3.80,3.90
ligue,2024-05-09T19:00:00Z,Lens,"O'Neil ""Söhne""",,,,bwin,opening,1.95,4.10,3.90
ligue,2024-05-09T19:00:00Z,Lens,"O'Neil ""Söhne""",,,,williamhill,opening,1.95,4.05,3.95
'''

Load = Callable[[str], None]


@dataclass(frozen=True)
class Row:
    sport: str
    kick_off: datetime
    home: str
    away: str
    result: str
    bookmaker: str
    snapshot: str
    odds: tuple[Decimal, ...]


@pytest.fixture
def load(database: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a text, of which the last two matches lie ahead."""

    def load(text: str, layout: Layout | None = None) -> None:
        monkeypatch.setattr(real_prices, "AHEAD", 2)
        path = tmp_path / "prices.csv"
        path.write_text(text, encoding="utf-8")
        connection = database.connect()
        try:
            real_prices.load(connection, path, NOW, layout=layout)
        finally:
            connection.close()

    return load


def test_prices_are_collected_at_plausible_times(database: Postgres, load: Load) -> None:
    load(SAMPLE)
    rows = database.execute(
        "SELECT home_team, bookmaker, collected_at, commence_time, home_odds, draw_odds FROM odds_history ORDER BY id"
    )
    # Kick-offs at 19:00: the second last match is ahead of 2026-03-14 09:26 on that very day.
    today = datetime.fromisoformat("2026-03-14T19:00:00")
    last = NAIVE_NOW - timedelta(minutes=4)
    lyon = [row for row in rows if row[0] == "Lyon"]
    assert {row[3] for row in lyon} == {today - timedelta(days=7)}
    # Three days before its kick-off on the 7th at 19:00 it was the 4th; the grid passes 9:22:53 and 17:22:53.
    assert [(row[1], row[2], row[4], row[5]) for row in lyon] == [
        ("bet365", datetime.fromisoformat("2026-03-04T17:22:53"), Decimal("2.10"), Decimal("3.90")),
        ("pinnacle", datetime.fromisoformat("2026-03-04T17:22:53"), Decimal("2.00"), Decimal("4.00")),
        ("bet365", datetime.fromisoformat("2026-03-07T18:50:00"), Decimal("1.75"), None),
        ("pinnacle", datetime.fromisoformat("2026-03-07T18:50:00"), Decimal("1.80"), Decimal("4.20")),
    ]
    ahead = [row for row in rows if row[0] != "Lyon"]
    assert {row[3] for row in ahead} == {today, today + timedelta(days=1)}
    assert sum(row[2] == last for row in ahead) == 4
    assert sum(row[2] < last for row in ahead) == 4


def test_results_become_bets_of_the_rule(database: Postgres, load: Load) -> None:
    load(SAMPLE + OTHERS)
    bets = database.execute(
        "SELECT outcome, bookmaker, odds_value, stake, result, profit_loss, payout, odds_close, clv, created_at, "
        "updated_at FROM bets ORDER BY id"
    )
    placed = datetime.fromisoformat("2026-03-04T17:24:53")
    settled = datetime.fromisoformat("2026-03-07T21:00:00")
    won = ("home", "bet365", Decimal("2.10"), 10, "won", 11, 21, Decimal("1.75"), Decimal("0.2000"), placed, settled)
    assert bets[0] == won
    assert [bet[:9] for bet in bets[1:]] == [("draw", "bet365", Decimal("4.20"), 10, None, None, None, None, None)]


def test_log_tells_of_each_collection(database: Postgres, load: Load) -> None:
    load(SAMPLE)
    rows = database.execute(
        "SELECT matches_count, odds_stored, opportunities_detected, status FROM collection_logs ORDER BY collected_at"
    )
    # Opening of Lyon (2.10 / 2.00: 5 %), closing, openings of the two ahead (4.20 / 4.00: 5 %), both again.
    assert rows == [
        (1, 2, 1, "success"),
        (1, 2, 0, "success"),
        (1, 2, 0, "success"),
        (1, 2, 1, "success"),
        (2, 4, 1, "success"),
    ]


def test_same_content_in_the_other_layout(database: Postgres, load: Any) -> None:
    load(SAMPLE + OTHERS)
    layout = Layout("per_outcome", "timestamptz", "actual_profit", "other")
    load(SAMPLE + OTHERS, layout)
    wide = database.execute(
        "SELECT match_id, bookmaker, outcome, price, collected_at AT TIME ZONE 'UTC' FROM odds_history CROSS JOIN "
        "LATERAL (VALUES ('home', home_odds), ('draw', draw_odds), ('away', away_odds)) AS cells (outcome, price) "
        "WHERE price IS NOT NULL"
    )
    long = database.execute("SELECT match_id, bookmaker, outcome, odds_value, created_at FROM other.odds")
    assert set(wide) == set(long)
    assert len(long) == len(wide) == 18 * 3 - 1
    assert database.execute("SELECT sum(actual_profit) FROM other.bets") == [(11,)]


def test_refresh_keeps_matches_ahead_current(database: Postgres, load: Load) -> None:
    load(SAMPLE)
    connection = database.connect()
    assert real_prices.refresh(connection, NOW) == 4
    assert real_prices.refresh(connection, NOW) == 0
    connection.close()
    rows = database.execute(
        "SELECT home_team, bookmaker, home_odds FROM odds_history WHERE collected_at = %s ORDER BY 1, 2", (NAIVE_NOW,)
    )
    assert rows == [
        ("Lens", "bet365", Decimal("1.95")),
        ("Lens", "pinnacle", Decimal("2.00")),
        ("Nice", "bet365", Decimal("2.05")),
        ("Nice", "pinnacle", Decimal("2.00")),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",draw_odds", "", r"prices\.csv, line 1: no column draw_odds; the header must be sport,"),
        ("2.10,3.90,3.80", "2,10,3.90,3.80", r"prices\.csv, line 3: not 12 fields"),
        ("2.10,3.90,3.80", "2.10,3.90", r"prices\.csv, line 3: not 12 fields"),
        ("2.10", "evens", r'prices\.csv, line 3: home_odds is "evens"; it must be a number above 1'),
        ("2.10", "NaN", r'line 3: home_odds is "NaN"'),
        ("2.10", "0", r'line 3: home_odds is "0"'),
        ("2.10", "1e9", r'line 3: home_odds is "1e9"'),
        ("2024-05-08T19:00:00Z", "8 May", r'line 6: commence_time is "8 May"; it must be a time with its zone'),
        ("2024-05-08T19:00:00Z", "2024-05-08T19:00:00", r"line 6: commence_time"),
        ("bet365,opening", "bet365,middle", r'line 3: snapshot is "middle"; it must be opening or closing'),
        ("2,1,H", "2,1,1", r'line 2: result is "1"; it must be H, D, A or empty'),
        ("Lyon,Nice,2,1,H,bet365", "Lyon,Nice,2,1,H,pinnacle", r"line 3: a second opening price of pinnacle"),
        ("Lyon,Nice", ",Nice", r"line 2: home_team is empty; fill it in"),
        (SAMPLE[len(HEADER) :], "", r"prices\.csv: holds no prices"),
    ],
)
def test_fail_bad_file_stores_nothing(database: Postgres, load: Load, old: str, new: str, message: str) -> None:
    assert old in SAMPLE
    with pytest.raises(UserError, match=message) as error:
        load(SAMPLE.replace(old, new))
    assert error.value.exit_code == 2
    assert database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_fail_unreadable_file(database: Postgres, tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    whole = gzip.compress(SAMPLE.encode() * 50)
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    connection = database.connect()
    for name in ("missing.csv", "binary.csv", "cut.csv.gz", "."):
        with pytest.raises(UserError, match="cannot be read"):
            real_prices.load(connection, tmp_path / name, NOW)
    connection.close()


@dataclass(frozen=True)
class Loaded:
    database: Postgres
    file: list[Row]


@pytest.fixture(scope="module")
def loaded(postgres: Postgres) -> Iterator[Loaded]:
    if not FILE.exists():
        pytest.skip("no real prices (ODDS_PRICES_FILE names them)")
    database = postgres.create_database()
    connection = database.connect()
    real_prices.load(connection, FILE, NOW)
    connection.close()
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        rows = [
            Row(
                row["sport"], datetime.fromisoformat(row["commence_time"]), row["home_team"], row["away_team"],
                row["result"], row["bookmaker"], row["snapshot"],
                tuple(Decimal(row[f"{outcome}_odds"]) for outcome in ("home", "draw", "away")),
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip
    yield Loaded(database, rows)
    database.drop()


def test_real_prices_move_by_whole_days_until_the_last_matchdays_are_ahead(loaded: Loaded) -> None:
    first, last = min(row.kick_off for row in loaded.file), max(row.kick_off for row in loaded.file)
    moved = loaded.database.execute("SELECT min(commence_time), max(commence_time) FROM odds_history")
    shifts = {then - before.replace(tzinfo=None) for then, before in zip(moved[0], (first, last), strict=True)}
    assert len(shifts) == 1
    assert shifts.pop() % timedelta(days=1) == timedelta()
    ahead = loaded.database.execute(
        "SELECT count(DISTINCT match_id) FROM odds_history WHERE commence_time > %s", (NAIVE_NOW,)
    )
    assert 60 <= ahead[0][0] <= 75


def test_real_prices_are_all_stored_but_those_of_the_future(loaded: Loaded) -> None:
    database = loaded.database
    played = "SELECT count(*) FROM odds_history WHERE commence_time <= %s"
    matches = sorted({(row.kick_off, row.home): row for row in loaded.file})
    ahead = database.execute(
        "SELECT count(DISTINCT match_id) FROM odds_history WHERE commence_time > %s", (NAIVE_NOW,)
    )[0][0]
    over = set(matches[:-ahead])
    assert database.execute(played, (NAIVE_NOW,)) == [(sum((row.kick_off, row.home) in over for row in loaded.file),)]
    future = database.execute("SELECT max(collected_at), sum((collected_at > %s)::int) FROM odds_history", (NAIVE_NOW,))
    assert future == [(NAIVE_NOW - timedelta(minutes=4), 0)]
    stale = database.execute(
        "SELECT count(*) FROM (SELECT max(collected_at) AS last FROM odds_history WHERE commence_time > %s "
        "GROUP BY match_id, bookmaker) AS offers WHERE last < %s - interval '4 hours'",
        (NAIVE_NOW, NAIVE_NOW),
    )
    assert stale == [(0,)]


def test_real_bets_follow_the_rule(loaded: Loaded) -> None:
    opening: dict[tuple[Any, ...], dict[str, worth.Book]] = defaultdict(dict)
    results = {}
    for row in loaded.file:
        match = (row.home, row.away, row.kick_off)
        results[match] = row.result
        if row.snapshot == "opening":
            home, draw, away = map(float, row.odds)
            opening[match][row.bookmaker] = (home, draw, away)
    number, profit = 0, 0.0
    ahead = loaded.database.execute(
        "SELECT count(DISTINCT match_id) FROM odds_history WHERE commence_time > %s", (NAIVE_NOW,)
    )[0][0]
    for match in sorted(opening, key=lambda match: (match[2], match[0]))[:-ahead]:
        for offer in worth.values(opening[match]):
            if offer.value >= 0.02:
                number += 1
                profit += 10 * (offer.price - 1) if results[match] == "HDA"[offer.outcome] else -10
    stored = loaded.database.execute("SELECT count(*), sum(profit_loss) FROM bets WHERE result IS NOT NULL")
    assert number > 50
    assert stored == [(number, pytest.approx(Decimal(profit)))]
