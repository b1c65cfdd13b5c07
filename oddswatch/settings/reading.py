"""Reading `config.yml`: every mistake in one line that names file, line, key and remedy."""

import difflib
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from oddswatch.errors import UserError
from oddswatch.settings.loader import Loader
from oddswatch.settings.site import Settings
from oddswatch.settings.tables import PricesPerOutcome

#: What a person is told, by pydantic's type of error; other types keep pydantic's words.
_MESSAGES = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "string_type": "must be a text; put it in quotes",
    "tuple_type": "must be a list such as [one, two]",
    "too_short": "must not be empty",
    "dict_type": "must have keys of its own below it",
    "model_type": "must have keys of its own below it",
    "model_attributes_type": "must have keys of its own below it",
    "invalid_key": "must be a text; put it in quotes",
}
#: A value of more characters is not repeated whole.
_LONG = 240
_FORMS = ("per_match", "per_outcome")


def load(path: Path) -> Settings:
    """Read and validate a configuration file.

    An empty file or section means the defaults. Raises `UserError` that lists every mistake with file, line, key and
    remedy.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give another with --config, or copy the release's config.yml") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 at byte {error.start}; save it as a UTF-8 text file") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; give another with --config") from None
    try:
        # Composed once: the nodes know the lines of the file, the data is made from them.
        loader = Loader(path, text)
        root = loader.get_single_node()
        _no_repeated_keys(path, root)
        data = None if root is None else loader.construct_document(root)
        if isinstance(data, dict):
            data = _filled(data, Settings())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        raise UserError(f"{path}{line}: not valid YAML: {problem}; check indentation and quotes there") from None
    except RecursionError:
        raise UserError(f"{path}: brackets or sections too deep within one another; close or remove some") from None
    if data is None:
        return Settings()
    if not isinstance(data, dict):
        raise UserError(f"{path}, line 1: must be a mapping of keys to values, like the config.yml of the release")
    try:
        return Settings.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        messages = [_describe(path, root, data, dict(problem)) for problem in error.errors()]
        raise UserError("\n".join(messages)) from None


def _filled(data: dict[Any, Any], section: Any) -> dict[Any, Any]:
    """Without sections that are left empty: all their keys commented out means their defaults."""
    filled = {}
    for key, value in data.items():
        default = _child(section, key)
        if isinstance(default, BaseModel | dict) and value is None:
            continue
        filled[key] = _filled(value, default) if isinstance(value, dict) else value
    return filled


def _no_repeated_keys(path: Path, node: yaml.Node | None, trail: str = "") -> None:
    """Refuse a key given twice, of which YAML would silently keep the last."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        name = f"{trail}{key.value}"
        if name in seen:
            raise UserError(f"{path}, line {line}: key {name!r} is given twice (also in line {seen[name]}); remove one")
        seen[name] = line
        _no_repeated_keys(path, value, f"{name}.")


def _describe(path: Path, root: yaml.Node | None, data: dict[Any, Any], problem: dict[str, Any]) -> str:
    """One line for one mistake: file, line, key, what is wrong, and what would be right."""
    if problem["type"] == "conflict":
        keys = [key.split(".") for key in problem["ctx"]["keys"]]
        given = next(key for key in keys if key[-1] in _at(data, key[:-1]))
        return f"{path}, line {_line_of(root, given)}: {problem['msg']}"
    # The tag of the discriminated union is part of pydantic's location, but not of the file.
    location = [str(part) for part in problem["loc"] if part not in (*_FORMS, "[key]")]
    line = _line_of(root, location)
    key = ".".join(location)
    place = f"{path}, line {line}" if line else f"{path}"
    if problem["type"] == "extra_forbidden":
        known = _known_keys(location[:-1], data)
        close = difflib.get_close_matches(location[-1], known, n=1)
        remedy = f"did you mean {close[0]!r}?" if close else f"remove it; known there: {', '.join(known)}"
        return f"{place}: unknown key {key!r}; {remedy}"
    if problem["type"] == "union_tag_invalid":
        form = _at(data, location).get("form")
        return f"{place}: {key}.form: must be {' or '.join(_FORMS)}, not {form!r}"
    message = _MESSAGES.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    message = message.replace("Input should be", "must be")
    given = problem.get("input")
    shown = _shown(given)
    is_said = not shown or (isinstance(given, str) and shown in message)
    return f"{place}: {key}: {message}{'' if is_said else f', not {shown}'}"


def _shown(given: Any) -> str:
    """What was given, where that is a single value, as far as a line holds it."""
    if not isinstance(given, str | int | float | date):
        return ""
    shown = str(given) if isinstance(given, date) else repr(given)
    return shown if len(shown) <= _LONG else f"{shown[:60]}… ({len(shown)} characters)"


def _line_of(node: yaml.Node | None, location: list[str]) -> int | None:
    """Line (from 1) of the deepest part of `location` that the file has."""
    line = None
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == part), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _known_keys(location: list[str], data: dict[Any, Any]) -> list[str]:
    """Keys that the section at `location` knows, in the form of prices that the file chose."""
    section: Any = Settings()
    for part in location:
        section = _child(section, part)
        if part == "prices" and _at(data, ["tables", "prices"]).get("form") == "per_outcome":
            section = PricesPerOutcome(form="per_outcome")
    if not isinstance(section, BaseModel):
        return []
    return [field.alias or name for name, field in type(section).model_fields.items()]


def _child(section: Any, key: Any) -> Any:
    """What a section holds under a key of the file (which can be another name than in Python), or None."""
    if not isinstance(section, BaseModel):
        return None
    fields = type(section).model_fields.items()
    return next((getattr(section, name) for name, field in fields if key == (field.alias or name)), None)


def _at(data: Any, location: list[str]) -> dict[Any, Any]:
    """The section of the file at `location`, empty where there is none."""
    for part in location:
        data = data.get(part) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}
