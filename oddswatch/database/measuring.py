"""What the rows of a database tell about its configuration: its times, its interval, the words in its columns."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from oddswatch.database.execute import run
from oddswatch.database.fitting import Fit
from oddswatch.database.relations import newest
from oddswatch.quoting import identifier
from oddswatch.settings.collection import Collection
from oddswatch.settings.fields import seconds

#: Words that mean neither success nor a result, and need no list.
FAILURES = ("error", "failed", "failure", "timeout")
OPEN = ("open", "pending")


def times(session: Any, prices: Fit, notes: list[str]) -> dict[str, Any]:
    """How moments are kept, by the prices; a clock that is no UTC clock shows as prices from the future."""
    column = prices.columns["collected_at"]
    if column is None:
        return {}
    zoned = prices.relation.columns[column] == "timestamp with time zone"
    ahead = newest(session, prices.relation, column)
    if not zoned and ahead > 300:  # five minutes is more than a clock's error
        notes.append(f"the newest price is {ahead / 3600:.1f} hours ahead of UTC: naive columns must hold UTC")
    return {"times": "timestamptz" if zoned else "naive_utc"}


def interval(session: Any, fit: Fit, notes: list[str]) -> dict[str, Any]:
    """The time between two collections of a league that 9 of 10 do not exceed, of those in the last two weeks."""
    league, column = fit.columns["league"], fit.columns["collected_at"]
    if league is None or column is None:
        return {}
    [(count, longest)] = run(
        session,
        f"""
        SELECT count(*), percentile_disc(0.9) WITHIN GROUP (ORDER BY distance)
        FROM (
            SELECT extract(EPOCH FROM minute - lag(minute) OVER (PARTITION BY league ORDER BY minute)) AS distance
            FROM (
                SELECT DISTINCT {identifier(league)} AS league, date_trunc('minute', {identifier(column)}) AS minute
                FROM {fit.relation.quoted}
                WHERE {identifier(column)} > now() - interval '15 days'
            ) AS minutes
        ) AS distances
        WHERE distance IS NOT NULL
        """,
    ).rows
    if count < 5:  # fewer say nothing
        notes.append("too few collections in the last 15 days to measure collection.interval")
        return {}
    found = _duration(float(longest))
    notes.append(f"measured: {count} collections in 15 days, 9 of 10 at most {found} after the one before")
    return {"collection": {"interval": found} | _longer_than_silence(found)}


def _longer_than_silence(interval: str) -> dict[str, str]:
    """A bookmaker must not be forgotten before it is silent: where collections are rare, the default is too short."""
    usual = Collection()
    silent = seconds(interval) * usual.silent_after_intervals
    return (
        {"forget_bookmaker_after": f"{round(silent * 2 / 3600)}h"} if silent >= usual.forget_bookmaker_seconds else {}
    )


def _duration(length: float) -> str:
    """Seconds as config.yml writes them, rounded to what a timetable would say."""
    minutes = max(1, round(length / 60))
    if minutes > 20:  # a minute more or less is the collector's own duration
        minutes = round(minutes / 5) * 5
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def unknown_words(
    session: Any, fit: Fit, key: str, lists: Mapping[str, Sequence[str]], others: Sequence[str]
) -> Iterator[str]:
    """Yield a note about the words in the column of a key that are neither in one of the `lists` nor in `others`.

    The lists are those of the configuration, by their full keys.
    """
    column = fit.columns[key]
    if column is None:
        return
    words = run(
        session,
        f"SELECT DISTINCT lower(trim({identifier(column)}::text)) FROM {fit.relation.quoted}"
        f" WHERE {identifier(column)} IS NOT NULL ORDER BY 1 LIMIT 20",
    ).rows
    listed = {word for known in lists.values() for word in known} | set(others)
    unknown = [word for (word,) in words if word and word not in listed]
    if unknown:
        place, found = f"{fit.relation.reference}.{column}", ", ".join(map(repr, unknown))
        yield f"{place} also holds {found}: add to {' or '.join(lists)} what belongs there"
