"""Deletions: Grafana keeps what merely disappears from a file, so what is gone is written out."""

from pathlib import Path

import yaml

from alerting.rules import rules
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json


def deletions(catalogue: Catalogue) -> Json:
    """The deletions of the provisioning file: retired rules and those that are switched off.

    Only rules: deleting a contact point or a mute timing that somebody else's rule uses keeps Grafana from starting,
    so those are removed by `oddswatch.grafana.leftovers`, after asking.
    """
    names = retired()
    off = [rule.uid for rule in rules(catalogue.settings) if not rule.settings.enabled]
    return {"deleteRules": [{"orgId": 1, "uid": uid} for uid in sorted({*names, *off})]}


def retired() -> list[str]:
    """Uids of the rules in `retired.yml`."""
    text = (Path(__file__).parent / "retired.yml").read_text(encoding="utf-8")
    uids: list[str] = yaml.safe_load(text)["rules"]
    return uids
