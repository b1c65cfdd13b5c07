"""SQL that stores prices, collections and bets of a certain age, counted back from the database's own `now()`.

For rules, which a running Grafana evaluates now; a metric's own tests choose their moment (see `frozen_site`).
"""

from collections.abc import Mapping
from typing import Any


def prices(
    match: str,
    league: str,
    teams: str,
    offers: Mapping[str, tuple[Any, Any, Any]],
    *,
    age: str = "12 minutes 2 seconds",
    kick_off: str = "26 hours 20 minutes",
) -> str:
    """SQL that stores what bookmakers offer on home, draw and away; `teams` as `Home – Away`."""
    home, away = (f"'{team}'" for team in teams.replace("'", "''").split(" – "))
    rows = ", ".join(
        f"('{match}', '{league}', {home}, {away}, now() AT TIME ZONE 'utc' + interval '{kick_off}', '{bookmaker}',"
        f" {home_odds}, {draw_odds}, {away_odds}, now() AT TIME ZONE 'utc' - interval '{age}')"
        for bookmaker, (home_odds, draw_odds, away_odds) in offers.items()
    )
    return (
        "INSERT INTO odds_history (match_id, sport, home_team, away_team, commence_time, bookmaker, home_odds,"
        f" draw_odds, away_odds, collected_at) VALUES {rows};"
    )


def collection(league: str, age: str, status: str = "success", error: str = "NULL", left: str = "NULL") -> str:
    """SQL that logs a collection."""
    return (
        "INSERT INTO collection_logs (sport, matches_count, odds_stored, api_requests_remaining, status, error_message,"
        f" collected_at) VALUES ('{league}', 10, 100, {left}, '{status}', {error},"
        f" now() AT TIME ZONE 'utc' - interval '{age}');"
    )


def bets(number: int, result: str) -> str:
    """SQL that stores bets of 10 at 2.0, each on a match of its own, settled an hour ago."""
    return (
        "INSERT INTO bets (match_id, outcome, bookmaker, odds_value, stake, result, created_at, updated_at)"
        f" SELECT gen_random_uuid(), 'home', 'a', 2, 10, '{result}', now() AT TIME ZONE 'utc' - interval '1 day',"
        f" now() AT TIME ZONE 'utc' - interval '1 hour' FROM generate_series(1, {number});"
    )


def same_prices(*bookmakers: str) -> dict[str, tuple[float, float, float]]:
    """Offers that do not differ, for `prices`."""
    return dict.fromkeys(bookmakers, (2.0, 3.1, 3.4))


def age_rows(table: str, condition: str, age: str) -> str:
    """SQL that makes the rows of a table that fulfil a condition as old as `age`."""
    return f"UPDATE {table} SET collected_at = now() AT TIME ZONE 'utc' - interval '{age}' WHERE {condition};"
