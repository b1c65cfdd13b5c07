"""A running Grafana: API, clashes, reload, push, deletions."""
