"""Unknown versions are warned about, never refused."""

import pytest

from oddswatch.database.version import postgres_warning
from oddswatch.grafana.version import grafana_warning


@pytest.mark.parametrize("version", ["12.2.0", "12.2.1", "12.2.0-pre"])
def test_a_grafana_that_was_tried_needs_no_word(version: str) -> None:
    assert grafana_warning(version) is None


@pytest.mark.parametrize("version", ["12.1.9", "12.20.0", "13.0.1", "main"])
def test_another_grafana_is_named_with_what_to_do(version: str) -> None:
    warning = grafana_warning(version)
    assert warning is not None
    assert warning.startswith(f"Grafana {version} was not tried with this; it was with 12.2.")


def test_postgres_is_warned_about_outside_of_what_was_tried() -> None:
    assert [postgres_warning(number) is None for number in (140_012, 150_018, 180_004, 190_000)] == [
        False,
        True,
        True,
        False,
    ]
