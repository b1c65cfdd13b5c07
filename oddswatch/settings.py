"""The settings of one site: `config.yml`, validated, every key with a default.

The models below are the reference of all keys; the comments in `config.yml` explain them to a person.
"""

import difflib
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from oddswatch.errors import UserError

# `$` would reach Grafana's macro expansion, a NUL cannot be in an identifier; the length is PostgreSQL's.
Identifier = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[^$\x00-\x1f]+$")]
TableName = Annotated[str, Field(min_length=1, max_length=127, pattern=r"^[^$\x00-\x1f]+$")]
Duration = Annotated[str, Field(pattern=r"^[0-9]+(s|m|h|d)$")]
Severity = Literal["critical", "high", "warning", "info"]
Percent = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(duration: str) -> int:
    """Return a duration such as `90s` or `4h` in seconds."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


class Section(BaseModel):
    """A part of the configuration: unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class MatchColumns(Section):
    """Columns that name the match, the bookmaker and the league of a price."""

    match: Identifier = "match_id"
    league: Identifier = "sport"
    home_team: Identifier = "home_team"
    away_team: Identifier = "away_team"
    kick_off: Identifier = "commence_time"
    bookmaker: Identifier = "bookmaker"


class PerMatchColumns(MatchColumns):
    """One row per match, bookmaker and collection."""

    home_odds: Identifier = "home_odds"
    draw_odds: Identifier = "draw_odds"
    away_odds: Identifier = "away_odds"
    collected_at: Identifier = "collected_at"


class PerOutcomeColumns(MatchColumns):
    """One row per match, bookmaker, outcome and collection."""

    outcome: Identifier = "outcome"
    price: Identifier = "odds_value"
    collected_at: Identifier = "created_at"


class PricesPerMatch(Section):
    """The table of prices in the wide form."""

    form: Literal["per_match"] = "per_match"
    table: TableName = "odds_history"
    columns: PerMatchColumns = PerMatchColumns()


class PricesPerOutcome(Section):
    """The table of prices in the long form."""

    form: Literal["per_outcome"]
    table: TableName = "odds"
    columns: PerOutcomeColumns = PerOutcomeColumns()


class CollectionsColumns(Section):
    """Columns of the log of collections."""

    league: Identifier = "sport"
    matches: Identifier = "matches_count"
    prices_stored: Identifier = "odds_stored"
    opportunities: Identifier = "opportunities_detected"
    requests_left: Identifier = "api_requests_remaining"
    duration: Identifier = "execution_time_seconds"
    status: Identifier = "status"
    error: Identifier = "error_message"
    collected_at: Identifier = "collected_at"


class CollectionsTable(Section):
    """The log of collections."""

    table: TableName = "collection_logs"
    success: tuple[str, ...] = ("success", "ok", "completed")
    columns: CollectionsColumns = CollectionsColumns()


class BetsColumns(Section):
    """Columns of the bets; `profit` is `actual_profit` in some installations."""

    match: Identifier = "match_id"
    outcome: Identifier = "outcome"
    bookmaker: Identifier = "bookmaker"
    price: Identifier = "odds_value"
    stake: Identifier = "stake"
    bet_type: Identifier = "bet_type"
    result: Identifier = "result"
    profit: Identifier = "profit_loss"
    closing_price: Identifier = "odds_close"
    placed_at: Identifier = "created_at"
    settled_at: Identifier = "updated_at"


class BetsTable(Section):
    """The bets."""

    table: TableName = "bets"
    columns: BetsColumns = BetsColumns()


class ViewColumns(Section):
    """Columns of the view of opportunities; which spread columns are read depends on `spreads`."""

    match: Identifier = "match_id"
    league: Identifier = "sport"
    home_team: Identifier = "home_team"
    away_team: Identifier = "away_team"
    kick_off: Identifier = "commence_time"
    bookmakers: Identifier = "bookmaker_count"
    last_update: Identifier = "last_update"
    home_spread: Identifier = "home_spread_pct"
    draw_spread: Identifier = "draw_spread_pct"
    away_spread: Identifier = "away_spread_pct"
    spread: Identifier = "spread"


class View(Section):
    """The collector's own view of current opportunities."""

    table: TableName = "v_current_opportunities"
    spreads: Literal["per_outcome", "single"] = "per_outcome"
    columns: ViewColumns = ViewColumns()


class Tables(Section):
    """The tables that are read, and their columns."""

    prices: Annotated[PricesPerMatch | PricesPerOutcome, Field(discriminator="form")] = PricesPerMatch()
    collections: CollectionsTable = CollectionsTable()
    bets: BetsTable = BetsTable()
    view: View = View()

    @model_validator(mode="before")
    @classmethod
    def _default_form(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("prices"), dict) and "form" not in data["prices"]:
            return {**data, "prices": {**data["prices"], "form": "per_match"}}
        return data


class Collection(Section):
    """How often prices are collected, and how many collections a price stays current."""

    interval: Duration = "4h"
    lookback_intervals: Annotated[float, Field(ge=1, le=100)] = 1.5
    quota_per_month: Annotated[int, Field(ge=1)] = 500

    @field_validator("interval")
    @classmethod
    def _not_zero(cls, value: str) -> str:
        if seconds(value) == 0:
            raise ValueError("an interval must be longer than 0")
        return value

    @property
    def interval_seconds(self) -> int:
        """Seconds between two collections."""
        return seconds(self.interval)

    @property
    def lookback_seconds(self) -> int:
        """Seconds after which a price is no longer current."""
        return round(seconds(self.interval) * self.lookback_intervals)


class Opportunities(Section):
    """What counts as an opportunity."""

    source: Literal["prices", "view"] = "prices"
    min_spread_pct: Percent = 5
    min_bookmakers: Annotated[int, Field(ge=2)] = 2
    max_price: Annotated[float, Field(gt=1, allow_inf_nan=False)] = 1000


class Rule(Section):
    """What every alert rule has in common."""

    enabled: bool = True
    severity: Severity = "warning"
    for_: Duration = Field(default="0s", alias="for")

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class HighSpread(Rule):
    """A match with an unusually high spread; below `clear_pct` it is over."""

    severity: Severity = "high"
    threshold_pct: Percent = 50
    clear_pct: Percent = 45

    @model_validator(mode="after")
    def _hysteresis(self) -> "HighSpread":
        if self.clear_pct > self.threshold_pct:
            raise ValueError("clear_pct must not be above threshold_pct")
        return self


class Alerts(Section):
    """The alert rules."""

    high_spread: HighSpread = HighSpread()


# Either the name of an environment variable of Grafana's (capitals), or addresses.
Receivers = Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9_]*|[^$\s,;]+@[^$\s,;]+([,;] ?[^$\s,;]+@[^$\s,;]+)*)$")]


class MailReceivers(Section):
    """Who gets the mails of a severity."""

    critical: Receivers = "ALERT_EMAILS"
    high: Receivers = "ALERT_EMAILS"
    warning: Receivers = "ALERT_EMAILS"
    info: Receivers = "ALERT_EMAILS"


class Mail(Section):
    """Who gets mails, how they are grouped and repeated."""

    to: MailReceivers = MailReceivers()
    group_wait: Duration = "30s"
    group_wait_urgent: Duration = "10s"
    group_interval: Duration = "1m"
    repeat_interval: Duration = "24h"


class Settings(Section):
    """All settings of one site."""

    times: Literal["naive_utc", "timestamptz"] = "naive_utc"
    time_zone: str = "Europe/Paris"
    leagues: dict[str, str] = {}
    tables: Tables = Tables()
    collection: Collection = Collection()
    opportunities: Opportunities = Opportunities()
    alerts: Alerts = Alerts()
    mail: Mail = Mail()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            close = difflib.get_close_matches(value, available_timezones(), n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"unknown time zone {value!r}{hint}")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which mails and quiet hours are written."""
        return ZoneInfo(self.time_zone)


def load(path: Path) -> Settings:
    """Read and validate a configuration file.

    An empty file gives the defaults. Raises `UserError` that lists every mistake with file, line, key and remedy.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give another with --config, or copy config.yml of the release") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read: {error}; it must be a UTF-8 text file") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise UserError(f"{path}{line}: not valid YAML: {problem}; check indentation and quotes there") from None
    if data is None:
        return Settings()
    if not isinstance(data, dict):
        raise UserError(f"{path}, line 1: must be a mapping of keys to values, like the config.yml of the release")
    _no_repeated_keys(path, root)
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        messages = [_describe(path, root, dict(problem)) for problem in error.errors()]
        raise UserError("\n".join(messages)) from None


def _no_repeated_keys(path: Path, node: yaml.Node | None, trail: str = "") -> None:
    """Refuse a key given twice, of which YAML would silently keep the last."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        name = f"{trail}{key.value}"
        if name in seen:
            raise UserError(f"{path}, line {line}: key {name!r} is given twice (first in line {seen[name]}); remove one")
        seen[name] = line
        _no_repeated_keys(path, value, f"{name}.")


def _describe(path: Path, root: yaml.Node | None, problem: dict[str, Any]) -> str:
    """One line for one mistake: file, line, key, what is wrong, and what would be right."""
    # The tag of the discriminated union is part of pydantic's location, but not of the file.
    location = [str(part) for part in problem["loc"] if part not in ("per_match", "per_outcome")]
    line = _line_of(root, location)
    key = ".".join(location)
    place = f"{path}, line {line}" if line else f"{path}"
    if problem["type"] == "extra_forbidden":
        close = difflib.get_close_matches(location[-1], _known_keys(location[:-1]), n=1)
        hint = f"did you mean {close[0]!r}?" if close else "remove it"
        return f"{place}: unknown key {key!r}; {hint}"
    message = re.sub(r"^Value error, ", "", problem["msg"])
    given = problem.get("input")
    shown = f", not {given!r}" if isinstance(given, str | int | float | bool) else ""
    return f"{place}: {key}: {message[0].lower()}{message[1:]}{shown if repr(given) not in message else ''}"


def _line_of(node: yaml.Node | None, location: list[str]) -> int | None:
    """Line (from 1) of the deepest part of `location` that the file has."""
    line = None
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == part), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _known_keys(location: list[str]) -> list[str]:
    """Keys that the section at `location` knows."""
    section: Any = Settings()
    for part in location:
        section = getattr(section, part, None)
    if not isinstance(section, BaseModel):
        return []
    return [field.alias or name for name, field in type(section).model_fields.items()]
