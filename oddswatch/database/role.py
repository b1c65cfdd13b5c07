"""The read-only role for Grafana's data source: its SQL, printed or run.

What it promises and what it cannot is in docs/operating.md, "The read-only role".
"""

import os
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2.extensions import encrypt_password

from oddswatch.database import connection
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


def tables(settings: Settings) -> list[str]:
    """Names of the tables that are read."""
    return [table.table for table in settings.tables_read.values()]


def statements(settings: Settings, name: str, database: str) -> list[str]:
    """The SQL that makes the role, or brings one made before to this state; safe to run again.

    Raises `UserError` for a name that cannot be a role's. The SQL itself refuses a role that can do more than read.
    """
    if not 0 < len(name.encode()) <= 63 or name == "public" or name.startswith("pg_") or "$" in name or "\0" in name:
        raise UserError(f"{name!r} cannot be the name of a role here; choose another with --name, such as oddswatch")
    role, limits = identifier(name), Limits()
    schemas = sorted({table.split(".")[0] if "." in table else "public" for table in tables(settings)})
    return [
        _made_or_harmless(name),
        _nothing_granted_before(name),
        f"ALTER ROLE {role} LOGIN NOINHERIT CONNECTION LIMIT {limits.connections}",
        f"ALTER ROLE {role} SET default_transaction_read_only = on",
        f"ALTER ROLE {role} SET statement_timeout = {literal(limits.statement_timeout)}",
        f"ALTER ROLE {role} SET lock_timeout = {literal(limits.lock_timeout)}",
        f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = {literal(limits.idle_timeout)}",
        f"ALTER ROLE {role} SET work_mem = {literal(limits.work_mem)}",
        "-- Only a superuser may set this one.\n"
        "DO $do$ BEGIN\n"
        "  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN\n"
        f"    ALTER ROLE {role} SET temp_file_limit = {literal(limits.temp_file_limit)};\n"
        "  END IF;\n"
        "END $do$",
        f"GRANT CONNECT ON DATABASE {identifier(database)} TO {role}",
        *(f"GRANT USAGE ON SCHEMA {identifier(schema)} TO {role}" for schema in schemas),
        *(f"GRANT SELECT ON {relation(table)} TO {role}" for table in tables(settings)),
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


def _nothing_granted_before(name: str) -> str:
    """Take back what an earlier run granted: the configuration may name other tables now."""
    return (
        "DO $do$ DECLARE granted record; BEGIN\n"
        "  FOR granted IN\n"
        "    SELECT DISTINCT table_schema, table_name FROM information_schema.role_column_grants\n"
        f"    WHERE grantee = {literal(name)}\n"
        "  LOOP\n"
        "    EXECUTE format(\n"
        f"      'REVOKE ALL ON %I.%I FROM %I', granted.table_schema, granted.table_name, {literal(name)}\n"
        "    );\n"
        "  END LOOP;\n"
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


def apply(settings: Settings, name: str) -> list[str]:
    """Run the SQL on the database of the PG* variables, in one transaction.

    The password comes from ODDSWATCH_ROLE_PASSWORD and reaches the server hashed, so that no log has it. Returns one
    line per right that the role has beyond this SQL. Raises `UserError` when the password is missing or the server
    refuses; then nothing has changed.
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
            hashed = encrypt_password(password, name, session, "scram-sha-256")
            cursor.execute(f"ALTER ROLE {identifier(name)} PASSWORD %s", (hashed,))
            return _beyond(cursor, settings, name)
    except psycopg2.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"the role {name!r} could not be made: {reason}; run it as the owner of the tables or a superuser, "
            "or choose another --name",
            ExitCode.NOT_ACCEPTED,
        ) from None
    finally:
        session.close()


def _beyond(cursor: Any, settings: Settings, name: str) -> list[str]:
    """What the role can do beyond reading the configured tables, through PUBLIC, in words."""
    cursor.execute(
        """
        SELECT 'create temporary tables in this database'
        WHERE has_database_privilege(%(role)s, current_database(), 'TEMPORARY')
        UNION ALL
        SELECT 'create schemas in this database'
        WHERE has_database_privilege(%(role)s, current_database(), 'CREATE')
        UNION ALL
        SELECT format('create tables in the schema %%s', nspname)
        FROM pg_catalog.pg_namespace
        WHERE nspname !~ '^pg_' AND has_schema_privilege(%(role)s, oid, 'CREATE')
        UNION ALL
        SELECT format(
          CASE WHEN has_table_privilege(%(role)s, oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
            THEN 'change %%s' ELSE 'read %%s' END,
          oid::regclass
        )
        FROM pg_catalog.pg_class
        WHERE
          relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
          AND has_table_privilege(%(role)s, oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
          AND (
            oid <> ALL (%(tables)s::regclass[])
            OR has_table_privilege(%(role)s, oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
          )
        """,
        {"role": name, "tables": [relation(table) for table in tables(settings)]},
    )
    return [row[0] for row in cursor.fetchall()]
