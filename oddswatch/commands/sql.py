"""`generate.py sql`: a metric as the database gets it."""

from pathlib import Path

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.checks.sql import metric_sql
from oddswatch.commands.console import print_result
from oddswatch.settings import reading as config_file


def sql(config: Path, name: str) -> None:
    """Print the SQL of the metric called `name`."""
    print_result(metric_sql(Catalogue(config_file.load(config)), name))
