"""The target system's tables, as its own collector would have made them."""

from psycopg2.extensions import connection

from oddswatch.demo.layout import Layout


def create_schema(connection: connection, layout: Layout | None = None) -> None:
    """Make the target system's empty tables, indexes and view, in one transaction.

    Raises:
        psycopg2.errors.DuplicateTable: they exist already.
    """
    with connection, connection.cursor() as cursor:
        for part in ("tables.sql", "indexes.sql"):
            cursor.execute((layout or Layout()).sql(part))


def exists(connection: connection, layout: Layout | None = None) -> bool:
    """Tell whether the table of prices is there."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", ((layout or Layout()).prices,))
        row = cursor.fetchone()
    return row is not None and bool(row[0])


def drop(connection: connection, layout: Layout | None = None) -> None:
    """Drop the tables and the view that `create_schema` makes, in one transaction, with everything in them.

    Raises:
        psycopg2.errors.DependentObjectsStillExist: somebody has made something that needs them.
    """
    layout = layout or Layout()
    with connection, connection.cursor() as cursor:
        cursor.execute(f"DROP VIEW {layout.table('v_current_opportunities')}")
        for table in (layout.prices, layout.table("collection_logs"), layout.table("bets")):
            cursor.execute(f"DROP TABLE {table}")


def analyse(connection: connection, layout: Layout) -> None:
    """Count the tables' contents for the planner, as autovacuum does within minutes of a load."""
    with connection, connection.cursor() as cursor:
        for table in (layout.prices, layout.table("collection_logs"), layout.table("bets")):
            cursor.execute(f"ANALYZE {table}")
