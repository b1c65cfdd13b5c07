"""The provisioning tree in memory: what Grafana is to mount, made from the sources and the configuration."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from alerting import contact, groups, retired
from dashboards import build_all
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.errors import UserError
from oddswatch.json_types import Json
from oddswatch.names import DATASOURCE, DATASOURCE_NAME, FOLDER, NAME_PREFIX, UID_PREFIX

_NOTICE = (
    "# Written by `python generate.py`; do not edit: the sources are dashboards/, alerting/, metrics/ and config.yml.\n"
)
_JSON_FOLDER = "dashboards/oddswatch"
RULES_FILE = "alerting/oddswatch-rules.yml"
# libyaml's, which the pinned wheels bring: ten times as fast as PyYAML's own.
_LOADER = yaml.CSafeLoader


class _Dumper(yaml.CSafeDumper):
    """Several lines as a block, so that SQL can be read; no aliases, which Grafana's reader need not know."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


@dataclass(frozen=True)
class Tree:
    """All files of a provisioning tree: text by path relative to its root."""

    files: dict[str, str]

    @classmethod
    def read(cls, folder: Path) -> "Tree":
        """Read our files of a tree on disk; a folder that does not exist is an empty tree."""
        return cls({str(path.relative_to(folder).as_posix()): _read(path) for path in ours(folder)})

    def dashboards(self) -> list[Json]:
        """The dashboards' JSON models, by file name."""
        return [_parse(name, text) for name, text in sorted(self.files.items()) if name.endswith(".json")]

    def data_sources(self) -> list[Json]:
        """The data sources."""
        return self._under("datasources/", "datasources")

    def alerting(self, key: str) -> list[Json]:
        """Everything under one top-level key (`groups`, `contactPoints`, …) of the alerting files."""
        return self._under("alerting/", key)

    def rules(self) -> list[Json]:
        """All alert rules, in order."""
        return [rule for group in self.alerting("groups") for rule in group["rules"]]

    def _under(self, folder: str, key: str) -> list[Json]:
        files = (_parse(name, text) or {} for name, text in sorted(self.files.items()) if name.startswith(folder))
        return [thing for content in files for thing in content.get(key) or []]


def compose(catalogue: Catalogue) -> Tree:
    """Make the tree; the same sources and settings give the same bytes."""
    files = {
        "datasources/oddswatch.yml": _yaml({"apiVersion": 1, "datasources": [_datasource()]}),
        "dashboards/oddswatch.yml": _yaml({"apiVersion": 1, "providers": [_provider()]}),
        # Nothing to say, but Grafana logs an error when the folder is missing.
        "plugins/oddswatch.yml": _yaml({"apiVersion": 1, "apps": []}),
    }
    for model in build_all(catalogue):
        name = model["uid"].removeprefix(UID_PREFIX)
        files[f"{_JSON_FOLDER}/{name}.json"] = json.dumps(model, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    alerting: dict[str, Json] = {
        "contact-points": {"contactPoints": contact.contact_points(catalogue.settings)},
        "mute-timings": {"muteTimes": contact.mute_timings(catalogue.settings)},
        "policies": {"policies": contact.policies(catalogue.settings)},
        "rules": {"groups": groups.rule_groups(catalogue)},
        "templates": {"templates": contact.templates()},
        "deletions": retired.deletions(catalogue),
    }
    # Where there is nothing to say there is no file; what was there before is for `oddswatch.grafana.leftovers`.
    for name, content in ((name, content) for name, content in alerting.items() if any(content.values())):
        files[f"alerting/oddswatch-{name}.yml"] = _yaml({"apiVersion": 1, **content})
    return Tree(files)


def with_file(tree: Tree, name: str, content: Json) -> Tree:
    """Return the tree with one more provisioning file."""
    return Tree({**tree.files, name: _yaml({"apiVersion": 1, **content})})


def without(tree: Tree, name: str) -> Tree:
    """Return the tree without one of its files."""
    return Tree({key: text for key, text in tree.files.items() if key != name})


def ours(folder: Path) -> list[Path]:
    """The files below `folder` that we wrote: nobody else's are ever read, replaced or removed."""
    patterns = [f"{kind}/oddswatch*.yml" for kind in ("datasources", "dashboards", "alerting", "plugins")]
    patterns.append(f"{_JSON_FOLDER}/*.json")
    return sorted(path for pattern in patterns for path in folder.glob(pattern))


def _datasource() -> Json:
    """The data source: names of environment variables of Grafana's, never their values.

    The plain `$NAME` form, because `${NAME}` is expanded twice and damages a password with a `$`.
    """
    return {
        "name": DATASOURCE_NAME,
        "uid": DATASOURCE["uid"],
        "type": DATASOURCE["type"],
        "access": "proxy",
        "url": "$PGHOST:$PGPORT",
        "user": "$PGUSER",
        "isDefault": False,
        "editable": False,
        "jsonData": {
            "database": "$PGDATABASE",
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
        "options": {"path": f"$GF_PATHS_PROVISIONING/{_JSON_FOLDER}", "foldersFromFilesStructure": False},
    }


def _yaml(content: Json) -> str:
    return _NOTICE + yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read: {error}; delete it and build again") from None


@lru_cache(maxsize=128)  # asked for by the validation, the plan and the read-back alike
def _parse(name: str, text: str) -> Any:
    try:
        return json.loads(text) if name.endswith(".json") else yaml.load(text, Loader=_LOADER)  # noqa: S506
    except (ValueError, yaml.YAMLError) as error:
        raise UserError(f"{name}: not written by this program: {error}; delete it and build again") from None
