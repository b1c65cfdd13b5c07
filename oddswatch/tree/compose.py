"""The tree made from the sources and the configuration."""

import json

from alerting import contact, groups
from alerting.deletions import deletions
from dashboards import build_all
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json
from oddswatch.names import DATASOURCE, DATASOURCE_NAME, FOLDER, NAME_PREFIX, UID_PREFIX
from oddswatch.tree.queries import in_dashboard, in_rule
from oddswatch.tree.query_comments import add_comments
from oddswatch.tree.tree import JSON_FOLDER, PROVIDER_FILE, Tree
from oddswatch.tree.yaml_text import provisioning_file


def compose(catalogue: Catalogue) -> Tree:
    """Make the tree; the same sources and settings give the same bytes."""
    files = {
        "datasources/oddswatch.yml": provisioning_file({"datasources": [_datasource()]}),
        PROVIDER_FILE: provisioning_file({"providers": [_provider()]}),
        # Nothing to say, but Grafana logs an error when the folder is missing.
        "plugins/oddswatch.yml": provisioning_file({"apps": []}),
    }
    for model in build_all(catalogue):
        add_comments(in_dashboard(model))
        name = model["uid"].removeprefix(UID_PREFIX)
        files[f"{JSON_FOLDER}/{name}.json"] = json.dumps(model, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    rule_groups = groups.rule_groups(catalogue)
    for rule in (rule for group in rule_groups for rule in group["rules"]):
        add_comments(in_rule(rule))
    alerting: dict[str, Json] = {
        "contact-points": {"contactPoints": contact.contact_points(catalogue.settings)},
        "mute-timings": {"muteTimes": contact.mute_timings(catalogue.settings)},
        "policies": {"policies": contact.policies(catalogue.settings)},
        "rules": {"groups": rule_groups},
        "templates": {"templates": contact.templates(catalogue.settings)},
        "deletions": deletions(catalogue),
    }
    # Where there is nothing to say there is no file; what was there before is deleted by `oddswatch.grafana.deletions`.
    for name, content in ((name, content) for name, content in alerting.items() if any(content.values())):
        files[f"alerting/oddswatch-{name}.yml"] = provisioning_file(content)
    return Tree(files)


def _datasource() -> Json:
    """The data source: names of environment variables of Grafana's, never their values.

    The plain `$NAME` form, because `${NAME}` is expanded twice and damages a password with a `$`. The database stands
    beside the user: under `jsonData` Grafana makes a number of what looks like one, and the data source then fails.
    """
    return {
        "name": DATASOURCE_NAME,
        "uid": DATASOURCE["uid"],
        "type": DATASOURCE["type"],
        "access": "proxy",
        "url": "$PGHOST:$PGPORT",
        "user": "$PGUSER",
        "database": "$PGDATABASE",
        "isDefault": False,
        "editable": False,
        "jsonData": {
            "sslmode": "$PGSSLMODE",
            "postgresVersion": 1300,
            "timescaledb": False,
            # Small: many viewers must not use up the database's connections.
            "maxOpenConns": 10,
            "maxIdleConns": 2,
            "connMaxLifetime": 3600,
        },
        "secureJsonData": {"password": "$PGPASSWORD"},
    }


def _provider() -> Json:
    return {
        "name": NAME_PREFIX,
        "orgId": 1,
        "folder": FOLDER,
        "type": "file",
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": f"$GF_PATHS_PROVISIONING/{JSON_FOLDER}", "foldersFromFilesStructure": False},
    }
