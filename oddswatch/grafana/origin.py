"""The two ways in which our things come into a Grafana, and how they are known again there."""

from collections.abc import Callable
from dataclasses import dataclass

from oddswatch.json_types import Json
from oddswatch.names import FOLDER, LABEL, NAME_PREFIX, TAG


@dataclass(frozen=True)
class Origin:
    """One way; what came by another, or was made by a person, is not ours by this one.

    Attributes:
        made: tells whether a thing of alerting came this way, by its provenance first of all.
        made_dashboard: tells the same of a dashboard, as `Grafana.dashboard` returns it.
    """

    made: Callable[[Json], bool]
    made_dashboard: Callable[[Json], bool]


def _by(*provenances: str) -> Callable[[Json], bool]:
    return lambda thing: thing.get("provenance") in provenances


def _is_pushed(thing: Json) -> bool:
    """Other programs use the API as well: beside its uid or name, which are asked elsewhere, ours carries a mark.

    A mute timing has only its name.
    """
    if "condition" in thing:
        marked = (thing.get("labels") or {}).items() >= LABEL.items()
    elif "template" in thing:
        marked = f'define "{TAG}.' in thing["template"]
    else:
        marked = thing.get("name", "").startswith(f"{NAME_PREFIX} ")
    return marked and _by("api")(thing)


def _is_tagged_in_our_folder(found: Json) -> bool:
    """What is pushed has no provenance as a dashboard: it is known by where it is, and by its tag."""
    return found["meta"].get("folderTitle") == FOLDER and TAG in (found["dashboard"].get("tags") or [])


#: Provisioning files; Grafana calls their provenance by the second name from 13 on.
FILES = Origin(_by("file", "classic-file-provisioning"), lambda found: bool(found["meta"].get("provisioned")))
#: The HTTP API, as `push` uses it.
API = Origin(_is_pushed, lambda found: not FILES.made_dashboard(found) and _is_tagged_in_our_folder(found))
