"""A tree that is read from disk may have been changed by anybody: what cannot be compared is named with a remedy."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.errors import UserError
from oddswatch.settings.site import Settings
from oddswatch.tree import files
from oddswatch.tree.compare import compare
from oddswatch.tree.compose import compose
from oddswatch.tree.deletions import with_deletions
from oddswatch.tree.tree import Tree

EVERYTHING = {"mail": {"quiet_hours": {"enabled": True}, "policy_tree": True}, "alerts": {"watch": {"enabled": False}}}
TREE = compose(Catalogue(Settings.model_validate(EVERYTHING)))
JUNK: list[Any] = [None, True, 5, "text", [], {}, [None], [{}], {"text": 1}]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree, written."""
    folder = tmp_path_factory.mktemp("tree")
    files.write(TREE, folder)
    return folder


def read(folder: Path, name: str, text: str) -> Tree:
    """The tree with one file replaced, as long as it is read."""
    (folder / name).write_text(text, encoding="utf-8")
    try:
        return Tree.read(folder)
    finally:
        (folder / name).write_text(TREE.files[name], encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("dashboards/oddswatch/home.json", "{}", "uid: Field required"),
        ("dashboards/oddswatch/home.json", "[]", "Input should be"),
        ("dashboards/oddswatch/home.json", "{", "Expecting property name"),
        (
            "dashboards/oddswatch/home.json",
            '{"uid": "x", "title": "X", "panels": [{}]}',
            "panels.0.title: Field required",
        ),
        ("alerting/oddswatch-rules.yml", "- a\n", "Input should be"),
        ("alerting/oddswatch-rules.yml", "groups: [{name: a, rules: [{}]}]\n", "groups.0.rules.0.uid: Field required"),
        ("alerting/oddswatch-rules.yml", "groups: [\n", "while parsing"),
        ("alerting/oddswatch-contact-points.yml", "contactPoints: 5\n", "contactPoints: Input should be"),
    ],
)
def test_a_file_that_somebody_damaged_is_named_with_what_is_wrong(
    stored: Path, name: str, text: str, reason: str
) -> None:
    with pytest.raises(UserError) as caught:
        read(stored, name, text)
    assert caught.value.message.startswith(f"{stored / name}: not written by this program: {reason}")
    assert caught.value.message.endswith("; delete it and build again")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("name", [name for name in TREE.files if name.endswith(".yml")])
def test_an_empty_file_is_nothing(stored: Path, name: str) -> None:
    before = read(stored, name, "")
    assert compare(before, TREE).changes


@settings(deadline=None)
@given(st.data())
def test_whatever_was_changed_in_a_file_it_is_compared_or_refused(stored: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(TREE.files)))
    content = yaml.load(TREE.files[name], Loader=yaml.CSafeLoader)  # which reads JSON as well
    damage(content, data)
    with contextlib.suppress(UserError):
        before = read(stored, name, json.dumps(content))
        compare(before, with_deletions(TREE, before))


def damage(content: Any, data: st.DataObject) -> None:
    """Replace or remove one thing, at any depth."""
    while True:
        keys = sorted(content) if isinstance(content, dict) else list(range(len(content)))
        key = data.draw(st.sampled_from(keys))
        child = content[key]
        if isinstance(child, dict | list) and child and data.draw(st.booleans()):
            content = child
        elif data.draw(st.booleans()):
            content[key] = data.draw(st.sampled_from(JUNK))
            return
        else:
            del content[key]
            return
