"""What a database holds: the demo is stored in an empty one only, and goes on in its own."""

from typing import Any

from psycopg2.extensions import connection

from oddswatch.demo.layout import Layout

#: The comment on the table of prices that tables.sql makes: whose it is.
MARK = "oddswatch demo"
_REAL = f"{MARK}: real prices"

# What belongs to an extension, to PostgreSQL itself or to a session is nobody's.
_MADE = """
WITH schemas AS (
  SELECT oid, nspname AS name
  FROM pg_catalog.pg_namespace
  WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'
),

made AS (
  SELECT
    'pg_catalog.pg_class'::regclass AS catalogue,
    oid,
    relnamespace AS schema,
    relname AS name,
    CASE relkind
      WHEN 'v' THEN 'view'
      WHEN 'm' THEN 'materialized view'
      WHEN 'S' THEN 'sequence'
      WHEN 'f' THEN 'foreign table'
      WHEN 'c' THEN 'type'
      ELSE 'table'
    END AS kind
  FROM pg_catalog.pg_class
  WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
  UNION ALL
  SELECT 'pg_catalog.pg_proc'::regclass, oid, pronamespace, proname, 'function'
  FROM pg_catalog.pg_proc
  UNION ALL
  -- Types that a table, a range or another type has brought along are not listed again.
  SELECT 'pg_catalog.pg_type'::regclass, made_type.oid, made_type.typnamespace, made_type.typname, 'type'
  FROM pg_catalog.pg_type AS made_type
  LEFT JOIN pg_catalog.pg_type AS element ON made_type.oid = element.typarray
  WHERE made_type.typtype IN ('b', 'd', 'e', 'r') AND element.oid IS NULL
)

SELECT made.kind || ' ' || schemas.name || '.' || made.name
FROM made
INNER JOIN schemas ON made.schema = schemas.oid
LEFT JOIN pg_catalog.pg_depend AS member
  ON made.catalogue = member.classid AND made.oid = member.objid AND member.deptype = 'e'
WHERE member.objid IS NULL
UNION ALL
SELECT 'schema ' || schemas.name
FROM schemas
LEFT JOIN pg_catalog.pg_depend AS member
  ON member.classid = 'pg_catalog.pg_namespace'::regclass AND schemas.oid = member.objid AND member.deptype = 'e'
WHERE schemas.name <> 'public' AND member.objid IS NULL
UNION ALL
SELECT 'large object ' || oid
FROM pg_catalog.pg_largeobject_metadata
ORDER BY 1
"""


def made_by_people(session: connection) -> list[str]:
    """List the tables, views, sequences, functions, types, schemas and large objects of the database by kind and name.

    Other things that a person can make (operators, collations, text search configurations …) are not looked for.
    """
    with session, session.cursor() as cursor:
        cursor.execute(_MADE)
        return [text for (text,) in cursor.fetchall()]


def is_demo(session: connection) -> bool:
    """Tell whether the demo's tables are there, and are the demo's."""
    return (_comment(session) or "").startswith(MARK)


def has_real_prices(session: connection) -> bool:
    """Tell whether the demo in this database holds real prices."""
    return _comment(session) == _REAL


def mark_real_prices(session: connection) -> None:
    """Say that the demo in this database holds real prices."""
    with session, session.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE {Layout().prices} IS %s", (_REAL,))


def _comment(session: connection) -> str | None:
    with session, session.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", (Layout().prices,))
        row: Any = cursor.fetchone()
    return row[0] if row else None
