"""PyYAML's safe loader, without the mistakes in a file that it ends in a traceback at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from oddswatch.errors import UserError


class Loader(yaml.SafeLoader):
    """Reads `text`, the content of `path`; what cannot be read is a mistake with its line, or is left as a text."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self._path = path
        self._above: list[yaml.Node | None] = []

    def get_single_node(self) -> yaml.Node | None:
        """Compose the file; PyYAML does not check what it turns into a character, or into the version of YAML."""
        try:
            return super().get_single_node()
        except (ValueError, OverflowError):
            problem = "a character or a version that does not exist"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=self.get_mark()) from None

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose a node, and refuse one that is a part of itself."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave its type out
        self._above.append(parent)
        node = super().compose_node(parent, index)
        if node in self._above:
            raise UserError(
                f"{self._path}, line {event.start_mark.line + 1}: *{event.anchor} stands within what it repeats, and "
                "would never end; write out what is meant"
            )
        self._above.pop()
        return node


def _or_its_text(construct: Callable[[Any, Any], object]) -> Callable[[Loader, yaml.ScalarNode], object]:
    """Leave what only looks like a value as the text that it is: its key then says what belongs there."""

    def constructed(loader: Loader, node: yaml.ScalarNode) -> object:
        try:
            value = construct(loader, node)
            # A number in hexadecimals can be made, but not be shown to anybody.
            repr(value)
        except (ValueError, OverflowError, LookupError, AttributeError):
            return loader.construct_scalar(node)
        return value

    return constructed


for _kind in ("bool", "int", "float", "timestamp"):
    _tag = f"tag:yaml.org,2002:{_kind}"
    Loader.add_constructor(_tag, _or_its_text(yaml.SafeLoader.yaml_constructors[_tag]))
