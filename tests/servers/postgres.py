"""A PostgreSQL server as the tests see it."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg2
from psycopg2 import sql

from oddswatch.demo.schema import create_schema
from tests.servers.waiting import wait_for


@dataclass(frozen=True)
class Postgres:
    """One database of a running server, as a superuser.

    Attributes:
        environment: the PG* variables that lead a process on this machine to it.
        for_grafana: the PG* variables that lead Grafana to it; other ones when both run in containers.
        stop: takes the whole server away, as an outage does.
        start: brings it back at the same address, and returns when it answers.
    """

    environment: Mapping[str, str]
    for_grafana: Mapping[str, str]
    stop: Callable[[], object]
    start: Callable[[], object]

    @property
    def name(self) -> str:
        """Name of the database."""
        return self.environment["PGDATABASE"]

    def connect(self, *, autocommit: bool = True) -> Any:
        """Open a psycopg2 connection that may write; the caller closes it."""
        connection = psycopg2.connect(
            host=self.environment["PGHOST"],
            port=self.environment["PGPORT"],
            dbname=self.environment["PGDATABASE"],
            user=self.environment["PGUSER"],
            password=self.environment["PGPASSWORD"],
            sslmode=self.environment["PGSSLMODE"],
        )
        connection.autocommit = autocommit
        return connection

    def execute(self, statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Run one statement (or several without parameters) on a connection of its own; return the rows, if any."""
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def create_database(self, template: str = "template1") -> "Postgres":
        """Create a database with a random name, a copy of `template` (which nobody may be connected to)."""
        name = f"test_{secrets.token_hex(4)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        self._maintain(statement)
        return self.database(name)

    @contextmanager
    def tables(self) -> Iterator["Postgres"]:
        """A database with all tables and no rows, dropped afterwards."""
        database = self.create_database()
        with closing(database.connect(autocommit=False)) as session:
            create_schema(session)
        try:
            yield database
        finally:
            database.drop()

    def database(self, name: str) -> "Postgres":
        """Another database of this server."""
        return replace(
            self,
            environment={**self.environment, "PGDATABASE": name},
            for_grafana={**self.for_grafana, "PGDATABASE": name},
        )

    def drop(self) -> None:
        """Drop this database, whoever is connected to it."""
        self._maintain(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name)))

    def wait_until_ready(self) -> None:
        """Return when the server takes connections over TCP, after at most a minute."""
        wait_for(self._answers, 60, lambda: f"PostgreSQL at port {self.environment['PGPORT']}")

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _maintain(self, statement: sql.Composable) -> None:
        connection = self.database("postgres").connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()
