"""Names that others chose, whatever they hold, go the whole way and come back as they were.

From config.yml through the catalogue, the files of the tree, Grafana's variables and macros to PostgreSQL, and back.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.database.execute import as_sent, run, values
from oddswatch.database.query import Query
from oddswatch.quoting import identifier
from oddswatch.settings import reading
from oddswatch.settings.tables import PerMatchColumns
from oddswatch.tree.compose import compose
from oddswatch.tree.queries import all_queries
from oddswatch.tree.tree import Tree
from tests.servers.postgres import Postgres

#: What breaks programs: Grafana's macros and variables, quotes, ends of lines that only some know, comments, templates.
HOSTILE = [
    "$__timeFrom()",
    "$__interval",
    "$1 ${match} [[league]] $league",
    "it's; DROP TABLE bets; --",
    'O\'Neil "Söhne" <b> 100% 🎯',
    "a\u2028-- b\u0085c\u2029d",
    "{{ x }}{% if %}",
    "\\u0041\\",
    "%41 &league=b&bookmaker=",
    "a\nb\tc",
    "$__all",
]
#: As the configuration takes them: Grafana would put variables and macros into the text of a query.
WRITABLE = [name for name in HOSTILE if "$" not in name and "\n" not in name]

# PostgreSQL's text has no NUL and no halves of characters; the unit separator is what a list of choices is parted by.
OUTSIDE = st.text(st.characters(exclude_characters="\0\x1f", exclude_categories=["Cs"]), min_size=1, max_size=12)
WRITTEN = st.text(
    st.characters(exclude_characters="$", exclude_categories=["Cs"], min_codepoint=32), min_size=1, max_size=12
).filter(lambda name: "[[" not in name)
KEYS = tuple(PerMatchColumns.model_fields)


@dataclass(frozen=True)
class Names:
    """Everything in a site that somebody else named."""

    match: str
    league: str
    home: str
    bookmaker: str
    league_name: str
    table: str
    columns: tuple[str, ...]


@st.composite
def names(draw: st.DrawFn) -> Names:
    outside = st.sampled_from(HOSTILE) | OUTSIDE
    written = st.sampled_from(WRITABLE) | WRITTEN
    return Names(
        match=draw(outside),
        league=draw(outside),
        home=draw(outside),
        bookmaker=draw(outside),
        league_name=draw(written),
        table=draw(written.map(lambda name: name.replace(".", ""))) + "t",
        # Parted by their keys, so that no two are the same.
        columns=tuple(f"{key}{draw(written)}" for key in KEYS),
    )


@pytest.fixture(scope="module")
def shared(postgres: Postgres) -> Iterator[Postgres]:
    """A database with empty tables of bets and collections."""
    with postgres.tables() as database:
        yield database


def store(session: Any, named: Names) -> None:
    """Two prices of the match 25 % apart, in a table of these names."""
    types = dict.fromkeys(KEYS, "text") | dict.fromkeys(("home_odds", "draw_odds", "away_odds"), "numeric")
    types |= {"kick_off": "timestamp", "collected_at": "timestamp"}
    columns = dict(zip(KEYS, map(identifier, named.columns), strict=True))
    now = datetime.now(UTC).replace(tzinfo=None)
    row = {
        "match": named.match,
        "league": named.league,
        "home_team": named.home,
        "away_team": "Away",
        "kick_off": now + timedelta(days=1),
        "draw_odds": 3,
        "away_odds": 3,
        "collected_at": now - timedelta(minutes=5),
    }
    with session.cursor() as cursor:
        table = identifier(named.table)
        cursor.execute(f"CREATE TABLE {table} ({', '.join(f'{columns[key]} {types[key]}' for key in KEYS)})")
        for offer in ({"bookmaker": named.bookmaker, "home_odds": 2.5}, {"bookmaker": "plain", "home_odds": 2}):
            filled = {**row, **offer}
            stored = cursor.mogrify(f"({', '.join(['%s'] * len(filled))})", list(filled.values())).decode()
            # Without parameters, so that a % in a name is a letter.
            cursor.execute(f"INSERT INTO {table} ({', '.join(columns[key] for key in filled)}) VALUES {stored}")


def tree_of(folder: Path, named: Names) -> Tree:
    """The tree for the site with these names, read back from its files."""
    configuration = {
        "leagues": {"soccer_x": named.league_name, **({named.league: named.league_name} if writable(named) else {})},
        "tables": {"prices": {"table": named.table, "columns": dict(zip(KEYS, named.columns, strict=True))}},
        "alerts": {"high_spread": {"threshold_pct": 20, "clear_pct": 20}},
    }
    path = folder / "config.yml"
    path.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    return Tree(dict(compose(Catalogue(reading.load(path))).files))


def writable(named: Names) -> bool:
    """Whether the configuration can name the league."""
    return "$" not in named.league and "[[" not in named.league and min(named.league) >= " "


def said(session: Any, query: Query) -> list[dict[str, Any]]:
    found = run(session, as_sent(query, values(session, query, everything=True)))
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


@example(
    Names(
        match="$__timeFrom()",
        league="$__interval_ms $__timeTo()",
        home="$__unixEpochFrom()",
        bookmaker="$__timeFilter(x)",
        league_name="a\u2028b",
        table="t\u0085t",
        columns=tuple(f"{key}\u2028--" for key in KEYS),
    )
)
@given(named=names())
@hypothesis_settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_a_name_comes_back_as_it_was(shared: Postgres, tmp_path: Path, named: Names) -> None:
    queries = {query.place: query for query in all_queries(tree_of(tmp_path, named))}
    with closing(shared.connect(autocommit=False)) as session:
        store(session, named)
        [row] = said(session, queries["Opportunities / Current opportunities"])
        assert (row["match_id"], row["best_bookmaker"]) == (named.match, named.bookmaker)
        assert row["match"] == f"{named.home} – Away"
        if writable(named):
            assert row["league_name"] == named.league_name
        offered = {row["bookmaker_name"]: row["home_price"] for row in said(session, queries["Match / Latest prices"])}
        assert offered == {named.bookmaker: "2.50 ★", "plain": "2.00"}
        [alert] = said(session, queries["rule High spread / K"])
        assert (alert["match_id"], alert["league"]) == (named.match, named.league)
