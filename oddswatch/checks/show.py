"""`generate.py show`: what Home says now, asked of the database through Home's own panels."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cache
from typing import Any

import psycopg2

from dashboards import home
from oddswatch.checks import display
from oddswatch.checks.display import Shown
from oddswatch.checks.remedies import remedy
from oddswatch.database import connection
from oddswatch.database.execute import Result, as_sent, run, values
from oddswatch.errors import ExitCode, UserError
from oddswatch.json_types import Json
from oddswatch.names import dashboard_uid
from oddswatch.settings.site import Settings
from oddswatch.tree.queries import asked_by, of_dashboard
from oddswatch.tree.tree import Tree

#: The panels that a terminal can hold: curves need a screen, and only Grafana knows which alerts fire.
_KINDS = ("stat", "table")


@dataclass(frozen=True)
class Answer:
    """What one panel says: its value, or its columns and lines; or the error and its remedy."""

    title: str
    value: Shown | None = None
    columns: list[str] = field(default_factory=list)
    lines: list[list[Shown]] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True)
class Row:
    """A row of Home: the question that is its title, and what its panels answer."""

    question: str
    answers: list[Answer]


def show(tree: Tree, settings: Settings) -> Iterator[Row]:
    """Ask the queries of Home's numbers and tables, row by row, at the time range at which it opens.

    Raises `UserError` when the database cannot be reached, or goes away.
    """
    (model,) = (model for model in tree.dashboards() if model["uid"] == dashboard_uid(home.NAME))
    queries = {query.key: query for query in of_dashboard(model) if query.kind == "panel"}
    with closing(connection.connect()) as session:
        ask = cache(lambda key: run(session, as_sent(queries[key], values(session, queries[key]))))
        for title, panels in _rows(model):
            yield Row(title, [_answer(panel, ask, session, settings) for panel in panels])


def _rows(model: Json) -> Iterator[tuple[str, list[Json]]]:
    """The rows' titles and panels: those of a row that is not folded follow it."""
    rows: list[tuple[str, list[Json]]] = []
    for panel in model["panels"]:
        if panel["type"] == "row":
            rows.append((panel["title"], list(panel["panels"])))
        else:
            rows[-1][1].append(panel)
    for title, panels in rows:
        yield title, [panel for panel in panels if panel["type"] in _KINDS]


def _answer(panel: Json, ask: Callable[[str], Result], session: Any, settings: Settings) -> Answer:
    title = panel["title"]
    try:
        result = ask(str(asked_by(panel)))
    except psycopg2.Error as error:
        if session.closed:
            message = f"the database went away: {' '.join(str(error).split())}; try again when it is back"
            raise UserError(message, ExitCode.UNREACHABLE) from None
        return Answer(title, error=display.printable(remedy(error, settings, session)))
    if panel["type"] == "table":
        if result.rows:
            return _table(panel, result, settings.zone)
        return Answer(title, display.shown(None, panel["fieldConfig"]["defaults"], settings.zone))
    place = display.shown_place(panel, result.columns)
    value = next((row[place] for row in reversed(result.rows) if row[place] is not None), None)
    return Answer(title, display.shown(value, display.field(panel, result.columns[place]), settings.zone))


def _table(panel: Json, result: Result, zone: tzinfo) -> Answer:
    properties = [display.field(panel, column) for column in result.columns]
    places = [place for place, of in enumerate(properties) if not of.get("custom.hidden")]

    def cell(value: Any, of: Json) -> Shown:
        shown = display.shown(value, of, zone)
        return shown if of["custom.cellOptions"]["type"] == "color-text" else replace(shown, colour="")

    return Answer(
        panel["title"],
        columns=[properties[place].get("displayName", result.columns[place]) for place in places],
        lines=[[cell(row[place], properties[place]) for place in places] for row in result.rows],
    )
