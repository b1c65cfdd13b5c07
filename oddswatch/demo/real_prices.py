"""Stores a CSV of real prices as a collector would have, with bets of a fixed rule.

The file (plain or gzip) has one row per match, bookmaker and snapshot, with the columns of ``COLUMNS``; times in ISO
8601 with a zone, ``snapshot`` opening or closing, ``result`` H, D, A or empty, odds decimal or empty.

- All dates move by the same whole number of days, so that about the last 60 matches lie ahead of now.
- Opening prices are collected three days before kick-off, at the collection of a 4-hour grid before that moment, but
  not later than the last collection; closing prices ten minutes before kick-off.
- The last collection, four minutes before now, has seen the opening prices of all matches ahead once more.
- The bets are those of `oddswatch/demo/rule.py` at the opening prices: stake 10, two minutes after the collection.
  Closing odds are the same bookmaker's, clv = odds / closing odds - 1. Bets on matches ahead are open, the others
  settled two hours after kick-off, by the results of the file.
"""

import csv
import gzip
import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path
from typing import TextIO

from psycopg2.extensions import connection

from oddswatch.demo import bets
from oddswatch.demo.bets import Bet
from oddswatch.demo.layout import Layout
from oddswatch.demo.rule import picks
from oddswatch.demo.schema import analyse
from oddswatch.errors import UserError

COLUMNS = (
    "sport", "commence_time", "home_team", "away_team", "home_goals", "away_goals", "result", "bookmaker", "snapshot",
    "home_odds", "draw_odds", "away_odds",
)  # fmt: skip

AHEAD = 60
_INTERVAL = timedelta(hours=4)
_LAST_COLLECTION = timedelta(minutes=4)
_OPENING_LEAD = timedelta(days=3)
_CLOSING_LEAD = timedelta(minutes=10)
_MATCH_TAKES = timedelta(hours=2)
_STAKE = Decimal(10)
_OUTCOMES = {"home": "H", "draw": "D", "away": "A"}


@dataclass(frozen=True)
class Price:
    """One row of the file, its times moved; ``odds`` by outcome, None where the bookmaker had none."""

    match_id: str
    sport: str
    home_team: str
    away_team: str
    kick_off: datetime
    result: str
    bookmaker: str
    snapshot: str
    odds: dict[str, Decimal | None]


def load(connection: connection, path: Path, now: datetime, *, layout: Layout | None = None) -> int:
    """Makes the target system's tables and stores the file in them, in one transaction; returns the rows of prices.

    Args:
        connection: to a database without these tables.
        path: the file.
        now: with a time zone.
        layout: the form of the tables.

    Raises:
        UserError: the file is missing or wrong; names file, line and remedy.
        psycopg2.errors.DuplicateTable: the tables exist already.
    """
    layout = layout or Layout()
    prices = _move(read(path), now.astimezone(UTC))
    last = now.astimezone(UTC).replace(microsecond=0) - _LAST_COLLECTION
    collected = sorted(
        ((moment, price) for price in prices if (moment := _collected(price, last)) <= last),
        key=lambda item: (item[0], item[1].sport, item[1].kick_off, item[1].match_id, item[1].bookmaker),
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(layout.sql("tables.sql"))
        cursor.execute(layout.sql("indexes.sql"))
        cursor.execute(
            layout.sql("load.sql"),
            {
                "moments": [moment for moment, _ in collected],
                "match_ids": [price.match_id for _, price in collected],
                "sports": [price.sport for _, price in collected],
                "home_teams": [price.home_team for _, price in collected],
                "away_teams": [price.away_team for _, price in collected],
                "kick_offs": [price.kick_off for _, price in collected],
                "bookmakers": [price.bookmaker for _, price in collected],
                "homes": [price.odds["home"] for _, price in collected],
                "draws": [price.odds["draw"] for _, price in collected],
                "aways": [price.odds["away"] for _, price in collected],
            },
        )
        rows = _stored(cursor.fetchone())
        cursor.execute(layout.sql("refresh.sql"), {"moment": last})
        rows += _stored(cursor.fetchone())
        bets.store(connection, layout, _bets(prices, now, last))
    analyse(connection, layout)
    return rows


def refresh(connection: connection, now: datetime, *, layout: Layout | None = None) -> int:
    """Stores the newest prices of all matches ahead once more, as collected at ``now``; returns the rows of prices."""
    with connection, connection.cursor() as cursor:
        cursor.execute((layout or Layout()).sql("refresh.sql"), {"moment": now})
        return _stored(cursor.fetchone())


def _stored(row: tuple[int, ...] | None) -> int:
    return row[0] if row else 0


def read(path: Path) -> list[Price]:
    """The rows of the file, at their own times.

    Raises:
        UserError: the file is missing or wrong; names file, line and remedy.
    """
    try:
        with path.open("rb") as start:
            packed = start.read(2) == b"\x1f\x8b"
        opener = gzip.open if packed else open
        with opener(path, "rt", encoding="utf-8", newline="") as file:
            return list(_rows(path, file))
    except (OSError, EOFError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UserError(f"{path}: cannot be read ({reason}); give a CSV in UTF-8, plain or gzip") from error


def _rows(path: Path, file: TextIO) -> Iterator[Price]:
    reader = csv.DictReader(file)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise UserError(f"{path}, line 1: no column {', '.join(missing)}; the header must be {','.join(COLUMNS)}")
    seen: set[tuple[str, str, str]] = set()
    try:
        for row in reader:
            price = _price(row)
            _remember(price, seen)
            yield price
    except (ValueError, csv.Error) as error:
        raise UserError(f"{path}, line {reader.line_num}: {error}") from error
    if not seen:
        raise UserError(f"{path}: holds no prices; give a file with rows below its header")


def _remember(price: Price, seen: set[tuple[str, str, str]]) -> None:
    key = (price.match_id, price.bookmaker, price.snapshot)
    if key in seen:
        raise ValueError(f"a second {price.snapshot} price of {price.bookmaker} for this match; remove one")
    seen.add(key)


def _price(row: dict[str, str]) -> Price:
    if None in row or None in row.values():
        raise ValueError(f"not {len(COLUMNS)} fields as in the header; mend the commas and quotes")
    for column in ("sport", "home_team", "away_team", "bookmaker"):
        if not row[column]:
            raise ValueError(f"{column} is empty; fill it in")
    if row["snapshot"] not in ("opening", "closing"):
        raise ValueError(f'snapshot is "{row["snapshot"]}"; it must be opening or closing')
    if row["result"] not in ("H", "D", "A", ""):
        raise ValueError(f'result is "{row["result"]}"; it must be H, D, A or empty')
    name = "|".join((row["sport"], row["home_team"], row["away_team"], row["commence_time"]))
    return Price(
        match_id=hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(),
        sport=row["sport"],
        home_team=row["home_team"],
        away_team=row["away_team"],
        kick_off=_moment(row["commence_time"]),
        result=row["result"],
        bookmaker=row["bookmaker"],
        snapshot=row["snapshot"],
        odds={outcome: _odds(f"{outcome}_odds", row[f"{outcome}_odds"]) for outcome in _OUTCOMES},
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f'commence_time is "{text}"; it must be a time with its zone, such as 2024-05-26T19:00:00Z')
    return moment.astimezone(UTC)


def _odds(column: str, text: str) -> Decimal | None:
    if not text:
        return None
    try:
        odds = Decimal(text)
    except InvalidOperation:
        odds = Decimal("NaN")
    # The columns of the target system hold eight digits before the point.
    if not odds.is_finite() or not 1 < odds < 100_000_000:
        raise ValueError(f'{column} is "{text}"; it must be a number above 1, or empty')
    return odds


def _move(prices: Sequence[Price], now: datetime) -> list[Price]:
    """The prices with all kick-offs moved by the whole days that put the last 60 matches ahead of now."""
    kick_offs = sorted({price.match_id: price.kick_off for price in prices}.values())
    days = math.floor((now - kick_offs[-min(AHEAD, len(kick_offs))]) / timedelta(days=1)) + 1
    return [replace(price, kick_off=price.kick_off + timedelta(days=days)) for price in prices]


def _collected(price: Price, last: datetime) -> datetime:
    if price.snapshot == "closing":
        return price.kick_off - _CLOSING_LEAD
    back = math.ceil((last - (price.kick_off - _OPENING_LEAD)) / _INTERVAL)
    return last - max(back, 0) * _INTERVAL


def _bets(prices: Sequence[Price], now: datetime, last: datetime) -> Iterator[Bet]:
    for _, of_match in groupby(sorted(prices, key=lambda price: price.match_id), lambda price: price.match_id):
        rows = list(of_match)
        opening = {price.bookmaker: price for price in rows if price.snapshot == "opening"}
        closing = {price.bookmaker: price for price in rows if price.snapshot == "closing"}
        for pick in picks({bookmaker: price.odds for bookmaker, price in opening.items()}):
            price = opening[pick.bookmaker]
            over = price.kick_off <= now - _MATCH_TAKES and bool(price.result)
            placed = _collected(price, last) + timedelta(minutes=2)
            yield Bet(
                price.match_id, pick.outcome, price.bookmaker, pick.odds, _STAKE, "value", placed,
                updated=price.kick_off + _MATCH_TAKES if over else placed,
                result=None if not over else "won" if price.result == _OUTCOMES[pick.outcome] else "lost",
                closing=closing[price.bookmaker].odds[pick.outcome] if over and price.bookmaker in closing else None,
            )  # fmt: skip
