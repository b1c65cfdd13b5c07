"""What PostgreSQL says when it does not do what was asked, and what a person can do about it."""

import psycopg2

#: What to do, by PostgreSQL's error code.
ACTIONS = {
    "42501": "grant it: python generate.py role",
    "57014": "the statement_timeout of the role or the database ended it",
    "55P03": "somebody holds a lock on the table; try again when they are done",
    "53300": "others use all connections; close some, or raise max_connections",
}


def complaint(error: psycopg2.Error) -> str:
    """The first line of what PostgreSQL says; a name in it may hold what other programs take for the end of a line."""
    return str(error).strip().split("\n")[0]
