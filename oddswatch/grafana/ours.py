"""What a Grafana has of ours, by our uids and names, whatever tree is there.

Things of alerting count only where they came from a file: what a person made under a name of ours is theirs.
"""

from oddswatch.grafana.api import Grafana, is_from_file
from oddswatch.json_types import Json
from oddswatch.names import NAME_PREFIX, UID_PREFIX

#: The kinds of things that are looked at.
KINDS = "data source, dashboard, rule, contact point, mute timing, mail template or policy tree"


def everything(grafana: Grafana) -> list[str]:
    """Return kind and name of all that is ours: `rule 'Surebet'`."""
    return [
        *(f"data source {thing['name']!r}" for thing in grafana.data_sources() if _has_our_uid(thing)),
        *sorted(f"dashboard {thing['title']!r}" for thing in grafana.dashboards() if _has_our_uid(thing)),
        *(f"rule {thing['title']!r}" for thing in rules(grafana)),
        *(f"contact point {thing['name']!r}" for thing in contact_points(grafana)),
        *(f"mute timing {thing['name']!r}" for thing in mute_timings(grafana)),
        *(f"mail template {thing['name']!r}" for thing in templates(grafana)),
        *(["policy tree"] if is_our_policy_tree(grafana.policies()) else []),
    ]


def rules(grafana: Grafana) -> list[Json]:
    """Return our alert rules."""
    return [rule for rule in grafana.rules() if _has_our_uid(rule) and is_from_file(rule)]


def contact_points(grafana: Grafana) -> list[Json]:
    """Return our receivers, each with the name of its contact point."""
    return [point for point in grafana.contact_points() if _has_our_uid(point) and is_from_file(point)]


def mute_timings(grafana: Grafana) -> list[Json]:
    """Return our mute timings."""
    return [timing for timing in grafana.mute_timings() if _has_our_name(timing["name"]) and is_from_file(timing)]


def templates(grafana: Grafana) -> list[Json]:
    """Return our templates of notifications."""
    return [template for template in grafana.templates() if _has_our_name(template["name"]) and is_from_file(template)]


def is_our_policy_tree(policies: Json) -> bool:
    """Whether a policy tree sends to our contact points and came from a file."""
    return _has_our_name(policies.get("receiver", "")) and is_from_file(policies)


def _has_our_uid(thing: Json) -> bool:
    return bool(thing["uid"].startswith(UID_PREFIX))


def _has_our_name(name: str) -> bool:
    return name.startswith(f"{NAME_PREFIX} ")
