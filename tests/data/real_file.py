"""The file of real prices: opening and closing prices of six bookmakers for 3,346 matches of 2021 to 2024.

Read without the demo, and stored as two collections per match. It is not part of this repository: what needs it is
skipped where it is missing (`needs_file`).
"""

import csv
import gzip
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg2.extras import execute_values

from oddswatch.names import ROOT
from oddswatch.settings.site import Settings
from tests.data.worth import OUTCOMES, Book

FILE = Path(os.environ.get("ODDS_PRICES_FILE") or ROOT.parent / "shared" / "data" / "real_odds_2021_2024.csv.gz")
#: A moment after all matches, as an SQL expression.
AFTER = "timestamp '2024-06-30 00:00'"
#: What proof must be told, so that it looks at all of them.
SETTINGS: dict[str, Any] = {"proof": {"window": "1100d", "sample_rows": 1_000_000}}

needs_file = pytest.mark.skipif(not FILE.exists(), reason="no real prices (ODDS_PRICES_FILE names them)")

_LEADS = {"opening": timedelta(days=3), "closing": timedelta(hours=1)}
_RESULTS = dict(zip("HDA", OUTCOMES, strict=True))


@dataclass(frozen=True)
class Match:
    """A match, its books by snapshot and bookmaker, and its outcome; `kick_off` is in UTC, without a zone."""

    match_id: str
    league: str
    teams: tuple[str, str]
    kick_off: datetime
    outcome: str
    books: dict[str, dict[str, Book]] = field(default_factory=lambda: {"opening": {}, "closing": {}})


def settings(**sections: Any) -> Settings:
    """The configuration that fits the stored file, with further sections."""
    return Settings.model_validate(SETTINGS | sections)


def read() -> list[Match]:
    """The matches of the file, by kick-off."""
    matches: dict[str, Match] = {}
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            teams = (row["home_team"], row["away_team"])
            name = " ".join((row["commence_time"], *teams))
            kick_off = datetime.fromisoformat(row["commence_time"]).replace(tzinfo=None)
            match = matches.setdefault(name, Match(name, row["sport"], teams, kick_off, _RESULTS[row["result"]]))
            home, draw, away = (float(row[f"{outcome}_odds"]) for outcome in OUTCOMES)
            match.books[row["snapshot"]][row["bookmaker"]] = (home, draw, away)
    return sorted(matches.values(), key=lambda match: (match.kick_off, match.match_id))


def store(session: Any, matches: list[Match]) -> None:
    """Store opening prices as collected three days before kick-off and closing prices as collected one hour before."""
    rows = [
        (match.match_id, match.league, *match.teams, match.kick_off, name, *book, match.kick_off - _LEADS[snapshot])
        for match in matches
        for snapshot, books in match.books.items()
        for name, book in books.items()
    ]
    with session.cursor() as cursor:
        execute_values(
            cursor,
            "INSERT INTO odds_history (match_id, sport, home_team, away_team, commence_time, bookmaker, home_odds,"
            " draw_odds, away_odds, collected_at) VALUES %s",
            rows,
            page_size=5000,
        )
        cursor.execute("ANALYZE odds_history")
