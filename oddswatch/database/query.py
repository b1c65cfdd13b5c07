"""One query as Grafana would send it, and what its variables can be."""

from dataclasses import dataclass, field

Values = dict[str, str | list[str]]


@dataclass(frozen=True)
class Variable:
    """A dashboard variable; `default` is its value, or None when the values of a query are chosen.

    Of a query all values are chosen, or, where only one can be (`multiple` is false), the first one.
    """

    name: str
    sql: str | None
    default: str | None
    multiple: bool = False


@dataclass(frozen=True)
class Query:
    """One query, as it stands in the tree, and where it stands."""

    kind: str
    place: str
    sql: str
    format: str
    dashboard: str = ""
    time_from: str = "now-10m"
    variables: tuple[Variable, ...] = field(default=())
    key: str = ""
