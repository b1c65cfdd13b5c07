"""A file of the catalogue: its header, which a person can read, and the template below it.

    -- Title of the metric
    -- Question: what does a person learn from it?
    -- Grain: one row per …
    -- Returns:
    --   column: PostgreSQL type, unit, title
    -- Parameters: name (what it does), …
    -- Notes: anything else; formulas with their source

The files in `metrics/alerts/` are rules as well, see `alerting.rules`.

What the template may say stands in `oddswatch.catalogue.expressions`.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from oddswatch.errors import UserError

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

_FIELDS = ("Question", "Grain", "Returns", "Parameters", "Notes")
#: What only an alert's file says.
_RULE_FIELDS = ("Group", "Fires", "Panel", "Record", "Empty", "Errors")


@dataclass(frozen=True)
class Column:
    """A column that a metric returns; `type` is PostgreSQL's, `unit` a key of `UNITS`."""

    name: str
    type: str
    unit: str
    title: str


@dataclass(frozen=True)
class Metric:
    """One file of the catalogue; `is_block` tells shared building blocks from metrics that people see.

    `rule` is what the header of an alert's file says about the rule, field by field.
    """

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
    rule: Mapping[str, str]

    @property
    def is_alert(self) -> bool:
        """Whether the file is a rule."""
        return _is_alert(self.path)

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


def parse(path: Path, *, is_block: bool) -> Metric:
    """Read a file of the catalogue; raises `UserError` that names what its header lacks."""
    header: list[str] = []
    body: list[str] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
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
        rule={name: " ".join(lines) for name, lines in fields.items() if name in _RULE_FIELDS},
    )


def _is_alert(path: Path) -> bool:
    return path.parent.name == "alerts"


def _parse_header(path: Path, lines: list[str]) -> tuple[str, dict[str, list[str]]]:
    if not lines:
        raise UserError(f"{path}: has no header; begin with '-- Title'")
    known = (*_FIELDS, *_RULE_FIELDS) if _is_alert(path) else _FIELDS
    fields: dict[str, list[str]] = {}
    current = ""
    for number, line in enumerate(lines[1:], start=2):
        text = line.removeprefix("--").strip()
        found = re.match(r"^-- (\w+):\s*(.*)$", line)
        if found and found[1] in known:
            current = found[1]
            if current in fields:
                raise UserError(f"{path}, line {number}: {current!r} is given twice; join the two")
            fields[current] = [found[2]] if found[2] else []
        elif found:
            raise UserError(f"{path}, line {number}: unknown field {found[1]!r}; known are {', '.join(known)}")
        elif current and text:
            fields[current].append(text)
        elif text:
            raise UserError(f"{path}, line {number}: {text!r} belongs to no field; known are {', '.join(known)}")
    return lines[0].removeprefix("--").strip(), fields


def _parse_column(path: Path, line: str) -> Column:
    found = re.match(r"^(\w+): ([a-z ]+), (\w+), (.+)$", line)
    if not found:
        raise UserError(f"{path}: {line!r} under 'Returns:' is not of the form 'column: type, unit, title'")
    if found[3] not in UNITS:
        raise UserError(f"{path}: column {found[1]!r} has the unknown unit {found[3]!r}; known are {', '.join(UNITS)}")
    return Column(*found.groups())
