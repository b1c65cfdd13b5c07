"""What a build changes, as people read it."""

from dataclasses import dataclass
from typing import Literal

Action = Literal["added", "changed", "removed"]
_SIGNS: dict[Action, str] = {"added": "+", "changed": "±", "removed": "-"}


@dataclass(frozen=True)
class Change:
    """One thing that is added, changed or removed; `details` names what changed in it."""

    action: Action
    kind: str
    name: str
    details: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The change in one line."""
        return f"{_SIGNS[self.action]} {self.kind:<13} {self.name}"


@dataclass(frozen=True)
class Plan:
    """All changes, and how many things stay as they are."""

    changes: tuple[Change, ...]
    unchanged: int

    def lines(self) -> list[str]:
        """The plan as people read it, the summary last."""
        lines = []
        for change in self.changes:
            lines.append(f"  {change.text}")
            lines += [f"      {detail}" for detail in change.details]
        count = {action: sum(c.action == action for c in self.changes) for action in _SIGNS}
        if not self.changes:
            return [f"Nothing to change, {self.unchanged} unchanged"]
        lines.append(
            f"Summary: {count['added']} added, {count['changed']} changed, {count['removed']} removed, "
            f"{self.unchanged} unchanged"
        )
        return lines
