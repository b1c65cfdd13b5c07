"""Which table of a database is meant by a table of the configuration, and which columns are.

Tables are told by the columns they have, columns by the names that collectors give them, and by similar ones.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from oddswatch.database.relations import Relation, newest
from oddswatch.settings.tables import (
    BetsTable,
    CollectionsTable,
    Column,
    PricesPerMatch,
    PricesPerOutcome,
    ResultsTable,
    Table,
    View,
)

#: From this likeness on (0 to 1) a name counts as meant.
_SIMILAR = 0.8
_KINDS = {
    "timestamp without time zone": "moment",
    "timestamp with time zone": "moment",
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric", "real", "double precision"), "number"),
}


@dataclass(frozen=True)
class Wanted:
    """A table of the configuration, with its usual names.

    Attributes:
        form: the key and value that choose this form, where there are several.
        tellers: sets of columns of which a table that is meant has at least one, and none in part.
    """

    table: Table
    form: Mapping[str, str | bool] = field(default_factory=dict)
    is_view: bool = False
    tellers: Sequence[frozenset[str]] = ()


#: The forms that each table of the configuration can have, by its key.
WANTED: Mapping[str, Sequence[Wanted]] = {
    "prices": (
        Wanted(PricesPerMatch(), {"form": "per_match"}),
        Wanted(PricesPerOutcome(form="per_outcome"), {"form": "per_outcome"}),
    ),
    "collections": (Wanted(CollectionsTable()),),
    "bets": (Wanted(BetsTable()),),
    "view": (
        Wanted(View(), {"spreads": "per_outcome"}, is_view=True),
        Wanted(View(spreads="single"), {"spreads": "single"}, is_view=True),
    ),
    "results": (
        Wanted(
            ResultsTable(),
            {"enabled": True},
            tellers=(frozenset({"result"}), frozenset({"home_goals", "away_goals"})),
        ),
    ),
}
_BOOKMAKER = next(column.names for column in BetsTable().read() if column.key == "bookmaker")


@dataclass(frozen=True)
class Fit:
    """A relation that could be a wanted table: its columns by configuration key, None for those it lacks."""

    wanted: Wanted
    relation: Relation
    columns: Mapping[str, str | None]

    @property
    def missing(self) -> list[str]:
        """Keys of the columns that the relation lacks and must not."""
        return [column.key for column in self._required if self.columns[column.key] is None]

    @property
    def likeness(self) -> tuple[float, float]:
        """How well it fits: the share of required columns, then how much its name is the usual one."""
        share = 1 - len(self.missing) / len(self._required)
        return share, difflib.SequenceMatcher(None, self.relation.name, self.wanted.table.table).ratio()

    @property
    def tells(self) -> bool:
        """Whether it has what a table must have one or another of; one with bookmakers has many rows of a match."""
        had = [{self.columns[key] is not None for key in keys} for keys in self.wanted.tellers]
        return not had or (
            {True} in had and {True, False} not in had and set(_BOOKMAKER).isdisjoint(self.relation.columns)
        )

    @property
    def newest_by(self) -> str | None:
        """The column by which its newest row is known."""
        return self.columns.get("collected_at") or self.columns.get("placed_at")

    @property
    def section(self) -> dict[str, Any]:
        """Its section of config.yml; optional columns that it lacks are null there."""
        named = {
            column.key: self.columns[column.key]
            for column in self.wanted.table.read()
            if column.optional or self.columns[column.key] is not None
        }
        return {**self.wanted.form, "table": self.relation.reference, "columns": named}

    @property
    def _required(self) -> list[Column]:
        return [column for column in self.wanted.table.read() if not column.optional]


def best(session: Any, forms: Sequence[Wanted], relations: Sequence[Relation]) -> Fit | None:
    """The relation that fits best; of several that fit equally well, the one with the newest row."""
    found = [
        Fit(wanted, candidate, _columns(wanted.table, candidate))
        for wanted in forms
        for candidate in relations
        if candidate.is_view == wanted.is_view
    ]
    found = [fit for fit in found if fit.likeness[0] > 0.5 and fit.tells]  # less is another table
    if not found:
        return None
    most = max(fit.likeness[0] for fit in found)
    equal = [fit for fit in found if fit.likeness[0] == most]
    if len(equal) == 1:
        return equal[0]
    return max(equal, key=lambda fit: (newest(session, fit.relation, fit.newest_by), fit.likeness))


def _columns(table: Table, candidate: Relation) -> dict[str, str | None]:
    """Which column is meant by each key: exactly known names first, so that a similar one does not take them away."""
    free = {name: _KINDS.get(data_type, "text") for name, data_type in candidate.columns.items()}
    chosen: dict[str, str | None] = {column.key: None for column in table.read()}
    for names in (_known, _similar):
        for column in table.read():
            found = None if chosen[column.key] else next(names(column, free), None)
            if found:
                chosen[column.key] = found
                del free[found]
    return chosen


def _known(column: Column, free: Mapping[str, str]) -> Iterator[str]:
    yield from (name for name in column.names if free.get(name) == column.kind)


def _similar(column: Column, free: Mapping[str, str]) -> Iterator[str]:
    fitting = [name for name, kind in free.items() if kind == column.kind]
    for name in column.names:
        yield from difflib.get_close_matches(name, fitting, 1, _SIMILAR)
