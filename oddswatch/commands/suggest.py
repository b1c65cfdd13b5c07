"""`generate.py check --suggest`: the configuration that fits the database."""

from contextlib import closing

from oddswatch.commands.console import print_result
from oddswatch.database import connection
from oddswatch.database import suggest as suggestions


def suggest() -> None:
    """Print the configuration that fits the database, as YAML for config.yml."""
    with closing(connection.connect()) as session:
        print_result(suggestions.suggest(session).text())
