"""The catalogue: headers are checked, parameters declared, names of others quoted."""

from pathlib import Path

import pytest

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.errors import UserError
from oddswatch.settings.site import Settings

HEADER = """\
-- Number of things
-- Question: how many things are there?
-- Grain: one row
-- Returns:
--   things: bigint, count, Things
"""


def catalogue(folder: Path, **files: str) -> Catalogue:
    """A catalogue of these files, by name without the ending."""
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return Catalogue(Settings(), folder)


def replaced(line: str, by: str) -> str:
    assert line in HEADER
    return HEADER.replace(line, by) + "SELECT 1 AS things\n"


BAD_HEADERS = {
    "no header": ("SELECT 1\n", "has no header; begin with '-- Title'"),
    "no question": (replaced("-- Question: how many things are there?\n", ""), "has no '-- Question:'; add it"),
    "no grain": (replaced("-- Grain: one row\n", ""), "has no '-- Grain:'; add it"),
    "no columns": (
        replaced("-- Returns:\n--   things: bigint, count, Things\n", ""),
        "has no '-- Returns:'; add it",
    ),
    "an empty list of columns": (
        replaced("--   things: bigint, count, Things\n", ""),
        "'Returns:' names no column; add 'column: type, unit, title'",
    ),
    "an unknown field": (replaced("-- Grain:", "-- Grains:"), "line 3: unknown field 'Grains'; known are Question, "),
    "a field of a rule in a file that is none": (
        replaced("-- Grain:", "-- Fires: value > 0\n-- Grain:"),
        "line 3: unknown field 'Fires'; known are Question, Grain, Returns, Parameters, Notes",
    ),
    "a field given twice": (
        replaced("-- Grain: one row\n", "-- Grain: one row\n-- Grain: two rows\n"),
        "line 4: 'Grain' is given twice; join the two",
    ),
    "a line of no field": (
        replaced("-- Question:", "-- some remark\n-- Question:"),
        "line 2: 'some remark' belongs to no field",
    ),
    "a column without a unit": (
        replaced("things: bigint, count, Things", "things: bigint"),
        "'things: bigint' under 'Returns:' is not of the form 'column: type, unit, title'",
    ),
    "a column with an unknown unit": (
        replaced("bigint, count,", "bigint, pieces,"),
        "column 'things' has the unknown unit 'pieces'; known are text, count,",
    ),
    "a column given twice": (
        replaced("--   things: bigint, count, Things\n", "--   things: bigint, count, Things\n" * 2),
        "column 'things' is given twice",
    ),
    "no query": (HEADER, "has no query below its header"),
}


@pytest.mark.parametrize(("text", "message"), BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_a_bad_header_is_named_with_its_file_and_the_remedy(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        catalogue(tmp_path, things=text)
    assert caught.value.message.startswith(str(tmp_path / "things.sql"))
    assert message in caught.value.message


def test_a_parameter_that_is_used_but_not_declared_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"things\.sql: uses 'league' without declaring it; add it to"):
        catalogue(tmp_path, things=HEADER + "SELECT 1 AS things WHERE x = {{ league }}\n")


def test_the_names_of_a_macro_are_no_parameters(tmp_path: Path) -> None:
    body = "{% macro doubled(number) %}{{ number }} * 2{% endmacro %}SELECT {{ doubled(2) }} AS things\n"
    assert catalogue(tmp_path, things=HEADER + body).sql("things") == "SELECT 2 * 2 AS things"


def test_a_parameter_that_is_declared_but_not_used_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"things\.sql: declares the parameter 'league' and does not use it; remove it"):
        catalogue(tmp_path, things=HEADER + "-- Parameters: league (only this one)\nSELECT 1 AS things\n")


def test_a_parameter_that_was_not_declared_cannot_be_given(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"things\.sql: has no parameter league; declare it in the header"):
        catalogue(tmp_path, things=HEADER + "SELECT 1 AS things\n").sql("things", league="'x'")


@pytest.mark.parametrize(
    "reference", ['SELECT 1 AS x FROM {{ ref("thing") }}', 'WITH x AS {{ whole("thing") }} SELECT 1']
)
def test_a_reference_to_a_file_that_is_not_there_is_an_error(tmp_path: Path, reference: str) -> None:
    with pytest.raises(UserError, match=r"things\.sql: refers to 'thing'"):
        catalogue(tmp_path, things=f"{HEADER}{reference}\n")


def test_a_broken_template_is_named_with_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"things\.sql, line 7: .*; mend the template"):
        catalogue(tmp_path, things=HEADER + "SELECT 1 AS things\n{% if %}\n")


def test_two_files_of_one_name_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "things.sql").write_text(HEADER + "SELECT 1 AS things\n")
    with pytest.raises(UserError, match="a second file called 'things'; rename one of them"):
        catalogue(tmp_path, things=HEADER + "SELECT 1 AS things\n")


def test_parameters_reach_the_files_that_are_referred_to(tmp_path: Path) -> None:
    declared = "-- Parameters: league (only this one)\n"
    inner = HEADER + declared + "SELECT 1 AS things{% if league %} WHERE x = {{ league }}{% endif %}\n"
    outer = HEADER + declared + 'SELECT things FROM {{ ref("inner") }}\n'
    made = catalogue(tmp_path, inner=inner, outer=outer)
    assert made.sql("outer", league="'a'") == "SELECT things FROM (\n  SELECT 1 AS things WHERE x = 'a'\n) AS inner"
    assert made.sql("outer") == "SELECT things FROM (\n  SELECT 1 AS things\n) AS inner"


def test_a_file_can_be_taken_whole(tmp_path: Path) -> None:
    declared = "-- Parameters: league (only this one)\n"
    inner = HEADER + declared + "SELECT {{ league }} AS things\n"
    outer = HEADER + declared + 'WITH x AS {{ whole("inner") }}\nSELECT x.things FROM x\n'
    made = catalogue(tmp_path, inner=inner, outer=outer)
    assert made.sql("outer", league="'a'") == "WITH x AS (\n  SELECT 'a' AS things\n)\nSELECT x.things FROM x"


def test_comments_do_not_reach_grafana_which_would_expand_macros_in_them(tmp_path: Path) -> None:
    made = catalogue(tmp_path, things=HEADER + "SELECT\n  -- $__nonsense(x)\n\n  1 AS things\n")
    assert made.sql("things") == "SELECT\n  1 AS things"


def test_a_selection_is_a_thin_query_over_the_metric(tmp_path: Path) -> None:
    made = catalogue(tmp_path, things=HEADER + "SELECT 1 AS things\n")
    assert made.select("things", where="things > 0", order_by="things", limit=3) == (
        "SELECT things\nFROM (\n  SELECT 1 AS things\n) AS things\nWHERE things > 0\nORDER BY things\nLIMIT 3"
    )


def test_names_of_tables_and_columns_are_quoted_whatever_they_hold(tmp_path: Path) -> None:
    tables = {
        "bets": {"table": 'my schema.the "best" bets', "columns": {"stake": "stake; DROP TABLE bets", "match": "a.b"}}
    }
    text = "SELECT b.{{ bets.columns.stake }}, b.{{ bets.columns.match }} FROM {{ bets.table }} AS b\n"
    (tmp_path / "things.sql").write_text(HEADER + text)
    sql = Catalogue(Settings.model_validate({"tables": tables}), tmp_path).sql("things")
    assert sql == 'SELECT b."stake; DROP TABLE bets", b."a.b" FROM "my schema"."the ""best"" bets" AS b'


def test_a_league_is_called_what_the_site_calls_it(tmp_path: Path) -> None:
    text = HEADER + 'SELECT {{ league_name("x") }} AS things\n'
    (tmp_path / "things.sql").write_text(text)
    sql = Catalogue(Settings.model_validate({"leagues": {"o'neil": "O'Neil {{ at }}"}}), tmp_path).sql("things")
    assert "CASE x WHEN 'o''neil' THEN 'O''Neil {{ at }}' ELSE " in sql


@pytest.mark.parametrize(
    ("times", "now", "moment"),
    [
        ("naive_utc", "(now() AT TIME ZONE 'utc')", "(to_timestamp(5) AT TIME ZONE 'utc')"),
        ("timestamptz", "now()", "to_timestamp(5)"),
    ],
)
def test_moments_fit_the_columns_and_do_not_depend_on_the_session(
    tmp_path: Path, times: str, now: str, moment: str
) -> None:
    (tmp_path / "things.sql").write_text(HEADER + 'SELECT {{ at }} - {{ to_moment("5") }} AS things\n')
    made = Catalogue(Settings.model_validate({"times": times}), tmp_path)
    assert made.sql("things") == f"SELECT {now} - {moment} AS things"
