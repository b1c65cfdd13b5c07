"""The list of alerts."""

from dashboards.style.panel import Panel
from oddswatch.names import FOLDER


def alert_list(key: str, title: str, description: str, *, width: int = 6, height: int = 4) -> Panel:
    """The alerts that are firing now."""
    return Panel(
        key,
        title,
        description,
        "",
        "alertlist",
        width,
        height,
        options={
            "viewMode": "list",
            "groupMode": "default",
            "groupBy": [],
            "maxItems": 20,
            "sortOrder": 3,
            "dashboardAlerts": False,
            "alertName": "",
            "alertInstanceLabelFilter": "",
            "folder": {"uid": "", "title": FOLDER},
            "stateFilter": {"firing": True, "pending": False, "noData": False, "normal": False, "error": True},
        },
    )
