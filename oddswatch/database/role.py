"""The read-only role for Grafana's data source: its SQL, printed or run.

What it promises and what it cannot is in docs/operating.md, "The read-only role".
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import encrypt_password

from oddswatch.database import connection, rights
from oddswatch.database.refusals import complaint
from oddswatch.errors import ExitCode, UserError
from oddswatch.quoting import identifier, literal, relation
from oddswatch.settings.site import Settings

#: Environment variable with the password that `role --apply` gives the role.
PASSWORD = "ODDSWATCH_ROLE_PASSWORD"  # noqa: S105


@dataclass(frozen=True)
class Limits:
    """What one session of the role may use; PostgreSQL's notation.

    The statement timeout is shorter than the 30 s after which Grafana gives a rule up.
    """

    connections: int = 20
    statement_timeout: str = "20s"
    lock_timeout: str = "2s"
    idle_timeout: str = "30s"
    work_mem: str = "32MB"
    temp_file_limit: str = "1GB"


def _tables(settings: Settings) -> list[str]:
    """Quoted names of the tables that are read."""
    return [relation(table.table) for table in settings.tables_read.values()]


def _schemas(settings: Settings) -> list[str]:
    """Quoted names of their schemas."""
    names = [table.table for table in settings.tables_read.values()]
    return sorted({identifier(name.split(".")[0] if "." in name else "public") for name in names})


def statements(settings: Settings, name: str, database: str) -> list[str]:
    """The SQL that makes the role, or brings one made before to this state; safe to run again.

    Raises `UserError` for a name that cannot be a role's. The SQL itself refuses a role that can do more than read.
    """
    if not 0 < len(name.encode()) <= 63 or name == "public" or name.startswith("pg_") or "$" in name or "\0" in name:
        raise UserError(f"{name!r} cannot be the name of a role here; choose another with --name, such as oddswatch")
    role, limits = identifier(name), Limits()
    return [
        _made_or_harmless(name),
        rights.take_back(name),
        f"ALTER ROLE {role} LOGIN NOINHERIT CONNECTION LIMIT {limits.connections}",
        f"ALTER ROLE {role} RESET ALL",
        # Settings for one database would win over those below.
        f"ALTER ROLE {role} IN DATABASE {identifier(database)} RESET ALL",
        f"ALTER ROLE {role} SET default_transaction_read_only = on",
        f"ALTER ROLE {role} SET statement_timeout = {literal(limits.statement_timeout)}",
        f"ALTER ROLE {role} SET lock_timeout = {literal(limits.lock_timeout)}",
        f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = {literal(limits.idle_timeout)}",
        f"ALTER ROLE {role} SET work_mem = {literal(limits.work_mem)}",
        f"-- Compiling a query takes longer than any of ours runs.\nALTER ROLE {role} SET jit = off",
        "-- Only a superuser may set this one.\n"
        "DO $do$ BEGIN\n"
        "  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN\n"
        f"    ALTER ROLE {role} SET temp_file_limit = {literal(limits.temp_file_limit)};\n"
        "  END IF;\n"
        "END $do$",
        f"GRANT CONNECT ON DATABASE {identifier(database)} TO {role}",
        *(f"GRANT USAGE ON SCHEMA {schema} TO {role}" for schema in _schemas(settings)),
        *(f"GRANT SELECT ON {table} TO {role}" for table in _tables(settings)),
    ]


def _made_or_harmless(name: str) -> str:
    """Make the role, or refuse one that somebody uses for more: it must neither gain rights nor lose its own."""
    return (
        "DO $do$ BEGIN\n"
        f"  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {literal(name)}) THEN\n"
        f"    CREATE ROLE {identifier(name)};\n"
        "  ELSIF EXISTS (\n"
        "    SELECT FROM pg_catalog.pg_roles AS r\n"
        f"    WHERE r.rolname = {literal(name)} AND (\n"
        "      r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls\n"
        "      OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m WHERE m.member = r.oid)\n"
        "      OR EXISTS (\n"
        "        SELECT FROM pg_catalog.pg_shdepend AS d\n"
        "        WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype = 'o'\n"
        "      )\n"
        "    )\n"
        "  ) THEN\n"
        "    RAISE EXCEPTION 'it exists and can do more than read (attributes, memberships or things it owns)'\n"
        "      USING ERRCODE = 'duplicate_object';\n"
        "  END IF;\n"
        "END $do$"
    )


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
        f"--   \\password {identifier(name)}",
        "BEGIN;",
        *(f"{statement};" for statement in statements(settings, name, database)),
        "COMMIT;",
        "-- Rights of PUBLIC, which this role has too. Take them back unless somebody else needs them:",
        *(f"-- {statement};" for statement in advice(database)),
    ]
    return "\n".join(lines)


def apply(settings: Settings, name: str, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Run the SQL on the database of the PG* variables, in one transaction.

    The password comes from ODDSWATCH_ROLE_PASSWORD and reaches the server hashed, so that no log has it. Returns one
    line per right that the role has beyond this SQL. Raises `UserError` when the password is missing or the server
    refuses; then nothing has changed.
    """
    password = environment.get(PASSWORD)
    if not password:
        raise UserError(f"{PASSWORD} is not set: the password that the role {name!r} is to have")
    session = connection.connect(environment=environment)
    session.set_session(readonly=False, autocommit=False)
    try:
        with session, session.cursor() as cursor:
            for statement in statements(settings, name, session.info.dbname):
                cursor.execute(statement)
            hashed = encrypt_password(password, name, session, "scram-sha-256")
            cursor.execute(f"ALTER ROLE {identifier(name)} PASSWORD %s", (hashed,))
            return rights.beyond(cursor, name, _tables(settings), _schemas(settings))
    except psycopg2.Error as error:
        raise UserError(
            f"the role {name!r} could not be made: {complaint(error)}; run it as the owner of the tables or a "
            "superuser, or choose another --name",
            ExitCode.NOT_ACCEPTED,
        ) from None
    finally:
        session.close()
