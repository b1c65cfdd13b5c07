"""A running Grafana: API, clashes, reload, deletions."""
