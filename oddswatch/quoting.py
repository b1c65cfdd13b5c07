"""Names and texts of others as parts of SQL."""


def identifier(name: str) -> str:
    """Quote one name; a dot in it is part of the name."""
    return '"' + name.replace('"', '""') + '"'


def relation(name: str) -> str:
    """Quote the name of a table or view; `schema.table` becomes `"schema"."table"`."""
    return ".".join(identifier(part) for part in name.split("."))


def literal(text: str) -> str:
    """Quote a text (with standard_conforming_strings, PostgreSQL's default)."""
    return "'" + text.replace("'", "''") + "'"
