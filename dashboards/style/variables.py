"""What a viewer chooses at the top of a page."""

from collections.abc import Mapping

from oddswatch.json_types import Json
from oddswatch.names import DATASOURCE


def query_variable(name: str, label: str, description: str, sql: str) -> Json:
    """A variable whose values come from a query; several can be chosen, and all of them at first."""
    return {
        "name": name,
        "label": label,
        "description": description,
        "type": "query",
        "datasource": DATASOURCE,
        # The SQL as plain text: an object is exported, but never run (see reference of Grafana's variables).
        "query": sql,
        "definition": sql,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "current": {"text": ["All"], "value": ["$__all"]},
        "options": [],
        "regex": "",
        "hide": 0,
        "skipUrlSync": False,
    }


def single_variable(name: str, label: str, description: str, sql: str) -> Json:
    """A variable of which one value is chosen, the query's first one at first; see `query_variable`.

    The query returns `__value` and `__text`, in the order of the list. A value that comes by a link need not be among
    them: it stays because the list is read once, when the page is opened, and not again with each time range.
    """
    several = query_variable(name, label, description, sql)
    del several["current"]
    return {**several, "multi": False, "includeAll": False, "sort": 0, "refresh": 1}


def choice_variable(name: str, label: str, description: str, choices: Mapping[str, str]) -> Json:
    """A variable with a fixed list of choices, text by value; the first is the default."""
    first = next(iter(choices))
    return {
        "name": name,
        "label": label,
        "description": description,
        "type": "custom",
        "query": ",".join(f"{text} : {value}" for value, text in choices.items()),
        "multi": False,
        "includeAll": False,
        "current": {"text": choices[first], "value": first, "selected": True},
        "options": [{"text": text, "value": value, "selected": value == first} for value, text in choices.items()],
        "hide": 0,
        "skipUrlSync": False,
    }
