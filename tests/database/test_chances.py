"""The margin taken out in SQL, against bisection in Python; nothing of the one is in the other."""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from psycopg2.extras import execute_values

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.settings.site import Settings
from tests.data import real_file, worth
from tests.servers.postgres import Postgres

Prices = tuple[float, ...]
METHODS: dict[str, Callable[[Sequence[float]], Sequence[float | None]]] = {
    "power": worth.power,
    "shin": worth.shin,
    "additive": worth.additive,
    "multiplicative": worth.multiplicative,
}


@pytest.fixture
def session(database: Postgres) -> Iterator[Any]:
    connection = database.connect()
    yield connection
    connection.close()


def test_chances_worked_out_by_hand(session: Any) -> None:
    # Two halves at 1.90 stay halves.
    assert all(chances(session, method, [(1.9, 1.9)]) == [pytest.approx((0.5, 0.5))] for method in METHODS)
    # 1 / price = chance ^ 0.8, so the chances are (1 / price) ^ 1.25.
    powers = (0.5**-0.8, 0.25**-0.8, 0.25**-0.8)
    assert chances(session, "power", [powers]) == [pytest.approx((0.5, 0.25, 0.25))]
    # 1.25 and 4 say 0.80 and 0.25, which is 0.05 too much: half of it from each, or as 16 to 5.
    uneven = (1.25, 4.0)
    assert chances(session, "additive", [uneven]) == [pytest.approx((0.775, 0.225))]
    assert chances(session, "shin", [uneven]) == [pytest.approx((0.775, 0.225))]
    assert chances(session, "multiplicative", [uneven]) == [pytest.approx((16 / 21, 5 / 21))]
    # 0.95 + 0.30 + 0.05 is 0.3 too much, a tenth for each: more than the last one has.
    ((*able, unable),) = chances(session, "additive", [(1 / 0.95, 1 / 0.3, 20.0)])
    assert able == pytest.approx([0.85, 0.2])
    assert unable is None


@pytest.mark.parametrize("method", METHODS)
def test_random_books_against_bisection(session: Any, method: str) -> None:
    assert_same(session, method, random_books(3_000))


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_100_000_random_books_against_bisection(session: Any, method: str) -> None:
    assert_same(session, method, random_books(100_000))


@pytest.mark.slow
@real_file.needs_file
@pytest.mark.parametrize("method", METHODS)
def test_all_real_books_against_bisection(session: Any, method: str) -> None:
    books = [
        tuple(price for price in book if price)
        for match in real_file.read()
        for snapshot in match.books.values()
        for book in snapshot.values()
    ]
    assert len(books) == 39_030
    assert_same(session, method, books)


def test_1000_books_take_at_most_10_milliseconds(session: Any) -> None:
    store(session, [book for book in random_books(2_500) if len(book) == 3][:1000])
    sql = f"SELECT sum(home_chance + draw_chance + away_chance) FROM {relation('power')}"
    deadline = time.monotonic() + 30
    fastest = math.inf
    # On a machine with other things to do the best of many counts.
    while fastest > 0.010 and time.monotonic() < deadline:
        begun = time.perf_counter()
        assert ask(session, sql)[0][0] == pytest.approx(1000)
        fastest = min(fastest, time.perf_counter() - begun)
    assert fastest <= 0.010


def random_books(number: int) -> list[Prices]:
    """Books with two and three outcomes at prices from 1.01 to 110 and margins up to 30 %, borne in several ways."""
    chance = random.Random(1992)
    books: list[Prices] = []
    while len(books) < number:
        weights = [math.exp(chance.uniform(-4.6, 0)) for _ in range(chance.choice((2, 3)))]
        fair = [weight / sum(weights) for weight in weights]
        margin = chance.uniform(0, 0.3)
        asked = chance.choice(
            (
                [share * (1 + margin) for share in fair],
                [share + margin / len(fair) for share in fair],
                [share + margin * other for share, other in zip(fair, reversed(fair), strict=True)],
            )
        )
        prices = tuple(round(1 / share, chance.choice((2, 3, 6))) for share in asked)
        if min(prices) >= 1.01 and max(prices) <= 110:
            books.append(prices)
    return books


def assert_same(session: Any, method: str, books: list[Prices]) -> None:
    found = chances(session, method, books)
    assert len(found) == len(books)
    worst = 0.0
    for book, said in zip(books, found, strict=True):
        expected = METHODS[method](book)
        assert [value is None for value in said] == [value is None for value in expected], book
        worst = max(
            worst, *(abs(a - b) for a, b in zip(said, expected, strict=True) if a is not None and b is not None)
        )
    assert worst <= 1e-9


def chances(session: Any, method: str, books: list[Prices]) -> list[tuple[float | None, ...]]:
    """What SQL says about each book: two chances or three."""
    store(session, books)
    rows = ask(session, f"SELECT home_chance, draw_chance, away_chance FROM {relation(method)} ORDER BY lot")
    assert all(draw is None for book, (_, draw, _) in zip(books, rows, strict=True) if len(book) == 2)
    return [row if len(book) == 3 else (row[0], row[2]) for book, row in zip(books, rows, strict=True)]


def relation(method: str) -> str:
    catalogue = Catalogue(Settings.model_validate({"value": {"method": method}}))
    return catalogue.ref("chances", of="books", keep="lot")


def store(session: Any, books: Sequence[Prices]) -> None:
    rows = [(lot, book[0], book[1] if len(book) == 3 else None, book[-1]) for lot, book in enumerate(books)]
    with session.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS books; CREATE TABLE books (lot integer, home_price double precision,"
            " draw_price double precision, away_price double precision)"
        )
        execute_values(cursor, "INSERT INTO books VALUES %s", rows, page_size=10_000)
        cursor.execute("ANALYZE books")


def ask(session: Any, sql: str) -> list[tuple[Any, ...]]:
    with session.cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
