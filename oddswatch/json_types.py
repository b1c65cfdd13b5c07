"""What Grafana's files and answers consist of."""

from typing import Any

Json = dict[str, Any]
