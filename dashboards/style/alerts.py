"""The list of alerts."""

from dashboards.style.panel import Panel
from oddswatch.names import LABEL


def alert_list(key: str, title: str, description: str, *, width: int = 6, height: int = 4) -> Panel:
    """Our alerts that are firing now, and nobody else's."""
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
            # Not by folder: a person may keep rules of their own in ours, and its uid is Grafana's to choose.
            "alertInstanceLabelFilter": "{" + ",".join(f'{name}="{value}"' for name, value in LABEL.items()) + "}",
            "stateFilter": {"firing": True, "pending": False, "noData": False, "normal": False, "error": True},
        },
    )
