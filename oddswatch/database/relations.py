"""The tables and views that a database has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oddswatch.database.execute import run
from oddswatch.quoting import identifier, relation


@dataclass(frozen=True)
class Relation:
    """A table or view of the database; the columns' types by name."""

    schema: str
    name: str
    is_view: bool
    columns: Mapping[str, str]

    @property
    def reference(self) -> str:
        """Its name as config.yml writes it."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        """Its name in SQL."""
        return relation(self.reference)


def relations(session: Any) -> Iterator[Relation]:
    """Yield tables and views but PostgreSQL's own; the parts of a partitioned table are not tables of their own."""
    found = run(
        session,
        r"""
        SELECT columns.table_schema, columns.table_name, tables.table_type = 'VIEW',
            json_object_agg(columns.column_name, columns.data_type)
        FROM information_schema.columns AS columns
        INNER JOIN information_schema.tables AS tables USING (table_schema, table_name)
        WHERE columns.table_schema NOT IN ('pg_catalog', 'information_schema')
            AND columns.table_schema NOT LIKE '\_timescaledb%'
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_inherits AS parts
                INNER JOIN pg_catalog.pg_class AS classes ON classes.oid = parts.inhrelid
                INNER JOIN pg_catalog.pg_namespace AS schemas ON schemas.oid = classes.relnamespace
                WHERE classes.relname = columns.table_name AND schemas.nspname = columns.table_schema
            )
        GROUP BY 1, 2, 3
        ORDER BY 1, 2
        """,
    )
    for schema, name, is_view, columns in found.rows:
        if "." not in name and "." not in schema:
            yield Relation(schema, name, is_view, columns)


def newest(session: Any, of: Relation, column: str | None) -> float:
    """Seconds from now (UTC) to the newest row, negative in the past; minus infinity where that cannot be told."""
    if column is None:
        return float("-inf")
    moment = f"max({identifier(column)})"
    if of.columns[column] == "timestamp without time zone":
        moment += " AT TIME ZONE 'utc'"
    [(found,)] = run(session, f"SELECT extract(EPOCH FROM {moment} - now()) FROM {of.quoted}").rows
    return float("-inf") if found is None else float(found)
