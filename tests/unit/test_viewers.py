"""What the bench's ten viewers ask, and when."""

from collections import Counter

import pytest

from benchmarks.viewers import EVERY_PAGE, HABITS, ONE_PAGE, ROUND, ROUNDS, VIEWERS, Page

MINUTE, FIVE_MINUTES, ONCE = Page(60, {}), Page(300, {}), Page(600, {})
PAGES = [MINUTE, FIVE_MINUTES, ONCE, Page(60.0, {"another": {}})]


@pytest.mark.parametrize("habit", HABITS)
def test_what_is_asked_in_a_round_is_asked_in_its_time_and_in_order(habit: str) -> None:
    for viewer in range(VIEWERS):
        for number in range(ROUNDS):
            moments = [due for due, _ in HABITS[habit](PAGES, viewer, number)]
            assert moments == sorted(moments)
            assert all(0 <= due < ROUND for due in moments)


def test_who_looks_at_one_page_has_seen_every_page_after_as_many_rounds() -> None:
    for viewer in range(VIEWERS):
        plans = [HABITS[ONE_PAGE](PAGES, viewer, number) for number in range(len(PAGES))]
        assert [len(plan) for plan in plans] == [1] * len(PAGES)
        assert {id(page) for ((_, page),) in plans} == {id(page) for page in PAGES}


def test_not_all_look_at_the_same_page() -> None:
    seen = {id(page) for viewer in range(VIEWERS) for _, page in HABITS[ONE_PAGE](PAGES, viewer, 0)}
    assert len(seen) == len(PAGES)


def test_who_looks_at_every_page_asks_each_on_its_refresh() -> None:
    """Ten minutes: ten times a page of every minute, twice one of five, once one without a refresh."""
    assert ROUNDS * ROUND == 600
    for viewer in range(VIEWERS):
        asked = Counter(
            page.refresh
            for number in range(ROUNDS)
            for _, page in HABITS[EVERY_PAGE]([MINUTE, FIVE_MINUTES, ONCE], viewer, number)
        )
        assert asked == {60: 10, 300: 2, 600: 1}
