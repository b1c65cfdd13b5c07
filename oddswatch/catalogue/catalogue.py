"""The catalogue: every number the product knows, one `.sql` file each in `metrics/`.

A file begins with a header of comments that a person can read:

    -- Title of the metric
    -- Question: what does a person learn from it?
    -- Grain: one row per …
    -- Returns:
    --   column: PostgreSQL type, unit, title
    -- Parameters: name (what it does), …
    -- Notes: anything else; formulas with their source

Below it stands one SELECT, a Jinja template in which identifiers and settings come from the configuration:

    {{ prices.table }}, {{ prices.columns.league }}   quoted identifiers
    {{ ref("name") }}                                 another file of the catalogue, as `( … ) AS name`
    {{ at }}                                          the moment the answer is for: now, unless a caller gives another
    {{ local(x) }}, {{ from_local(x) }}               a moment as wall-clock time of the site, and back
    {{ to_moment(x) }}                                epoch seconds as a moment
    {{ bucket(x, 200) }}                              in which 200th of the time range a moment lies, in epoch seconds
    {{ league_name(x) }}, {{ duration_text(x) }}      what people call a league, and a number of seconds
    {{ moment_text(x) }}, {{ day_text(x) }}           a moment in words, in the site's time zone: in full, and short
    {{ offer(row, x) }}, {{ price_of(row, x) }}       what a row of prices says about home, draw or away, and that price
                                                      if it is one; NULL in a row about another outcome
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
import jinja2.meta
from pydantic import BaseModel

from oddswatch.errors import UserError
from oddswatch.names import ROOT
from oddswatch.quoting import identifier, literal, relation
from oddswatch.settings.site import Settings
from oddswatch.settings.tables import PricesPerMatch

METRICS = ROOT / "metrics"

#: Units a column can have, and what Grafana calls them.
UNITS = {
    "text": "string",
    "count": "locale",
    "percent": "percent",
    "price": "none",
    "money": "none",
    "duration": "s",
    "time": "time:YYYY-MM-DD HH:mm",
    "from_now": "dateTimeFromNow",
    "bytes": "bytes",
    "share": "percentunit",
    "number": "none",
}

#: What tables with a row per outcome call the outcomes, in small letters.
_OUTCOMES = {"home": ("home", "1"), "draw": ("draw", "x", "tie"), "away": ("away", "2")}

_FIELDS = ("Question", "Grain", "Returns", "Parameters", "Notes")


@dataclass(frozen=True)
class Column:
    """A column that a metric returns; `type` is PostgreSQL's, `unit` a key of `UNITS`."""

    name: str
    type: str
    unit: str
    title: str


@dataclass(frozen=True)
class Metric:
    """One file of the catalogue; `is_block` tells shared building blocks from metrics that people see."""

    name: str
    path: Path
    title: str
    question: str
    grain: str
    notes: str
    columns: tuple[Column, ...]
    parameters: Mapping[str, str]
    template: str
    is_block: bool

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column:
        """Return the column called `name`; raises `KeyError` naming the metric."""
        try:
            return self.by_name[name]
        except KeyError:
            raise KeyError(f"{self.path.name} has no column {name!r}; it has {', '.join(self.by_name)}") from None


class _Names:
    """A table or the columns of one, as quoted identifiers: `{{ prices.columns.league }}`."""

    def __init__(self, section: BaseModel) -> None:
        self._section = section

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._section, name)
        if isinstance(value, BaseModel):
            return _Names(value)
        if value is None or name in ("form", "success", "spreads", "won", "lost", "void"):
            return value
        return relation(value) if name == "table" else identifier(value)

    def __iter__(self) -> Iterator[str]:
        """The columns, quoted, without those that the site does not have."""
        names = (getattr(self._section, name) for name in type(self._section).model_fields)
        return (identifier(name) for name in names if name is not None)


class Catalogue:
    """All metrics, rendered for one site's settings."""

    def __init__(self, settings: Settings, folder: Path = METRICS) -> None:
        self.settings = settings
        self.metrics: dict[str, Metric] = {}
        for path in sorted(folder.rglob("*.sql")):
            metric = _parse(path, is_block=path.parent != folder)
            if metric.name in self.metrics:
                raise UserError(f"{path}: a second file called {metric.name!r}; rename one of them")
            self.metrics[metric.name] = metric
        # The result is SQL, where HTML escapes would do harm.
        self._environment = jinja2.Environment(
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # noqa: S701
        )
        self._environment.filters["literal"] = literal
        self._compiled: dict[str, jinja2.Template] = {}
        for metric in self.metrics.values():
            self._check_parameters(metric)

    def __iter__(self) -> Iterator[Metric]:
        return iter(self.metrics.values())

    def __getitem__(self, name: str) -> Metric:
        try:
            return self.metrics[name]
        except KeyError:
            raise KeyError(f"no metric {name!r}; there are {', '.join(self.metrics)}") from None

    def sql(self, name: str, **parameters: str) -> str:
        """Return the SELECT of a metric; parameters are SQL expressions that the header declares."""
        metric = self[name]
        unknown = set(parameters) - set(metric.parameters)
        if unknown:
            raise UserError(f"{metric.path}: has no parameter {', '.join(sorted(unknown))}; declare it in the header")
        context = self._context(metric, parameters)
        try:
            if name not in self._compiled:
                self._compiled[name] = self._environment.from_string(metric.template)
            text = self._compiled[name].render(context)
        except jinja2.TemplateError as error:
            raise UserError(f"{metric.path}: {error}; see the names in oddswatch/catalogue.py") from None
        return _tidy(text)

    def ref(self, name: str, **parameters: str) -> str:
        """Return a metric as a relation for a FROM clause: `( SELECT … ) AS name`."""
        body = "\n".join(f"  {line}" for line in self.sql(name, **parameters).splitlines())
        return f"(\n{body}\n) AS {name}"

    def select(
        self, name: str, columns: str = "", *, where: str = "", order_by: str = "", limit: int = 0, **parameters: str
    ) -> str:
        """Return a thin query over a metric: a projection, a filter, an order; never a new definition.

        Without `columns` all that the header declares are returned, in its order.
        """
        projection = columns or ", ".join(column.name for column in self[name].columns)
        parts = [f"SELECT {projection}", f"FROM {self.ref(name, **parameters)}"]
        parts += [f"WHERE {where}"] if where else []
        parts += [f"ORDER BY {order_by}"] if order_by else []
        parts += [f"LIMIT {limit}"] if limit else []
        return "\n".join(parts)

    def _context(self, metric: Metric, parameters: Mapping[str, str]) -> dict[str, Any]:
        settings = self.settings
        naive = settings.times == "naive_utc"
        return {
            **dict.fromkeys(metric.parameters),
            # Naive columns hold UTC, so "now" is UTC there, whatever the session's time zone is.
            "now": "(now() AT TIME ZONE 'utc')" if naive else "now()",
            **parameters,
            "moment_type": "timestamp" if naive else "timestamptz",
            "at": parameters.get("at") or ("(now() AT TIME ZONE 'utc')" if naive else "now()"),
            "at_is_now": not parameters.get("at"),
            "local": self._local,
            "from_local": self._from_local,
            "league_name": self._league_name,
            "signed": _signed,
            "bookmaker_name": self._bookmaker_name,
            "keeps": self._keeps,
            "is_mine": self._is_mine,
            "duration_text": _duration_text,
            "moment_text": self._moment_text,
            "day_text": self._day_text,
            "offer": self._offer,
            "price_of": self._price_of,
            "to_moment": self._to_moment,
            "prices": _Names(settings.tables.prices),
            "collections": _Names(settings.tables.collections),
            "bets": _Names(settings.tables.bets),
            "view": _Names(settings.tables.view),
            "settings": settings,
            "bucket": lambda moment, points: _bucket(moment, points, "timestamp" if naive else "timestamptz"),
            # A relation takes the parameters that its file declares and that its user was given.
            "ref": lambda name, **given: self._ref_from(name, parameters, given),
        }

    def _ref_from(self, name: str, inherited: Mapping[str, str], given: Mapping[str, str]) -> str:
        declared = self[name].parameters
        return self.ref(name, **({k: v for k, v in inherited.items() if k in declared} | given))

    def _local(self, expression: str) -> str:
        """Turn a moment of the database into wall-clock time of the configured time zone."""
        zone = literal(self.settings.time_zone)
        utc = f"({expression}) AT TIME ZONE 'utc'" if self.settings.times == "naive_utc" else f"({expression})"
        return f"({utc} AT TIME ZONE {zone})"

    def _from_local(self, expression: str) -> str:
        """Turn wall-clock time of the configured time zone into a moment of the database."""
        moment = f"({expression} AT TIME ZONE {literal(self.settings.time_zone)})"
        return f"({moment} AT TIME ZONE 'utc')" if self.settings.times == "naive_utc" else moment

    def _to_moment(self, epoch: str) -> str:
        """Turn epoch seconds into a moment as the columns keep it."""
        moment = f"to_timestamp({epoch})"
        return f"({moment} AT TIME ZONE 'utc')" if self.settings.times == "naive_utc" else moment

    def _league_name(self, expression: str) -> str:
        """What people call a league: the configured name, else `soccer_epl` becomes `Epl`."""
        fallback = f"initcap(replace(regexp_replace({expression}, '^[a-z]+_', ''), '_', ' '))"
        names = "".join(f" WHEN {literal(key)} THEN {literal(name)}" for key, name in self.settings.leagues.items())
        return f"CASE {expression}{names} ELSE {fallback} END" if names else fallback

    def _bookmaker_name(self, expression: str) -> str:
        """What people call a bookmaker: the configured name, else its own."""
        names = "".join(
            f" WHEN {literal(key)} THEN {literal(name)}" for key, name in self.settings.bookmakers.names.items()
        )
        return f"CASE {expression}{names} ELSE {expression} END" if names else expression

    def _keeps(self, bookmaker: str) -> str:
        """The share of a profit that is left after the bookmaker's commission: 1, or less at an exchange."""
        shares = "".join(
            f" WHEN {literal(name)} THEN {1 - pct / 100:.6g}::double precision"
            for name, pct in self.settings.bookmakers.commission_pct.items()
            if pct
        )
        return f"CASE {bookmaker}{shares} ELSE 1 END" if shares else "1"

    def _is_mine(self, bookmaker: str) -> str:
        """Whether a person can bet at a bookmaker: at every one where `bookmakers.mine` names none."""
        mine = ", ".join(map(literal, self.settings.bookmakers.mine))
        return f"{bookmaker} = ANY (ARRAY[{mine}]::text[])" if mine else "true"

    def _offer(self, row: str, outcome: str) -> str:
        """What a row of prices says about an outcome (`home`, `draw`, `away`), in either form of the table."""
        table = self.settings.tables.prices
        if isinstance(table, PricesPerMatch):
            return f"{row}.{identifier(getattr(table.columns, f'{outcome}_odds'))}"
        named = f"{row}.{identifier(table.columns.outcome)}"
        condition = f"lower({named}) IN ({', '.join(map(literal, _OUTCOMES[outcome]))})"
        if outcome != "draw":
            # A collector may name the team.
            condition = f"{named} = {row}.{identifier(getattr(table.columns, f'{outcome}_team'))} OR {condition}"
        return f"CASE WHEN {condition} THEN {row}.{identifier(table.columns.price)} END"

    def _price_of(self, row: str, outcome: str) -> str:
        """The price of an outcome in a row; NULL for what is none: NaN (above all), 1 and less, errors in the data."""
        offer = self._offer(row, outcome)
        return f"CASE WHEN {offer} > 1 AND {offer} <= {self.settings.opportunities.max_price} THEN {offer} END"

    def _moment_text(self, moment: str) -> str:
        """A moment in the site's time zone, in full: `Sat 28 Nov 2026 21:05 (Europe/Paris)`."""
        return f"to_char({self._local(moment)}, 'Dy DD Mon YYYY HH24:MI') || {literal(f' ({self.settings.time_zone})')}"

    def _day_text(self, moment: str) -> str:
        """A moment in the site's time zone, as short as it stays clear: `Sat 21:05`, `Sat 28 Nov 21:05`."""
        now = f"now() AT TIME ZONE {literal(self.settings.time_zone)}"
        clear = f"{self._local(moment)} < {now} + interval '6 days'"
        return f"to_char({self._local(moment)}, CASE WHEN {clear} THEN 'Dy HH24:MI' ELSE 'Dy DD Mon HH24:MI' END)"

    def _check_parameters(self, metric: Metric) -> None:
        try:
            used = jinja2.meta.find_undeclared_variables(self._environment.parse(metric.template))
        except jinja2.TemplateSyntaxError as error:
            raise UserError(f"{metric.path}, line {error.lineno}: {error.message}; mend the template") from None
        reached = set(used)
        for name in re.findall(r"ref\(\s*[\"'](\w+)[\"']", metric.template):
            if name not in self.metrics:
                raise UserError(f"{metric.path}: refers to {name!r}, which is no file in {METRICS.name}/")
            reached |= set(self.metrics[name].parameters)
        for name in metric.parameters:
            implied = name == "at" and "at_is_now" in used
            if name not in reached and not implied:
                raise UserError(f"{metric.path}: declares the parameter {name!r} and does not use it; remove it")
        known = set(self._context(metric, {}))
        for name in sorted(used - known):
            raise UserError(f"{metric.path}: uses {name!r} without declaring it; add it to '-- Parameters:'")


def _bucket(moment: str, points: int, moment_type: str) -> str:
    """The beginning, in epoch seconds, of the one of `points` equal parts of the time range that a moment lies in."""
    width = f"greatest(extract(EPOCH FROM $__timeTo()::{moment_type} - $__timeFrom()::{moment_type}) / {points}, 1)"
    return f"floor(extract(EPOCH FROM {moment}) / {width}) * {width}"


def _signed(expression: str) -> str:
    """A number with its sign and one decimal, as people read it: `+1.3`, `−0.4`."""
    return f"replace(to_char(round(({expression})::numeric, 1), 'FMSG9999999990.0'), '-', '−')"


def _duration_text(seconds: str) -> str:
    """Seconds as people say them, in two units at most: `2 d 3 h`, `4 h 5 min`, `12 min`."""
    value = f"greatest({seconds}, 0)::bigint"
    return (
        f"CASE WHEN {value} >= 86400 THEN {value} / 86400 || ' d ' || {value} % 86400 / 3600 || ' h'"
        f" WHEN {value} >= 3600 THEN {value} / 3600 || ' h ' || {value} % 3600 / 60 || ' min'"
        f" ELSE {value} / 60 || ' min' END"
    )


def _tidy(sql: str) -> str:
    """Drop comment lines and blank lines: Grafana looks for macros in comments too."""
    lines = (line.rstrip() for line in sql.splitlines())
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("--"))


def _parse(path: Path, *, is_block: bool) -> Metric:
    header: list[str] = []
    body: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        (header if line.startswith("--") and not body else body).append(line)
    title, fields = _parse_header(path, header)
    needed = ("Grain", "Returns") if is_block else ("Question", "Grain", "Returns")
    for name in needed:
        if name not in fields:
            raise UserError(f"{path}: the header has no '-- {name}:'; add it")
    columns = tuple(_parse_column(path, line) for line in fields["Returns"])
    if not columns:
        raise UserError(f"{path}: 'Returns:' names no column; add 'column: type, unit, title'")
    for name, count in Counter(column.name for column in columns).items():
        if count > 1:
            raise UserError(f"{path}: column {name!r} is given twice under 'Returns:'; remove one")
    if not "".join(body).strip():
        raise UserError(f"{path}: has no query below its header; add the SELECT")
    parameters = re.findall(r"(\w+) \(([^)]*)\)", " ".join(fields.get("Parameters", [])))
    return Metric(
        name=path.stem,
        path=path,
        title=title,
        question=" ".join(fields.get("Question", [])),
        grain=" ".join(fields["Grain"]),
        notes=" ".join(fields.get("Notes", [])),
        columns=columns,
        parameters=dict(parameters),
        # With the header's lines left empty, so that an error names the line of the file.
        template="\n" * len(header) + "\n".join(body),
        is_block=is_block,
    )


def _parse_header(path: Path, lines: list[str]) -> tuple[str, dict[str, list[str]]]:
    if not lines:
        raise UserError(f"{path}: has no header; begin with '-- Title'")
    fields: dict[str, list[str]] = {}
    current = ""
    for number, line in enumerate(lines[1:], start=2):
        text = line.removeprefix("--").strip()
        found = re.match(r"^-- (\w+):\s*(.*)$", line)
        if found and found[1] in _FIELDS:
            current = found[1]
            if current in fields:
                raise UserError(f"{path}, line {number}: {current!r} is given twice; join the two")
            fields[current] = [found[2]] if found[2] else []
        elif found:
            raise UserError(f"{path}, line {number}: unknown field {found[1]!r}; known are {', '.join(_FIELDS)}")
        elif current and text:
            fields[current].append(text)
        elif text:
            raise UserError(f"{path}, line {number}: {text!r} belongs to no field; known are {', '.join(_FIELDS)}")
    return lines[0].removeprefix("--").strip(), fields


def _parse_column(path: Path, line: str) -> Column:
    found = re.match(r"^(\w+): ([a-z ]+), (\w+), (.+)$", line)
    if not found:
        raise UserError(f"{path}: {line!r} under 'Returns:' is not of the form 'column: type, unit, title'")
    if found[3] not in UNITS:
        raise UserError(f"{path}: column {found[1]!r} has the unknown unit {found[3]!r}; known are {', '.join(UNITS)}")
    return Column(*found.groups())
