"""`generate.py check --suggest`: the configuration that fits a database, found by looking at it.

Tables are told by the columns they have, columns by the names that collectors give them, and by similar ones.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from oddswatch.database.columns import kind_of
from oddswatch.quoting import identifier, relation
from oddswatch.settings.site import Settings

#: What collectors call things, by configuration key, the most telling first; the default name is always the first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "match": ("match_id", "event_id", "game_id", "fixture_id"),
    "league": ("sport", "sport_key", "league", "competition"),
    "home_team": ("home_team", "home", "home_name"),
    "away_team": ("away_team", "away", "away_name"),
    "kick_off": ("commence_time", "kick_off", "kickoff", "start_time", "starts_at", "match_date"),
    "bookmaker": ("bookmaker", "bookmaker_key", "bookie", "book", "operator"),
    "home_odds": ("home_odds", "odds_home", "home_price", "price_home", "odds_1"),
    "draw_odds": ("draw_odds", "odds_draw", "draw_price", "price_draw", "odds_x"),
    "away_odds": ("away_odds", "odds_away", "away_price", "price_away", "odds_2"),
    "outcome": ("outcome", "outcome_name", "selection"),
    "price": ("odds_value", "price", "odds", "decimal_odds"),
    "collected_at": (
        "collected_at",
        "created_at",
        "recorded_at",
        "fetched_at",
        "scraped_at",
        "inserted_at",
        "timestamp",
    ),
    "matches": ("matches_count", "matches", "events_count", "match_count"),
    "prices_stored": ("odds_stored", "prices_stored", "odds_count", "rows_stored"),
    "opportunities": ("opportunities_detected", "opportunities", "opportunities_count"),
    "requests_left": ("api_requests_remaining", "requests_remaining", "requests_left", "quota_remaining"),
    "duration": ("execution_time_seconds", "duration_seconds", "execution_time", "duration"),
    "status": ("status", "state"),
    "error": ("error_message", "error", "message"),
    "stake": ("stake", "amount", "stake_amount"),
    "bet_type": ("bet_type", "type", "strategy"),
    "result": ("result", "bet_result", "outcome_result"),
    "profit": ("profit_loss", "actual_profit", "profit", "pnl", "net_profit"),
    "closing_price": ("odds_close", "closing_odds", "closing_price", "close_odds"),
    "placed_at": ("created_at", "placed_at", "bet_time", "bet_date"),
    "settled_at": ("updated_at", "settled_at", "resolved_at"),
    "bookmakers": ("bookmaker_count", "bookmakers", "num_bookmakers"),
    "last_update": ("last_update", "updated_at", "last_collected_at"),
    "home_spread": ("home_spread_pct", "home_spread"),
    "draw_spread": ("draw_spread_pct", "draw_spread"),
    "away_spread": ("away_spread_pct", "away_spread"),
    "spread": ("spread", "spread_pct", "max_spread_pct", "max_spread"),
}
_MATCH = ("match", "league", "home_team", "away_team", "kick_off")
_VIEW = (*_MATCH, "bookmakers", "last_update")

#: From this likeness on (0 to 1) a name counts as meant.
_SIMILAR = 0.8
#: Words that mean neither success nor a result, and need no list.
_FAILURES = ("error", "failed", "failure", "timeout")
_OPEN = ("open", "pending")
_KINDS = {
    "timestamp without time zone": "moment",
    "timestamp with time zone": "moment",
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric", "real", "double precision"), "number"),
}


@dataclass(frozen=True)
class Relation:
    """A table or view of the database; the columns' types by name."""

    schema: str
    name: str
    is_view: bool
    columns: Mapping[str, str]

    @property
    def reference(self) -> str:
        """Its name as config.yml writes it."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Wanted:
    """A table that the configuration names: which columns it must have, and which it may have."""

    key: str
    usual_name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    is_view: bool = False


PRICES = (
    Wanted(
        "prices", "odds_history", (*_MATCH, "bookmaker", "home_odds", "away_odds", "draw_odds", "collected_at"),
        fixed={"form": "per_match"},
    ),
    Wanted(
        "prices", "odds", (*_MATCH, "bookmaker", "outcome", "price", "collected_at"), fixed={"form": "per_outcome"}
    ),
)  # fmt: skip
COLLECTIONS = (
    Wanted(
        "collections", "collection_logs",
        (
            *("league", "status", "collected_at", "prices_stored", "matches", "opportunities"),
            *("requests_left", "duration", "error"),
        ),
    ),
)  # fmt: skip
BETS = (
    Wanted(
        "bets", "bets", ("match", "outcome", "bookmaker", "price", "stake", "result", "profit", "placed_at"),
        optional=("bet_type", "closing_price", "settled_at"),
    ),
)  # fmt: skip
VIEWS = (
    Wanted(
        "view", "v_current_opportunities", (*_VIEW, "home_spread", "draw_spread", "away_spread"),
        fixed={"spreads": "per_outcome"}, is_view=True,
    ),
    Wanted("view", "v_current_opportunities", (*_VIEW, "spread"), fixed={"spreads": "single"}, is_view=True),
)  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """A relation that could be a wanted table: its columns by configuration key, None for those it lacks."""

    wanted: Wanted
    relation: Relation
    columns: Mapping[str, str | None]

    @property
    def missing(self) -> list[str]:
        """Keys of required columns that the relation lacks."""
        return [key for key in self.wanted.required if self.columns[key] is None]

    @property
    def likeness(self) -> tuple[float, float]:
        """How well it fits: the share of required columns, then how much its name is the usual one."""
        share = 1 - len(self.missing) / len(self.wanted.required)
        return share, difflib.SequenceMatcher(None, self.relation.name, self.wanted.usual_name).ratio()


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
    """Look at the database of a connection and return the configuration that fits it."""
    relations = list(_relations(session))
    notes: list[str] = []
    tables: dict[str, Any] = {}
    fits = {kinds[0].key: _best(session, kinds, relations) for kinds in (PRICES, COLLECTIONS, BETS, VIEWS)}
    for key, fit in fits.items():
        if fit is None:
            rest = "; it is read only with opportunities.source: view" if key == "view" else ""
            notes.append(f"found nothing that looks like tables.{key}{rest}")
            continue
        tables[key] = _table(fit)
        notes += [f"{fit.relation.reference} has nothing like tables.{key}.columns.{name}" for name in fit.missing]
    configuration: dict[str, Any] = {"tables": tables}
    prices, log, bets = fits["prices"], fits["collections"], fits["bets"]
    if prices:
        configuration |= _times(session, prices, notes)
        configuration |= _interval(session, log or prices, notes)
    if log:
        success = Settings().tables.collections.success
        _words(session, log, "status", {"success": success}, _FAILURES, notes)
    if bets:
        table = Settings().tables.bets
        results = {"won": table.won, "lost": table.lost, "void": table.void}
        _words(session, bets, "result", results, _OPEN, notes)
    return Suggestion(_without_defaults(configuration, Settings().model_dump()), tuple(notes))


def _relations(session: Any) -> Iterator[Relation]:
    """Tables and views but PostgreSQL's own; the parts of a partitioned table are not tables of their own."""
    rows = _rows(
        session,
        """
        SELECT columns.table_schema, columns.table_name, tables.table_type = 'VIEW',
            json_object_agg(columns.column_name, columns.data_type)
        FROM information_schema.columns AS columns
        INNER JOIN information_schema.tables AS tables USING (table_schema, table_name)
        WHERE columns.table_schema NOT IN ('pg_catalog', 'information_schema')
            AND columns.table_schema NOT LIKE '\\_timescaledb%%'
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_inherits AS parts
                INNER JOIN pg_catalog.pg_class AS classes ON classes.oid = parts.inhrelid
                INNER JOIN pg_catalog.pg_namespace AS schemas ON schemas.oid = classes.relnamespace
                WHERE classes.relname = columns.table_name AND schemas.nspname = columns.table_schema
            )
        GROUP BY 1, 2, 3
        ORDER BY 1, 2
        """,
    )
    for schema, name, is_view, columns in rows:
        if "." not in name and "." not in schema:
            yield Relation(schema, name, is_view, columns)


def _best(session: Any, kinds: Sequence[Wanted], relations: Sequence[Relation]) -> Fit | None:
    """The relation that fits best; of several that fit equally well, the one with the newest row."""
    found = [
        Fit(wanted, candidate, dict(_columns(wanted, candidate)))
        for wanted in kinds
        for candidate in relations
        if candidate.is_view == wanted.is_view
    ]
    found = [fit for fit in found if fit.likeness[0] > 0.5]  # less is another table
    if not found:
        return None
    most = max(fit.likeness[0] for fit in found)
    equal = [fit for fit in found if fit.likeness[0] == most]
    return max(equal, key=lambda fit: (_newest(session, fit) if len(equal) > 1 else 0, fit.likeness))


def _columns(wanted: Wanted, candidate: Relation) -> Iterator[tuple[str, str | None]]:
    """Which column is meant by each key: exactly known names first, so that a similar one does not take them away."""
    keys = (*wanted.required, *wanted.optional)
    free = {name: _KINDS.get(data_type, "text") for name, data_type in candidate.columns.items()}
    chosen: dict[str, str | None] = dict.fromkeys(keys)
    for key in keys:
        known = [name for name in NAMES[key] if free.get(name) == kind_of(key)]
        if known:
            chosen[key] = known[0]
            del free[known[0]]
    for key in keys:
        if chosen[key] is None:
            fitting = [name for name, its_kind in free.items() if its_kind == kind_of(key)]
            similar = (difflib.get_close_matches(name, fitting, 1, _SIMILAR) for name in NAMES[key])
            chosen[key] = next((close[0] for close in similar if close), None)
            free.pop(chosen[key] or "", None)
    yield from chosen.items()


def _table(fit: Fit) -> dict[str, Any]:
    columns = {key: name for key, name in fit.columns.items() if name is not None or key in fit.wanted.optional}
    return {**fit.wanted.fixed, "table": fit.relation.reference, "columns": columns}


def _times(session: Any, prices: Fit, notes: list[str]) -> dict[str, Any]:
    """How moments are kept, by the prices; a clock that is no UTC clock shows as prices from the future."""
    column = prices.columns["collected_at"]
    if column is None:
        return {}
    zoned = prices.relation.columns[column] == "timestamp with time zone"
    ahead = _newest(session, prices)
    if not zoned and ahead > 300:  # five minutes is more than a clock's error
        notes.append(f"the newest price is {ahead / 3600:.1f} hours ahead of UTC: naive columns must hold UTC")
    return {"times": "timestamptz" if zoned else "naive_utc"}


def _newest(session: Any, fit: Fit) -> float:
    """Seconds from now (UTC) to the newest row, negative in the past; minus infinity where that cannot be told."""
    key = next((key for key in ("collected_at", "placed_at") if fit.columns.get(key)), None)
    column = fit.columns[key] if key else None
    if column is None:
        return float("-inf")
    moment = f"max({identifier(column)})"
    if fit.relation.columns[column] == "timestamp without time zone":
        moment += " AT TIME ZONE 'utc'"
    [(found,)] = _rows(session, f"SELECT extract(EPOCH FROM {moment} - now()) FROM {relation(fit.relation.reference)}")
    return float("-inf") if found is None else float(found)


def _interval(session: Any, fit: Fit, notes: list[str]) -> dict[str, Any]:
    """The time between two collections of a league that 9 of 10 do not exceed, of those in the last two weeks."""
    league, column = fit.columns["league"], fit.columns["collected_at"]
    if league is None or column is None:
        return {}
    rows = _rows(
        session,
        f"""
        SELECT count(*), percentile_disc(0.9) WITHIN GROUP (ORDER BY distance)
        FROM (
            SELECT extract(EPOCH FROM minute - lag(minute) OVER (PARTITION BY league ORDER BY minute)) AS distance
            FROM (
                SELECT DISTINCT {identifier(league)} AS league, date_trunc('minute', {identifier(column)}) AS minute
                FROM {relation(fit.relation.reference)}
                WHERE {identifier(column)} > now() - interval '15 days'
            ) AS minutes
        ) AS distances
        WHERE distance IS NOT NULL
        """,
    )
    count, longest = rows[0]
    if count < 5:  # fewer say nothing
        notes.append("too few collections in the last 15 days to measure collection.interval")
        return {}
    interval = _duration(float(longest))
    notes.append(f"measured: {count} collections in 15 days, 9 of 10 at most {interval} after the one before")
    return {"collection": {"interval": interval}}


def _duration(length: float) -> str:
    """Seconds as config.yml writes them, rounded to what a timetable would say."""
    minutes = max(1, round(length / 60))
    if minutes > 20:  # a minute more or less is the collector's own duration
        minutes = round(minutes / 5) * 5
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _words(  # noqa: PLR0913, PLR0917 (of one column, where and what)
    session: Any, fit: Fit, key: str, known: Mapping[str, Sequence[str]], others: Sequence[str], notes: list[str]
) -> None:
    """Note the words of a column that no list of the configuration has, and that are none of the `others`."""
    column = fit.columns[key]
    if column is None:
        return
    words = _rows(
        session,
        f"SELECT DISTINCT lower(trim({identifier(column)}::text)) FROM {relation(fit.relation.reference)}"
        f" WHERE {identifier(column)} IS NOT NULL ORDER BY 1 LIMIT 20",
    )
    listed = {word for words in known.values() for word in words} | set(others)
    unknown = [word for (word,) in words if word and word not in listed]
    if unknown:
        lists = " or ".join(f"tables.{fit.wanted.key}.{name}" for name in known)
        place, found = f"{fit.relation.reference}.{column}", ", ".join(map(repr, unknown))
        notes.append(f"{place} also holds {found}: add to {lists} what belongs there")


def _rows(session: Any, sql: str) -> list[tuple[Any, ...]]:
    with session.cursor() as cursor:
        cursor.execute(sql, ())
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


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
