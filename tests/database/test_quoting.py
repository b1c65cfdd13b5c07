"""Quoting, judged by PostgreSQL itself: what it reads is what was meant, whatever a name holds."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oddswatch.database.macros import interpolate
from oddswatch.quoting import identifier, literal, relation
from tests.servers.postgres import Postgres

# PostgreSQL's text has no NUL and no halves of characters.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=15)
HOSTILE = ["'", '"', "\\", "\\'", "'; DROP TABLE bets; --", "$$", "%s", 'O\'Neil "Söhne" <b>', "a\nb", "🎯", "{{ x }}"]


@pytest.fixture(scope="module")
def cursor(postgres: Postgres) -> Iterator[Any]:
    connection = postgres.connect()
    yield connection.cursor()
    connection.close()


def answer(cursor: Any, sql: str) -> Any:
    cursor.execute(sql)
    return cursor.fetchone()[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=TEXTS | st.sampled_from(HOSTILE))
def test_a_literal_is_read_as_the_text_it_was(cursor: Any, text: str) -> None:
    assert answer(cursor, f"SELECT {literal(text)}") == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=TEXTS | st.sampled_from(HOSTILE))
def test_a_variable_in_quotes_is_read_as_the_text_it_was(cursor: Any, text: str) -> None:
    assert answer(cursor, interpolate("SELECT '${x}'", {"x": text})) == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=NAMES | st.sampled_from(HOSTILE))
def test_an_identifier_is_read_as_the_name_it_was(cursor: Any, name: str) -> None:
    cursor.execute(f"SELECT 1 AS {identifier(name)}")
    assert cursor.description[0].name == name


def test_a_dot_parts_schema_and_table_and_belongs_to_a_column(cursor: Any) -> None:
    cursor.execute('CREATE SCHEMA "Odd ""s"; CREATE TABLE "Odd ""s"."t t" AS SELECT 7 AS "a.b"')
    try:
        assert answer(cursor, "SELECT " + identifier("a.b") + " FROM " + relation('Odd "s.t t')) == 7
    finally:
        cursor.execute('DROP SCHEMA "Odd ""s" CASCADE')
