"""The read-only role of the demo, with which Grafana and people look at it."""

from psycopg2.extensions import connection, encrypt_password

from oddswatch.database import role
from oddswatch.quoting import identifier
from oddswatch.settings.site import Settings

#: Its name, the same as that of the role which `generate.py role` makes.
NAME = "oddswatch"


def make(session: connection, password: str) -> None:
    """Make the role, or bring one made before to this state: it reads the demo's tables and its view.

    Raises:
        psycopg2.Error: the session may not make roles, or somebody uses the role for more than reading.
    """
    settings = Settings.model_validate({"opportunities": {"source": "view"}})
    with session, session.cursor() as cursor:
        for statement in role.statements(settings, NAME, session.info.dbname):
            cursor.execute(statement)
        # Hashed here, so that no log has it.
        hashed = encrypt_password(password, NAME, session, "scram-sha-256")
        cursor.execute(f"ALTER ROLE {identifier(NAME)} PASSWORD %s", (hashed,))


def close_public(session: connection) -> None:
    """Take back what everybody may do in a database of the demo's own."""
    with session, session.cursor() as cursor:
        for statement in role.advice(session.info.dbname):
            cursor.execute(statement)
