"""A comment before each query, so that whoever looks at the database's running queries sees who asks."""

import re
from collections.abc import Iterable

from oddswatch.names import NAME_PREFIX
from oddswatch.tree.queries import Found

#: What would end the comment or begin another one, and what Grafana looks for in comments too: macros and variables.
_MEANS_SOMETHING = re.compile(r"[*$\[\]{}]")


def add_comments(found: Iterable[Found]) -> None:
    """Put the place of each query before it, where it stands."""
    for part, key, query in list(found):
        part[key] = commented(query.place, query.sql)


def commented(place: str, sql: str) -> str:
    """Return the query below a comment that names its place, whatever a title holds."""
    printable = "".join(letter if letter.isprintable() else " " for letter in _MEANS_SOMETHING.sub("", place))
    return f"/* {NAME_PREFIX}: {' '.join(printable.split())} */\n{sql}"
