"""Who uses a contact point or a mute timing."""

from collections.abc import Iterator, Sequence
from typing import Any

from oddswatch.json_types import Json


class Usage:
    """What some rules and a policy tree use, asked by name."""

    def __init__(self, rules: Sequence[Json], policies: Json) -> None:
        self._rules = rules
        self._routes = list(_routes(policies))

    def of(self, name: str, *keys: str) -> list[str]:
        """Return who names `name` under one of `keys` of the routing: the rules, and the policy tree."""
        using = [rule for rule in self._rules if _names(rule.get("notification_settings"), keys, name)]
        users = [f"rule {rule['title']!r}" for rule in using]
        if any(_names(route, keys, name) for route in self._routes):
            users.append("the policy tree")
        return users


def _routes(route: Json) -> Iterator[Json]:
    yield route
    for below in route.get("routes") or []:
        yield from _routes(below)


def _names(routing: Json | None, keys: Sequence[str], name: str) -> bool:
    return any(name in _listed((routing or {}).get(key)) for key in keys)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
