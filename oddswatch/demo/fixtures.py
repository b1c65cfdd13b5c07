"""Who plays whom and when: an endless fixture list that is the same at every look at it."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_FIRST_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class League:
    """A league: its key as the collector names it, and its teams, the strongest first; an even number of them."""

    sport: str
    teams: tuple[str, ...]
    weekend: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fixture:
    """A match. `number` counts all matches by kick-off; `home` and `away` are log odds against the draw."""

    number: int
    match_id: str
    sport: str
    home_team: str
    away_team: str
    kick_off: datetime
    home: float
    away: float


EPL = League(
    "soccer_epl",
    (
        "Manchester City", "Arsenal", "Liverpool", "Chelsea", "Tottenham Hotspur", "Newcastle United", "Aston Villa",
        "Manchester United", "Brighton and Hove Albion", "Nottingham Forest", "Crystal Palace", "Bournemouth", "Fulham",
        "Brentford", "Everton", "West Ham United", "Wolverhampton Wanderers", "Leeds United", "Sunderland", "Burnley",
    ),
    ("Fri 20:00", "Sat 12:30", "Sat 15:00", "Sat 15:00", "Sat 15:00", "Sat 17:30", "Sun 14:00", "Sun 14:00",
     "Sun 16:30", "Mon 20:00"),
)  # fmt: skip
LA_LIGA = League(
    "soccer_spain_la_liga",
    (
        "Real Madrid", "Barcelona", "Atlético Madrid", "Athletic Bilbao", "Villarreal", "Real Betis", "Real Sociedad",
        "Sevilla", "Valencia", "Girona", "Celta Vigo", "Osasuna", "Rayo Vallecano", "Mallorca", "Getafe", "Espanyol",
        "Alavés", "Levante", "Elche CF", "Oviedo",
    ),
    ("Fri 20:00", "Sat 13:00", "Sat 15:15", "Sat 17:30", "Sat 20:00", "Sun 13:00", "Sun 15:15", "Sun 17:30",
     "Sun 20:00", "Mon 20:00"),
)  # fmt: skip
LIGUE_1 = League(
    "soccer_france_ligue_one",
    (
        "Paris Saint Germain", "Marseille", "Monaco", "Lyon", "Lille", "Nice", "Lens", "Rennes", "Strasbourg", "Brest",
        "Toulouse", "Nantes", "Auxerre", "Le Havre", "Angers", "Lorient", "Paris FC", "Metz",
    ),
    ("Fri 19:45", "Sat 16:00", "Sat 18:00", "Sat 20:05", "Sun 14:00", "Sun 16:15", "Sun 16:15", "Sun 16:15",
     "Sun 19:45"),
)  # fmt: skip
LEAGUES = (EPL, LA_LIGA, LIGUE_1)

_WEEKEND = ("Fri 18:30", "Sat 12:00", "Sat 14:30", "Sat 14:30", "Sat 14:30", "Sat 17:30", "Sat 19:30", "Sun 13:30",
            "Sun 15:30", "Sun 17:30", "Mon 19:30")  # fmt: skip
_MIDWEEK = (
    ("Tue 17:30",) * 2 + ("Tue 19:00",) * 3 + ("Wed 17:30",) * 3 + ("Wed 20:00",) * 3,
    ("Thu 16:45",) * 3 + ("Thu 18:45",) * 3 + ("Thu 21:00",) * 3 + ("Fri 16:00",) * 2,
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def invented_league(number: int, teams: int) -> League:
    """A league that does not exist, with an even number of teams up to 22."""
    name = f"League {number:02}"
    return League(f"soccer_league_{number:02}", tuple(f"{name} Team {team:02}" for team in range(1, teams + 1)))


def fixtures(leagues: Sequence[League], rounds_a_week: int, since: datetime) -> Iterator[Fixture]:
    """The matches that kick off after `since`, by kick-off, without end.

    Args:
        leagues: the leagues.
        rounds_a_week: how often each team plays in a week, 1 to 3.
        since: a moment with a time zone.
    """
    week = (since - _FIRST_MONDAY) // _WEEK
    while True:
        matches = sorted(
            (kick_off, league.sport, home, away, league)
            for league in leagues
            for kick_off, home, away in _week_of(league, rounds_a_week, week)
        )
        for place, (kick_off, sport, home, away, league) in enumerate(matches):
            if kick_off > since:
                name = f"{sport}|{home}|{away}|{kick_off.isoformat()}"
                match_id = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
                lead = 0.8 * (_strength(league, home) - _strength(league, away))
                # Equal teams: 44 % home, 27 % draw, 29 % away.
                at_home, away_from_home = math.log(44 / 27) + lead, math.log(29 / 27) - lead
                yield Fixture(
                    week * len(matches) + place, match_id, sport, home, away, kick_off, at_home, away_from_home
                )
        week += 1


def _week_of(league: League, rounds_a_week: int, week: int) -> Iterator[tuple[datetime, str, str]]:
    monday = _FIRST_MONDAY + week * _WEEK
    for part in range(rounds_a_week):
        slots = (league.weekend or _WEEKEND) if part == 0 else _MIDWEEK[part - 1]
        pairs = _round_of(league.teams, week * rounds_a_week + part)
        # Big matches are not always on Monday: the slots go round from week to week.
        for place, (home, away) in enumerate(pairs):
            day, time = slots[(place + week) % len(pairs)].split()
            hour, minute = time.split(":")
            offset = timedelta(days=_DAYS.index(day), hours=int(hour), minutes=int(minute))
            yield monday + offset, home, away


def _round_of(teams: tuple[str, ...], number: int) -> list[tuple[str, str]]:
    """One round of an endless double round robin, by the circle method."""
    half, place = divmod(number % (2 * (len(teams) - 1)), len(teams) - 1)
    circle = [teams[0], *(teams[1:][place:] + teams[1:][:place])]
    pairs = [(circle[i], circle[-1 - i]) for i in range(len(teams) // 2)]
    return [(b, a) if (half + i + (place if i == 0 else 0)) % 2 else (a, b) for i, (a, b) in enumerate(pairs)]


def _strength(league: League, team: str) -> float:
    """From 0.85 for the first team of the league down to -0.65 for the last."""
    return 0.85 - 1.5 * league.teams.index(team) / (len(league.teams) - 1)
