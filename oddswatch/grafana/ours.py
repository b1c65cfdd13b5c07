"""What a Grafana has of ours, by our uids and names, whatever tree is there.

Things of alerting count only where they came from a file, or by another origin that is asked for: what a person made
under a name of ours is theirs.
"""

from oddswatch.grafana.api import Grafana
from oddswatch.grafana.origin import API, FILES, Origin
from oddswatch.json_types import Json
from oddswatch.names import NAME_PREFIX, UID_PREFIX

#: The kinds of things that are looked at.
KINDS = "data source, dashboard, rule, contact point, mute timing, mail template or policy tree"

#: Those that are pushed.
KINDS_PUSHED = "dashboard, rule, contact point, mute timing or mail template"


def everything(grafana: Grafana) -> list[str]:
    """Return kind and name of all that is ours: `rule 'Surebet'`."""
    return [
        *(f"data source {thing['name']!r}" for thing in grafana.data_sources() if _has_our_uid(thing)),
        *sorted(f"dashboard {thing['title']!r}" for thing in grafana.dashboards() if _has_our_uid(thing)),
        *of_alerting(grafana),
        *(["policy tree"] if is_our_policy_tree(grafana.policies()) else []),
    ]


def of_alerting(grafana: Grafana, origin: Origin = FILES) -> list[str]:
    """Return kind and name of all that has a provenance."""
    return [
        *(f"rule {thing['title']!r}" for thing in rules(grafana, origin)),
        *(f"contact point {thing['name']!r}" for thing in contact_points(grafana, origin)),
        *(f"mute timing {thing['name']!r}" for thing in mute_timings(grafana, origin)),
        *(f"mail template {thing['name']!r}" for thing in templates(grafana, origin)),
    ]


def everything_pushed(grafana: Grafana) -> list[str]:
    """Return kind and name of all that was pushed."""
    models = dashboards(grafana, API).values()
    return [*sorted(f"dashboard {model['title']!r}" for model in models), *of_alerting(grafana, API)]


def dashboards(grafana: Grafana, origin: Origin) -> dict[str, Json]:
    """Return the models of our dashboards by uid, as Grafana has them."""
    found = {item["uid"]: grafana.dashboard(item["uid"]) for item in grafana.dashboards() if _has_our_uid(item)}
    return {uid: each["dashboard"] for uid, each in found.items() if each and origin.made_dashboard(each)}


def rules(grafana: Grafana, origin: Origin = FILES) -> list[Json]:
    """Return our alert rules."""
    return [rule for rule in grafana.rules() if _has_our_uid(rule) and origin.made(rule)]


def contact_points(grafana: Grafana, origin: Origin = FILES) -> list[Json]:
    """Return our receivers, each with the name of its contact point."""
    return [point for point in grafana.contact_points() if _has_our_uid(point) and origin.made(point)]


def mute_timings(grafana: Grafana, origin: Origin = FILES) -> list[Json]:
    """Return our mute timings."""
    return [timing for timing in grafana.mute_timings() if _has_our_name(timing["name"]) and origin.made(timing)]


def templates(grafana: Grafana, origin: Origin = FILES) -> list[Json]:
    """Return our templates of notifications."""
    return [template for template in grafana.templates() if _has_our_name(template["name"]) and origin.made(template)]


def is_our_policy_tree(policies: Json) -> bool:
    """Whether a policy tree sends to our contact points and came from a file."""
    return _has_our_name(policies.get("receiver", "")) and FILES.made(policies)


def _has_our_uid(thing: Json) -> bool:
    return bool(thing["uid"].startswith(UID_PREFIX))


def _has_our_name(name: str) -> bool:
    return name.startswith(f"{NAME_PREFIX} ")
