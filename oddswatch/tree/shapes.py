"""What a file of a tree must hold to be compared with another: it is checked where a tree is read from disk."""

from typing import Any

from pydantic import BaseModel, Field, ValidationError


class _File(BaseModel):
    """Any file: a mapping."""


class _Panel(BaseModel):
    title: str
    panels: list["_Panel"] = []


class _Dashboard(_File):
    uid: str
    title: str
    panels: list[_Panel]


class _Rule(BaseModel):
    uid: str
    title: str


class _Group(BaseModel):
    name: str
    rules: list[_Rule]


class _HasUid(BaseModel):
    uid: str


class _HasName(BaseModel):
    name: str


class _Policies(BaseModel):
    receiver: str


class _Alerting(_File):
    groups: list[_Group] | None = None
    contact_points: list[_HasName] | None = Field(None, alias="contactPoints")
    templates: list[_HasName] | None = None
    mute_timings: list[_HasName] | None = Field(None, alias="muteTimes")
    policies: list[_Policies] | None = None
    deleted_rules: list[_HasUid] | None = Field(None, alias="deleteRules")


def complaint(name: str, content: Any) -> str:
    """Return what is wrong with the content of the file called `name` in its tree, or an empty text."""
    if name.endswith(".json"):
        shape: type[_File] = _Dashboard
    else:
        shape = _Alerting if name.startswith("alerting/") else _File
        content = {} if content is None else content
    try:
        shape.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{place}: {first['msg']}" if place else first["msg"]
    return ""
