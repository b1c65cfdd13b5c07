"""The text of a provisioning file."""

from typing import Any

import yaml

from oddswatch.json_types import Json

_NOTICE = (
    "# Written by `python generate.py`; do not edit: the sources are dashboards/, alerting/, metrics/ and config.yml.\n"
)


class _Dumper(yaml.CSafeDumper):
    """Several lines as a block, so that SQL can be read; no aliases, which Grafana's reader need not know."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def provisioning_file(content: Json) -> str:
    """Return a provisioning file with this content, a notice above it that it is generated."""
    versioned = {"apiVersion": 1, **content}
    return _NOTICE + yaml.dump(versioned, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
