"""The provisioning tree in memory: the files that Grafana is to mount, and what they hold."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from oddswatch.errors import UserError
from oddswatch.json_types import Json
from oddswatch.tree import shapes
from oddswatch.tree.yaml_text import provisioning_file

JSON_FOLDER = "dashboards/oddswatch"
PROVIDER_FILE = "dashboards/oddswatch.yml"
RULES_FILE = "alerting/oddswatch-rules.yml"
DELETIONS_FILE = "alerting/oddswatch-deletions.yml"
# libyaml's, which the pinned wheels bring: ten times as fast as PyYAML's own.
_LOADER = yaml.CSafeLoader


@dataclass(frozen=True)
class Tree:
    """All files of a provisioning tree: text by path relative to its root."""

    files: dict[str, str]

    @classmethod
    def read(cls, folder: Path) -> "Tree":
        """Read our files of a tree on disk; a folder that does not exist is an empty tree.

        Raises `UserError` that names a file which is not as we write it.
        """
        return cls({path.relative_to(folder).as_posix(): _read(path, folder) for path in ours(folder)})

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


def with_file(tree: Tree, name: str, content: Json) -> Tree:
    """Return the tree with one more provisioning file."""
    return Tree({**tree.files, name: provisioning_file(content)})


def without(tree: Tree, name: str) -> Tree:
    """Return the tree without one of its files."""
    return Tree({key: text for key, text in tree.files.items() if key != name})


def ours(folder: Path) -> list[Path]:
    """The files below `folder` that we wrote: nobody else's are ever read, replaced or removed."""
    patterns = [f"{kind}/oddswatch*.yml" for kind in ("datasources", "dashboards", "alerting", "plugins")]
    patterns.append(f"{JSON_FOLDER}/*.json")
    return sorted(path for pattern in patterns for path in folder.glob(pattern))


def _read(path: Path, folder: Path) -> str:
    name = path.relative_to(folder).as_posix()
    try:
        text = path.read_text(encoding="utf-8")
        problem = shapes.complaint(name, _parse(name, text))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; delete it and build again") from None
    except (ValueError, yaml.YAMLError) as error:
        problem = " ".join(str(error).split())
    if problem:
        raise UserError(f"{path}: not written by this program: {problem}; delete it and build again")
    return text


@lru_cache(maxsize=128)  # asked for by the validation, the plan and the read-back alike
def _parse(name: str, text: str) -> Any:
    return json.loads(text) if name.endswith(".json") else yaml.load(text, Loader=_LOADER)  # noqa: S506
