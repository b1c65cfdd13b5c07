"""`generate.py check --suggest`: the configuration that fits a database, found by looking at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg2
import yaml

from oddswatch.database import bookmakers
from oddswatch.database.fitting import WANTED, Fit, best
from oddswatch.database.measuring import FAILURES, OPEN, interval, times, unknown_words
from oddswatch.database.refusals import ACTIONS, complaint
from oddswatch.database.relations import relations
from oddswatch.errors import ExitCode, UserError
from oddswatch.quoting import identifier
from oddswatch.settings.site import Settings

#: Which tables are to be read is not known yet, so that there is no role to make.
_ACTIONS = {**ACTIONS, "42501": "grant SELECT on the tables to the role that looks, or look as their owner"}


@dataclass(frozen=True)
class Suggestion:
    """What belongs into config.yml where it differs from the defaults, and what a person should know or do."""

    configuration: Mapping[str, Any]
    notes: tuple[str, ...]

    def text(self) -> str:
        """The configuration as YAML, the notes as comments above it."""
        notes = "".join(f"# {note}\n" for note in self.notes)
        if not self.configuration:
            return f"{notes}# The defaults fit this database."
        return notes + yaml.safe_dump(self.configuration, sort_keys=False, allow_unicode=True, width=1000).rstrip()


def suggest(session: Any) -> Suggestion:
    """Look at the database of a connection and return the configuration that fits it.

    Raises `UserError` when the database does not let itself be looked at, or goes away.
    """
    try:
        return _look(session)
    except psycopg2.Error as error:
        if session.closed:
            reason, code = "look again when it is back", ExitCode.UNREACHABLE
        else:
            reason, code = _ACTIONS.get(error.pgcode or "", "look as another PGUSER"), ExitCode.NOT_ACCEPTED
        raise UserError(f"the database cannot be looked at: {complaint(error)}; {reason}", code) from None


def _look(session: Any) -> Suggestion:
    there = list(relations(session))
    notes: list[str] = []
    fits = {key: best(session, forms, there) for key, forms in WANTED.items()}
    configuration: dict[str, Any] = {"tables": _tables(fits, notes)}
    prices, log, bets, ends = fits["prices"], fits["collections"], fits["bets"], fits["results"]
    if prices:
        configuration |= times(session, prices, notes)
        configuration |= interval(session, log or prices, notes)
        configuration |= _sharp(session, prices, notes)
    tables = Settings().tables
    if log:
        success = {"tables.collections.success": tables.collections.success}
        notes += unknown_words(session, log, "status", success, FAILURES)
    if bets:
        results = {f"tables.bets.{name}": getattr(tables.bets, name) for name in ("won", "lost", "void")}
        notes += unknown_words(session, bets, "result", results, OPEN)
    if ends and not ends.columns["home_goals"]:
        words = {f"tables.results.{name}": getattr(tables.results, name) for name in ("home", "draw", "away")}
        notes += unknown_words(session, ends, "result", words, tables.results.none)
    return Suggestion(_without_defaults(configuration, Settings().model_dump()), tuple(notes))


def _sharp(session: Any, prices: Fit, notes: list[str]) -> dict[str, Any]:
    """The bookmakers by which the others are measured, of those that are there; noted where there is none."""
    bookmaker, collected_at = prices.columns["bookmaker"], prices.columns["collected_at"]
    if bookmaker is None or collected_at is None:
        return {}
    there = bookmakers.names(session, prices.relation.quoted, identifier(bookmaker), identifier(collected_at))
    sharp = bookmakers.sharp_among(there)
    usual = Settings().value.sharp
    if not there or usual[0] in there:
        return {}
    if not sharp:
        notes.append(f"no price of {', '.join(bookmakers.SHARP)}: fair prices will be the others' median")
        return {}
    return {"value": {"sharp": sharp}}


def _tables(fits: Mapping[str, Fit | None], notes: list[str]) -> dict[str, Any]:
    """The section of the tables that were found; what was not is noted."""
    found: dict[str, Any] = {}
    for key, fit in fits.items():
        if fit is None:
            if key != "results":  # which few have
                rest = "; it is read only with opportunities.source: view" if key == "view" else ""
                notes.append(f"found nothing that looks like tables.{key}{rest}")
            continue
        found[key] = fit.section
        notes += [f"{fit.relation.reference} has nothing like tables.{key}.columns.{name}" for name in fit.missing]
    return found


def _without_defaults(found: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from the defaults, which are those of the other form where the form is another one."""
    result: dict[str, Any] = {}
    for key, value in found.items():
        default = defaults.get(key)
        if isinstance(value, Mapping):
            inner = _without_defaults(value, _defaults_of(value, default))
            if inner:
                result[key] = inner
        elif value != default:
            result[key] = value
    return result


def _defaults_of(section: Mapping[str, Any], default: Any) -> Mapping[str, Any]:
    form = section.get("form")
    if form and default["form"] != form:
        other = Settings.model_validate({"tables": {"prices": {"form": form}}}).model_dump()["tables"]["prices"]
        return {**other, "form": default["form"]}
    return default if isinstance(default, Mapping) else {}
