"""Every right that a role has in a database: taking back what was granted to it, naming what it has beyond reading.

Rights stand in access control lists (ACLs), which nearly every kind of object has. A right is taken back by the role
that granted it and by no other, so this acts for each of them in turn, where it may.
"""

from collections.abc import Sequence
from textwrap import indent
from typing import Any

from oddswatch.quoting import identifier, literal

#: Every object of the current database, in two words of REVOKE's, and its ACL. Where objects are not made yet, `future`
#: stands before REVOKE. Other databases of the server are left out: the role may serve another site there.
_OBJECTS = """\
SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, oid::regclass::text AS name,
  '' AS future, relacl AS acl
FROM pg_class
UNION ALL SELECT 'TABLE', attrelid::regclass::text, '', attacl FROM pg_attribute
UNION ALL SELECT 'SCHEMA', oid::regnamespace::text, '', nspacl FROM pg_namespace
UNION ALL SELECT 'DATABASE', quote_ident(datname), '', datacl FROM pg_database WHERE datname = current_database()
UNION ALL SELECT 'ROUTINE',
  format('%s.%I(%s)', pronamespace::regnamespace, proname, pg_get_function_identity_arguments(oid)), '', proacl
FROM pg_proc
UNION ALL SELECT 'TYPE', format('%s.%I', typnamespace::regnamespace, typname), '', typacl FROM pg_type
UNION ALL SELECT 'LANGUAGE', quote_ident(lanname), '', lanacl FROM pg_language
UNION ALL SELECT 'FOREIGN DATA WRAPPER', quote_ident(fdwname), '', fdwacl FROM pg_foreign_data_wrapper
UNION ALL SELECT 'FOREIGN SERVER', quote_ident(srvname), '', srvacl FROM pg_foreign_server
UNION ALL SELECT 'LARGE OBJECT', oid::text, '', lomacl FROM pg_largeobject_metadata
UNION ALL SELECT 'TABLESPACE', quote_ident(spcname), '', spcacl FROM pg_tablespace
UNION ALL SELECT
  CASE defaclobjtype
    WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES'
    WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS'
  END,
  '', 'ALTER DEFAULT PRIVILEGES FOR ROLE ' || defaclrole::regrole
  || coalesce(' IN SCHEMA ' || nullif(defaclnamespace, 0)::regnamespace, '') || ' ',
  defaclacl
FROM pg_default_acl"""
#: From PostgreSQL 15 on.
_PARAMETERS = "UNION ALL SELECT 'PARAMETER', parname, '', paracl FROM pg_parameter_acl"


def take_back(name: str) -> str:
    """The SQL that takes back what was granted to a role; what belongs to somebody it may not act for stays."""
    return f"""\
-- Take back whatever was granted to the role before, in the name of who granted it. What cannot be taken back stays.
DO $do$
DECLARE
  path text := pg_catalog.current_setting('search_path');
  acting text := pg_catalog.current_setting('role');
  granted record;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);
  FOR granted IN EXECUTE $sql$
    SELECT DISTINCT objects.kind, objects.name, objects.future, pg_get_userbyid(entries.grantor) AS grantor
    FROM (
{indent(_OBJECTS, " " * 6)}
  $sql$ || CASE WHEN to_regclass('pg_parameter_acl') IS NULL THEN '' ELSE $sql$
      {_PARAMETERS}
  $sql$ END || $sql$
    ) AS objects, aclexplode(objects.acl) AS entries
    WHERE entries.grantee = $1::regrole
  $sql$ USING {literal(identifier(name))}
  LOOP
    BEGIN
      PERFORM set_config('role', granted.grantor, true);
      EXECUTE format(
        '%sREVOKE ALL ON %s %s FROM %I', granted.future, granted.kind, granted.name, {literal(name)}
      );
    EXCEPTION WHEN OTHERS THEN
      NULL; -- It stays.
    END;
    PERFORM set_config('role', acting, true);
  END LOOP;
  PERFORM set_config('search_path', path, true);
END $do$"""


def beyond(cursor: Any, name: str, tables: Sequence[str], schemas: Sequence[str]) -> list[str]:
    """What a role can do beyond reading these tables (quoted, like the schemas), and by whose leave, in words."""
    cursor.execute(
        _granted(cursor.connection.server_version) + " UNION ALL " + _OF_EVERYBODY,
        {"role": identifier(name), "tables": list(tables), "schemas": list(schemas)},
    )
    return [row[0] for row in cursor.fetchall()]


def _granted(version: int) -> str:
    """A query for the rights that the role itself was granted, but for those it needs."""
    objects = f"{_OBJECTS} {_PARAMETERS}" if version >= 150_000 else _OBJECTS
    return f"""
    SELECT format(
      'use %%s on %%s, which %%s granted and has to take back%%s',
      string_agg(entries.privilege_type, ', ' ORDER BY entries.privilege_type),
      CASE objects.future WHEN '' THEN '' ELSE 'future ' END || rtrim(lower(objects.kind) || ' ' || objects.name),
      entries.grantor::regrole,
      CASE WHEN passed_on THEN ' with CASCADE, because the role passed it on' END
    )
    FROM ({objects.replace("%", "%%")}) AS objects
    CROSS JOIN aclexplode(objects.acl) AS entries
    CROSS JOIN LATERAL (
      SELECT bool_or(onward.grantor = entries.grantee) AS passed_on FROM aclexplode(objects.acl) AS onward
    ) AS others
    WHERE
      entries.grantee = %(role)s::regrole
      AND (
        entries.is_grantable
        OR CASE objects.kind || ' ' || entries.privilege_type
          WHEN 'DATABASE CONNECT' THEN false
          WHEN 'SCHEMA USAGE' THEN objects.name <> ALL (%(schemas)s::regnamespace[]::text[])
          WHEN 'TABLE SELECT' THEN objects.name <> ALL (%(tables)s::regclass[]::text[])
          ELSE true
        END
      )
    GROUP BY objects.kind, objects.name, objects.future, entries.grantor, others.passed_on
    """


#: Rights of PUBLIC that let more be done than read, or more be read; PostgreSQL's own catalogues are left out.
_OF_EVERYBODY = """
SELECT concat(can, ', as everybody can (PUBLIC)')
FROM (
  SELECT 'create temporary tables in this database' AS can
  WHERE has_database_privilege('public', current_database(), 'TEMPORARY')
  UNION ALL
  SELECT 'create schemas in this database'
  WHERE has_database_privilege('public', current_database(), 'CREATE')
  UNION ALL
  SELECT format('create tables in the schema %%s', nspname)
  FROM pg_catalog.pg_namespace
  WHERE nspname !~ '^pg_' AND has_schema_privilege('public', oid, 'CREATE')
  UNION ALL
  SELECT format(CASE WHEN changes THEN 'change %%s' ELSE 'read %%s' END, oid::regclass)
  FROM (
    SELECT
      oid,
      CASE relkind WHEN 'S' THEN has_sequence_privilege('public', oid, 'USAGE, UPDATE') ELSE
        has_table_privilege('public', oid, 'DELETE, TRUNCATE, TRIGGER')
        OR has_any_column_privilege('public', oid, 'INSERT, UPDATE')
      END AS changes,
      relkind <> 'S' AND oid <> ALL (%(tables)s::regclass[]) AND has_any_column_privilege('public', oid, 'SELECT')
      AS reads
    FROM pg_catalog.pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
  ) AS relations
  WHERE changes OR reads
  UNION ALL
  SELECT format('run %%s with the rights of %%s', oid::regprocedure, proowner::regrole)
  FROM pg_catalog.pg_proc
  WHERE
    prosecdef AND pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
    AND has_function_privilege('public', oid, 'EXECUTE')
    AND has_schema_privilege(%(role)s::regrole, pronamespace, 'USAGE')
) AS rights"""
