"""Ours come into a Grafana by files or by its API: what came by the one cannot become the other's."""

from oddswatch.errors import ExitCode, UserError
from oddswatch.grafana import ours
from oddswatch.grafana.api import Grafana
from oddswatch.grafana.origin import API, FILES


def refuse_from_files(grafana: Grafana) -> None:
    """Raise `UserError` where ours came from files; to be asked before anything is pushed."""
    dashboards = [f"dashboard {model['title']!r}" for model in ours.dashboards(grafana, FILES).values()]
    _refuse(
        grafana,
        [*ours.of_alerting(grafana, FILES), *dashboards],
        "from files, and its API cannot take that over. First take it out: python generate.py remove with GRAFANA_USER "
        "and GRAFANA_PASSWORD of a server admin, without GRAFANA_TOKEN, and the folder that it reads as --output",
    )


def refuse_pushed(grafana: Grafana) -> None:
    """Raise `UserError` where ours were pushed; to be asked before a file is written."""
    rules = [f"rule {rule['title']!r}" for rule in ours.rules(grafana, API)]
    points = [f"contact point {point['name']!r}" for point in ours.contact_points(grafana, API)]
    _refuse(
        grafana,
        [*rules, *points],
        "by generate.py push, and files cannot take that over. First take it out: python generate.py remove with "
        "GRAFANA_TOKEN, without GRAFANA_USER and GRAFANA_PASSWORD",
    )


def _refuse(grafana: Grafana, found: list[str], how: str) -> None:
    if found:
        others = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise UserError(
            f"Grafana at {grafana.url} has {found[0]}{others} of ours {how}; nothing was written", ExitCode.NOT_ACCEPTED
        )
