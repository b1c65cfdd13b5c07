"""Catalogues and trees by settings, made once in a process: most tests have the same."""

from functools import cache

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.settings.site import Settings
from oddswatch.tree.compose import compose
from oddswatch.tree.tree import Tree


def catalogue(settings: Settings) -> Catalogue:
    """The catalogue for these settings."""
    return _catalogue(settings.model_dump_json(by_alias=True))


def tree(settings: Settings) -> Tree:
    """The tree for these settings."""
    return _tree(settings.model_dump_json(by_alias=True))


@cache
def _catalogue(settings: str) -> Catalogue:
    return Catalogue(Settings.model_validate_json(settings, by_alias=True, by_name=False))


@cache
def _tree(settings: str) -> Tree:
    return compose(_catalogue(settings))
