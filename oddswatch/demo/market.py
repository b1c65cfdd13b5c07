"""A market of bookmakers: which there are, how large it is, and its prices at any moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from psycopg2.extensions import connection

from oddswatch.demo.fixtures import LEAGUES, Fixture, League, fixtures, invented_league
from oddswatch.demo.layout import Layout


@dataclass(frozen=True)
class Bookmaker:
    """A bookmaker and how it prices.

    Attributes:
        name: as the collector names it.
        margin: 0.04 is 4 %.
        pace: minutes from one look at its prices to the next; in between it has not heard the news. Who takes more than
            an hour is asleep at times.
        opinion: how far its view of a match is from the news, at most, as a change of the log odds.
        reach: which share of the matches ahead it offers, the next ones first.
    """

    name: str
    margin: float
    pace: int
    opinion: float
    reach: float = 1.0


@dataclass(frozen=True)
class Failure:
    """A collection of one league that stored nothing."""

    moment: datetime
    sport: str
    message: str


# name, margin, pace, opinion
_BOOKMAKERS = (
    ("pinnacle", 0.026, 1, 0.015), ("bet365", 0.044, 120, 0.014), ("unibet", 0.046, 180, 0.014),
    ("williamhill", 0.054, 240, 0.018), ("betfair_ex_eu", 0.023, 15, 0.006), ("betvictor", 0.045, 150, 0.014),
    ("bwin", 0.048, 200, 0.015), ("interwetten", 0.057, 300, 0.020), ("marathonbet", 0.041, 90, 0.013),
    ("onexbet", 0.040, 120, 0.016), ("betsson", 0.047, 180, 0.014), ("nordicbet", 0.047, 180, 0.014),
    ("coolbet", 0.043, 110, 0.013), ("sport888", 0.050, 240, 0.015), ("ladbrokes", 0.053, 260, 0.015),
    ("paddypower", 0.050, 220, 0.015), ("betclic", 0.047, 210, 0.015), ("winamax", 0.046, 190, 0.014),
    ("tipico", 0.053, 280, 0.018), ("leovegas", 0.050, 240, 0.014), ("betway", 0.047, 200, 0.014),
    ("coral", 0.053, 260, 0.015), ("skybet", 0.049, 220, 0.015), ("mybookieag", 0.055, 300, 0.020),
    ("matchbook", 0.025, 20, 0.006),
)  # fmt: skip
_REACHES = (1.0,) * 8 + (0.85, 0.78, 0.7, 0.63, 0.56, 0.5, 0.45, 0.4, 0.34, 0.29, 0.24, 0.2)


@dataclass(frozen=True)
class Market:
    """What there is to collect, and how often a collector did.

    Prices depend on the moment, not on ``collections`` and ``interval``: two markets that differ in nothing else have
    the same live matches at the same prices, behind histories of other length.

    Attributes:
        seed: another seed gives other prices of the same kind.
        ahead: how many matches are on offer at any moment, at least 12.
        collections: how many there have been.
        interval: from one collection to the next.
        bookmakers: the first is the sharp one: it hears all news, its opinions are gone at kick-off, and it is never
            without a price.
        leagues: the leagues; their fixtures follow the calendar.
        rounds_a_week: how often each team plays in a week, 1 to 3.
        missing: share of offers (match and bookmaker) that are never made, and of those made without a draw.
        stale: share of offers that end before kick-off.
        bets: how many settled bets there are in the end; some open ones are added.
    """

    seed: int = 1
    ahead: int = 60
    collections: int = 180
    interval: timedelta = timedelta(hours=4)
    bookmakers: tuple[Bookmaker, ...] = tuple(
        Bookmaker(*bookmaker, reach) for bookmaker, reach in zip(_BOOKMAKERS, _REACHES, strict=False)
    )
    leagues: tuple[League, ...] = LEAGUES
    rounds_a_week: int = 1
    missing: float = 0.02
    stale: float = 0.04
    bets: int = 120

    @property
    def sports(self) -> list[str]:
        """The keys of the leagues."""
        return [league.sport for league in self.leagues]

    def moments(self, last: datetime) -> list[datetime]:
        """When it was collected, oldest first, the last one at ``last``."""
        return [last - self.interval * back for back in reversed(range(self.collections))]

    def fixtures(self, moments: Sequence[datetime]) -> list[Fixture]:
        """The matches that are ahead at one of the moments (ascending), by kick-off."""
        opening = fixtures(self.leagues, self.rounds_a_week, moments[0])
        started = list(takewhile(lambda match: match.kick_off <= moments[-1], opening))
        upcoming = fixtures(self.leagues, self.rounds_a_week, moments[-1])
        return started + [match for _, match in zip(range(self.ahead), upcoming, strict=False)]

    def parameters(
        self, moments: Sequence[datetime], sports: Sequence[str] | None = None, failures: Sequence[Failure] = ()
    ) -> Mapping[str, object]:
        """What ``market.sql`` and ``collect.sql`` need to know: ascending moments, the leagues asked for, failures."""
        matches = self.fixtures(moments)
        return {
            "seed": self.seed,
            "ahead": self.ahead,
            "missing": self.missing,
            "stale": self.stale,
            "moments": list(moments),
            "wanted": list(sports or self.sports),
            "numbers": [match.number for match in matches],
            "match_ids": [match.match_id for match in matches],
            "sports": [match.sport for match in matches],
            "home_teams": [match.home_team for match in matches],
            "away_teams": [match.away_team for match in matches],
            "kick_offs": [match.kick_off for match in matches],
            "homes": [match.home for match in matches],
            "aways": [match.away for match in matches],
            "bookmakers": [bookmaker.name for bookmaker in self.bookmakers],
            "margins": [bookmaker.margin for bookmaker in self.bookmakers],
            "paces": [60 * bookmaker.pace for bookmaker in self.bookmakers],
            "opinions": [bookmaker.opinion for bookmaker in self.bookmakers],
            "reaches": [round(bookmaker.reach * self.ahead) for bookmaker in self.bookmakers],
            "failed_moments": [failure.moment for failure in failures],
            "failed_sports": [failure.sport for failure in failures],
            "messages": [failure.message for failure in failures],
        }


DEMO = Market()
"""144,000 prices of 20 bookmakers over 30 days, every 4 hours, 60 matches ahead."""

LARGE = Market(
    ahead=386,
    collections=1440,
    interval=timedelta(minutes=30),
    bookmakers=tuple(Bookmaker(*bookmaker) for bookmaker in _BOOKMAKERS),
    leagues=LEAGUES + tuple(invented_league(number, 22) for number in range(4, 10)) + (
        invented_league(10, 20), invented_league(11, 20), invented_league(12, 20)),
    rounds_a_week=3,
    missing=0.004,
    stale=0.006,
    bets=300,
)  # fmt: skip
"""13.8 million prices of 25 bookmakers over 30 days, every 30 minutes, 2,000 matches, 386 of them ahead."""

MEDIUM = replace(LARGE, collections=146, interval=timedelta(hours=5))
"""1.4 million prices: the matches ahead of ``LARGE``, collected every 5 hours."""


def collect(connection: connection, layout: Layout, parameters: Mapping[str, object]) -> int:
    """Stores what a collector would have, without a commit; returns the number of rows of prices.

    Args:
        connection: to a database with the target system's tables.
        layout: their form.
        parameters: of ``Market.parameters``: which market, which moments, which leagues.
    """
    with connection.cursor() as cursor:
        cursor.execute(layout.sql("collect.sql"), parameters)
        row = cursor.fetchone()
    return int(row[0]) if row else 0
