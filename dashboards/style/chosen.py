"""What a viewer chose, as SQL.

Grafana's browser writes the values of variables into the text of a query, and its server expands macros in that text
afterwards: a league called `$__timeFrom()` would become a moment. So values travel percent-encoded. What is left of
them, letters, digits and `-_.~%`, is neither a macro nor the end of a text, and the query decodes it: on the side of
the value, not on that of the column, so that indexes serve.
"""


def chosen(name: str) -> str:
    """The one value of a variable, as a text."""
    value = f"'${{{name}:percentencode}}'"
    # PostgreSQL works ASCII out before it plans, and then knows the value: statistics and partitions count.
    return f"(CASE WHEN {value} ~ '%[89A-F]' THEN {_from_bytes(value)} ELSE {_unescaped(value)} END #>> '{{}}')"


def all_chosen(name: str) -> str:
    """The values of a variable that can have several, as a text[]."""
    # Grafana writes `league=a&league=b`, or nothing where there is nothing to choose from.
    values = f"substr('${{{name}:customqueryparam}}', {len(name) + 2})"
    separated = f"replace({values}, '&{name}=', '%1F')"
    # A subquery is decoded once; PostgreSQL would decode an expression again for every row.
    return f"(SELECT string_to_array({_from_bytes(separated)} #>> '{{}}', chr(31)))::text[]"


def range_end(times: str) -> str:
    """The end of the time range as columns keep moments, `times` of the settings.

    PostgreSQL knows it while it plans, unlike now(): then partitions, and TimescaleDB's chunks, of other days are left
    out. For pages about the past: it is the viewer's clock.
    """
    return f"$__timeTo()::{'timestamp' if times == 'naive_utc' else 'timestamptz'}"


def _unescaped(encoded: str) -> str:
    """A text with each `%C3` as the character of that number: the bytes of UTF-8, not yet its letters; as jsonb."""
    return f"""('"' || replace({encoded}, '%', '\\u00') || '"')::jsonb"""


def _from_bytes(encoded: str) -> str:
    """A percent-encoded text decoded, as jsonb."""
    # As text it would have the collation of the encoding's name, and no index would serve.
    return f"to_jsonb(convert_from(convert_to({_unescaped(encoded)} #>> '{{}}', 'LATIN1'), 'UTF8'))"
