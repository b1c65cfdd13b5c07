"""What Proof says after reading more prices, and how long that takes."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg2

from dashboards.style.chosen import range_end
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.database import connection
from oddswatch.database.execute import run
from oddswatch.database.macros import TimeRange, expand
from oddswatch.database.refusals import complaint
from oddswatch.settings.site import Settings

SAMPLES = (200_000, 400_000, 1_000_000, 2_000_000, 3_500_000, 5_000_000)


@dataclass(frozen=True)
class Verdict:
    """What is said of value bets after reading about so many prices of so many matches.

    `seconds` of one warm run; None where the server ended it.
    """

    prices: int
    matches: int
    seconds: float | None
    said: str


def measure(settings: Settings, environment: Mapping[str, str], prices: int) -> Iterator[Verdict]:
    """Ask Proof with every sample size that `prices`, as many as are stored, suffice for; a refusal is what it says."""
    now = datetime.now(UTC)
    span = TimeRange(now - timedelta(seconds=settings.proof.window_seconds), now)
    at = range_end(settings.times)
    with closing(connection.connect(environment=environment)) as session:
        for rows in SAMPLES:
            if rows > prices:
                return
            proof = settings.proof.model_copy(update={"sample_rows": rows})
            catalogue = Catalogue(settings.model_copy(update={"proof": proof}))
            [(matches,)] = run(session, expand(catalogue.select("past_matches", "count(*)", at=at), span, 60_000)).rows
            asked = expand(catalogue.select("proof", "value_bets", limit=1, mailed="all", at=at), span, 60_000)
            try:
                run(session, asked)
                answer = run(session, asked)
            except psycopg2.Error as error:
                yield Verdict(rows, matches, None, complaint(error))
                continue
            yield Verdict(rows, matches, answer.milliseconds / 1000, answer.rows[0][0])
