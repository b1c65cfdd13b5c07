"""The read-only role for Grafana's data source: its SQL, printed or run.

What it promises and what it cannot is in docs/operating.md, "The read-only role".
"""

import os
from dataclasses import dataclass

import psycopg2

from oddswatch import connection
from oddswatch.errors import ExitCode, UserError
from oddswatch.quoting import identifier, literal, relation
from oddswatch.settings import Settings

#: Environment variable with the password that `role --apply` gives the role.
PASSWORD = "ODDSWATCH_ROLE_PASSWORD"  # noqa: S105


@dataclass(frozen=True)
class Limits:
    """What one session of the role may use; PostgreSQL's notation."""

    connections: int = 20
    statement_timeout: str = "20s"
    lock_timeout: str = "2s"
    idle_timeout: str = "30s"
    work_mem: str = "32MB"
    temp_file_limit: str = "1GB"


def tables(settings: Settings) -> list[str]:
    """The configured tables; the view only where opportunities are read from it."""
    found = [settings.tables.prices.table, settings.tables.collections.table, settings.tables.bets.table]
    if settings.opportunities.source == "view":
        found.append(settings.tables.view.table)
    return found


def statements(settings: Settings, name: str, database: str) -> list[str]:
    """The SQL that makes the role, or brings an existing one to this state; safe to run again.

    `temp_file_limit` can be set by a superuser only and is therefore not among them.
    """
    role, limits = identifier(name), Limits()
    schemas = sorted({table.split(".")[0] if "." in table else "public" for table in tables(settings)})
    return [
        "DO $do$ BEGIN\n"
        f"  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {literal(name)}) THEN\n"
        f"    CREATE ROLE {role} LOGIN;\n"
        "  END IF;\n"
        "END $do$",
        f"ALTER ROLE {role} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT"
        f" CONNECTION LIMIT {limits.connections}",
        f"ALTER ROLE {role} SET default_transaction_read_only = on",
        f"ALTER ROLE {role} SET statement_timeout = {literal(limits.statement_timeout)}",
        f"ALTER ROLE {role} SET lock_timeout = {literal(limits.lock_timeout)}",
        f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = {literal(limits.idle_timeout)}",
        f"ALTER ROLE {role} SET work_mem = {literal(limits.work_mem)}",
        f"GRANT CONNECT ON DATABASE {identifier(database)} TO {role}",
        *(f"GRANT USAGE ON SCHEMA {identifier(schema)} TO {role}" for schema in schemas),
        *(f"GRANT SELECT ON {relation(table)} TO {role}" for table in tables(settings)),
    ]


def advice(database: str) -> list[str]:
    """Rights that everybody has through PUBLIC: the owner's to take back, because others may need them."""
    return [
        f"REVOKE CREATE, TEMPORARY ON DATABASE {identifier(database)} FROM PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ]


def script(settings: Settings, name: str, database: str) -> str:
    """The whole SQL as a person would run it with psql."""
    lines = [
        "-- The read-only role for Grafana. Run it as the owner of the tables (or a superuser), then give a password:",
        f"--   \\password {name}",
        "BEGIN;",
        *(f"{statement};" for statement in statements(settings, name, database)),
        "COMMIT;",
        "-- Rights of PUBLIC, which this role has too. Take them back unless somebody else needs them:",
        *(f"-- {statement};" for statement in advice(database)),
    ]
    return "\n".join(lines)


def apply(settings: Settings, name: str) -> None:
    """Run the SQL on the database of the PG* variables, in one transaction.

    The password comes from ODDSWATCH_ROLE_PASSWORD and reaches the server hashed, so that no log has it. Raises
    `UserError` when it is missing or the server refuses.
    """
    password = os.environ.get(PASSWORD)
    if not password:
        raise UserError(f"{PASSWORD} is not set: the password that the role {name!r} is to have")
    session = connection.connect()
    session.set_session(readonly=False, autocommit=False)
    try:
        with session, session.cursor() as cursor:
            for statement in statements(settings, name, session.info.dbname):
                cursor.execute(statement)
            hashed = psycopg2.extensions.encrypt_password(password, name, session, "scram-sha-256")
            cursor.execute(f"ALTER ROLE {identifier(name)} PASSWORD %s", (hashed,))
    except psycopg2.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"the role {name!r} could not be made: {reason}; run it as the owner of the tables, or as a superuser",
            ExitCode.NOT_ACCEPTED,
        ) from None
    finally:
        session.close()
