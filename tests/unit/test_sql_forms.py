"""Forms of SQL that Citus refuses, or that compressed chunks make slow: no query of the tree has one."""

import re
from collections.abc import Iterator

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.settings.site import Settings
from oddswatch.tree.compose import compose
from oddswatch.tree.queries import all_queries

SITES = [
    {},
    {"times": "timestamptz", "tables": {"prices": {"form": "per_outcome"}}},
    {"opportunities": {"source": "view"}},
]


def refused(sql: str) -> set[str]:
    """What a query holds of them; a LIMIT in a lateral subquery is harmless where that reads nothing."""
    found = {words for words in ("WITH RECURSIVE", "LEFT JOIN LATERAL") if words in sql}
    if any(re.search(r"\bLIMIT\b", body) and re.search(r"\bFROM (?!\()", body) for body in laterals(sql)):
        found.add("LATERAL … LIMIT")
    if re.search(r"\(\s*SELECT\s+FROM\b", sql):
        found.add("SELECT without columns")
    return found


def laterals(sql: str) -> Iterator[str]:
    """What stands between the parentheses of each lateral subquery."""
    for begin in re.finditer(r"\bLATERAL \(", sql):
        depth, position = 1, begin.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(sql[position], 0)
            position += 1
        yield sql[begin.end() : position - 1]


@pytest.mark.parametrize("site", SITES, ids=["per match", "per outcome", "view"])
def test_no_query_has_a_form_that_a_server_cannot_answer(site: dict[str, object]) -> None:
    queries = all_queries(compose(Catalogue(Settings.model_validate(site))))
    assert {query.place: forms for query in queries if (forms := refused(query.sql))} == {}


def test_the_forms_are_found() -> None:
    probe = "SELECT x FROM a CROSS JOIN LATERAL (SELECT b.x FROM b WHERE b.y = f(a.y) ORDER BY b.x LIMIT 1) AS c"
    assert refused(probe) == {"LATERAL … LIMIT"}
    assert refused("WITH RECURSIVE a AS (SELECT 1 AS x) SELECT x FROM a LEFT JOIN LATERAL (SELECT 2) AS b ON true") == {
        "WITH RECURSIVE",
        "LEFT JOIN LATERAL",
    }
    assert refused("SELECT 1 WHERE EXISTS (SELECT FROM a)") == {"SELECT without columns"}
    assert refused("SELECT x FROM a CROSS JOIN LATERAL (SELECT a.y + 1 AS x LIMIT 1) AS c LIMIT 3") == set()
