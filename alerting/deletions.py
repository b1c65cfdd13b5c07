"""Rules that the sources know to be gone: Grafana keeps what merely disappears from a file, so they are written out."""

from pathlib import Path

import yaml

from alerting.rules import rules
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json


def deletions(catalogue: Catalogue) -> Json:
    """Return the deletions of the provisioning file: rules of earlier versions, and those that are switched off.

    Only rules: deleting a contact point or a mute timing that somebody else's rule uses keeps Grafana from starting,
    so `oddswatch.grafana.deletions` asks first.
    """
    off = [rule.uid for rule in rules(catalogue) if not rule.settings.enabled]
    return {"deleteRules": [{"orgId": 1, "uid": uid} for uid in sorted({*_of_earlier_versions(), *off})]}


def _of_earlier_versions() -> list[str]:
    text = (Path(__file__).parent / "deletions.yml").read_text(encoding="utf-8")
    uids: list[str] = yaml.safe_load(text)["rules"]
    return uids
