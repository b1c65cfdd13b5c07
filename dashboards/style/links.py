"""Where a click leads: to a match from every table, to a page from a number."""

from dashboards.style.columns import by_name
from oddswatch.json_types import Json
from oddswatch.names import dashboard_uid

MATCH = "match"


def to_match(column: str = "match") -> Json:
    """An override that makes a table's column lead to the page of the row's match, in the same time range.

    The table must have the column `match_id`, hidden or not.
    """
    url = f"/d/{dashboard_uid(MATCH)}?var-match=${{__data.fields.match_id:percentencode}}&${{__url_time_range}}"
    return by_name(
        column,
        {"id": "links", "value": [{"title": "Open the match", "url": url}]},
        {"id": "custom.minWidth", "value": 190},
    )


def to_page(name: str, title: str, *, fixed: bool = False) -> list[Json]:
    """The links of a number that lead to one of our pages, in the same time range and with the same filters.

    A `fixed` page is opened in its own range: it would show another one, and nobody would see which.
    """
    parts = "" if fixed else "?${__url_time_range}&${__all_variables}"
    return [{"title": title, "url": f"/d/{dashboard_uid(name)}{parts}"}]
