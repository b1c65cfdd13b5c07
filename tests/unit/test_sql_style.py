"""sqlfluff on the catalogue as it is rendered: every form of prices and of times, optional parts in and out."""

import os
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from sqlfluff.core import FluffConfig, Linter

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.database.macros import TimeRange, expand
from oddswatch.names import ROOT
from oddswatch.settings.site import Settings

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = TimeRange(NOW - timedelta(days=1), NOW)
#: An expression for each parameter that a file declares; without one here it is a text.
SAMPLES = {
    "at": "'2026-11-22'::timestamp",
    "bookmakers": "ARRAY['a', 'b']",
    "by": "league",
    "filter": "true",
    "leagues": "ARRAY['a']",
    "within": "interval '1 day'",
    "lots": "collections",
    "of": "books",
    "asked": "offers",
    "keep": "lot",
    "least": "0.01",
    "nearest": "30",
    "mailed": "all",
    "only": "signals",
    "read": "true",
    "signals": "found",
    "judged": "found",
    "sieve": "count(*) > 1",
}
#: Parameters that leave something out of a query, or put it in.
SOMETIMES = ("at", "bookmakers", "mailed", "only", "read", "sieve", "within")
BY_WORD: dict[str, Any] = {"enabled": True, "columns": {"result": "result"}}
BY_GOALS: dict[str, Any] = {"enabled": True, "columns": {"home_goals": "home_goals", "away_goals": "away_goals"}}
SITES = [
    {"times": times, "tables": {"prices": {"form": form}, "results": results}, "opportunities": {"source": source}}
    for times, form, source, results in (
        ("naive_utc", "per_match", "prices", {}),
        ("timestamptz", "per_match", "prices", BY_WORD),
        ("naive_utc", "per_outcome", "prices", BY_GOALS),
        ("naive_utc", "per_match", "view", BY_WORD | {"columns": BY_WORD["columns"] | BY_GOALS["columns"]}),
    )
]


class Single(Catalogue):
    """Each file on its own: what it refers to is a name, and is linted where it stands."""

    def ref(self, name: str, **parameters: str) -> str:
        return name

    def whole(self, name: str, **parameters: str) -> str:
        columns = ",\n".join(f"    {name}.{column.name}" for column in self[name].columns)
        return f"(\n  SELECT\n{columns}\n  FROM {name}\n)"


def renderings() -> dict[str, str]:
    """Every different text that a file becomes, and the file's name."""
    found: dict[str, str] = {}
    for site in SITES:
        catalogue = Single(Settings.model_validate(site))
        for metric in catalogue:
            samples = {name: SAMPLES.get(name, "'x'") for name in metric.parameters}
            optional = {name: value for name, value in samples.items() if name not in SOMETIMES}
            for parameters in (samples, optional):
                found.setdefault(expand(catalogue.sql(metric.name, **parameters), DAY, 60_000) + "\n", metric.name)
    return found


@cache
def linter() -> Linter:
    return Linter(config=FluffConfig.from_path(str(ROOT / "pyproject.toml")))


def is_mistaken(rule: str, line: str, sql: str) -> bool:
    """What sqlfluff gets wrong."""
    # It wants LATERAL on a line of its own, and then counts every indent below from there.
    lateral = rule == "LT02" and "LATERAL (" in sql
    # It takes this operator for a function.
    operator = rule in ("LT01", "LT06") and "= ANY (" in line
    # It takes the name of a collation for a column.
    collation = rule in ("RF02", "RF03") and 'COLLATE "' in line
    return lateral or operator or collation


def complaints(item: tuple[str, str]) -> list[str]:
    sql, name = item
    lines = sql.splitlines()
    return [
        f"{name}: {found.rule_code()} {found.desc()}: {lines[found.line_no - 1].strip()[:120]}"
        for found in linter().lint_string(sql).get_violations()
        if not is_mistaken(found.rule_code(), lines[found.line_no - 1], sql)
    ]


@pytest.mark.timeout(600)
def test_the_sql_of_the_catalogue_has_the_houses_style() -> None:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = [line for lines in pool.map(complaints, renderings().items(), chunksize=4) for line in lines]
    assert found == []


def test_the_lint_finds_what_it_should() -> None:
    assert complaints(("select a.b,c from a where b = NULL\n", "bad")) != []
