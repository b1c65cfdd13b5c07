"""What `generate.py check` warns of: queries run, and still do not say what they could, or as soon as they could."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg2

from oddswatch.database import bookmakers
from oddswatch.database.execute import run
from oddswatch.quoting import identifier, relation
from oddswatch.settings.site import Settings
from oddswatch.settings.value import Bookmakers, Value


def hints(session: Any, settings: Settings) -> list[str]:
    """Look at the session and the newest prices through a connection in autocommit; one line for each thing to know.

    Nothing is said about tables that cannot be read: the queries that fail on them say it.
    """
    return [*_of_compiling(session), *_of_prices(session, settings)]


def _of_compiling(session: Any) -> Iterator[str]:
    [(role, compiles)] = run(session, "SELECT quote_ident(current_user), pg_jit_available()").rows
    if compiles:
        yield (
            f"jit is on for the role {role}: compiling a query takes up to a second, running it ten milliseconds; "
            f"switch it off with ALTER ROLE {role} SET jit = off, or ask as the role that python generate.py role makes"
        )


def _of_prices(session: Any, settings: Settings) -> list[str]:
    prices = settings.tables.prices
    columns = prices.columns
    try:
        there = bookmakers.names(
            session, relation(prices.table), identifier(columns.bookmaker), identifier(columns.collected_at)
        )
        if not there:
            return []
        return [*_unknown(settings, there), *_without_sharp(settings, there), *_of_changes(session, settings)]
    except psycopg2.Error:
        return []


def _unknown(settings: Settings, there: Sequence[str]) -> Iterator[str]:
    """Bookmakers that the configuration names and nobody collects; the defaults name some that many do not."""
    usual = {*Bookmakers().commission_pct, *Value().sharp}
    configured = settings.bookmakers
    for key, named in (
        ("mine", configured.mine),
        ("names", [name for name in configured.names if name not in usual]),
        ("commission_pct", [name for name in configured.commission_pct if name not in usual]),
    ):
        for name in named:
            if name not in there:
                close = difflib.get_close_matches(name, there, n=1)
                meant = f"; did you mean {close[0]!r}?" if close else ""
                yield f"bookmakers.{key} names {name!r}, which has no price{meant}"


def _without_sharp(settings: Settings, there: Sequence[str]) -> Iterator[str]:
    value = settings.value
    if value.fair == "sharp" and not set(value.sharp) & set(there):
        sharp = bookmakers.sharp_among(there)
        better = f"; set value.sharp: [{', '.join(sharp)}]" if sharp else ""
        configured = ", ".join(value.sharp)
        yield f"value.sharp: none of {configured} has a price, so fair prices are the others' median{better}"


def _of_changes(session: Any, settings: Settings) -> Iterator[str]:
    found = bookmakers.repetition(session, settings)
    if found.is_of_changes:
        yield (
            f"only changes seem to be stored: of {found.steps} prices {found.repeated} repeat the one before, and an "
            f"interval holds {found.held:.0%} of a match's bookmakers. Surebets, spreads and value compare the prices "
            "of one collection: let the collector store every price each time"
        )
