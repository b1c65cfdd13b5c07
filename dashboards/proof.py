"""Proof: do the alerts deserve to be read?"""

from dataclasses import replace

from dashboards.style.chosen import range_end
from dashboards.style.colours import GREEN, GREY, LOSS, ORANGE, RED
from dashboards.style.columns import coloured, coloured_gains, coloured_texts, minimum_widths, widths
from dashboards.style.links import to_match
from dashboards.style.numbers import text_stat
from dashboards.style.page import Row, dashboard
from dashboards.style.panel import Panel
from dashboards.style.rankings import said_and_seen
from dashboards.style.shared import part, shared
from dashboards.style.tables import table
from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.json_types import Json

NAME = "proof"

_NONE = "No past match has prices yet"
#: The table of what alerts kept.
_KEPT = ("title", "kept_pct", "likely", "promised_pct", "signals", "still_there_pct", "later_kept_pct", "price")
#: What `_answer` calls what is drawn against each other.
_DRAWN = ("said", "equal", "low", "seen", "high")
#: A verdict is coloured; too few to say is none.
_VERDICTS = {"Worth it.*": GREEN, "Not worth it.*": RED, "Too few.*": GREY}


def build(catalogue: Catalogue) -> Json:
    """Build the dashboard."""
    value, spread, surebet = _verdicts(_answer(catalogue))
    rows = [
        Row("Do my alerts deserve to be read?", (value, spread, surebet, _coverage(value))),
        Row(
            "Did they keep what they promised?",
            (_kept(catalogue, value), _promised_against_kept(value)),
        ),
        *_results(catalogue),
        Row("What would other thresholds have kept?", (_thresholds(catalogue),), collapsed=True),
        Row("Where did they keep most?", (_leagues(catalogue),), collapsed=True),
        Row("What became of each?", (_one_by_one(catalogue),), collapsed=True),
    ]
    return dashboard(
        NAME,
        "Proof",
        "What every past alert was worth by the final prices, which is the fairest judge there is before thousands of "
        "bets. It is not profit.",
        rows,
        time_zone=catalogue.settings.time_zone,
        time_from=f"now-{catalogue.settings.proof.window}",
        fixed=True,
    )


def verdicts(catalogue: Catalogue, links: list[Json]) -> tuple[Panel, ...]:
    """The verdicts for another page, whose time range is not that of Proof."""
    columns = "value_bets, high_spreads, surebets"
    sql = catalogue.select("proof", columns, limit=1, mailed="all", at=_end(catalogue))
    window = catalogue.settings.proof.window
    return tuple(replace(panel, time_from=window) for panel in _verdicts(sql, "proof-", links=links))


def _verdicts(sql: str, prefix: str = "", *, links: list[Json] | None = None) -> tuple[Panel, Panel, Panel]:
    """What past value bets and high spreads were worth and whether surebets were still there, in a sentence each.

    `sql` asks for these columns of "Past alerts, all that is known of them"; keys of the panels begin with `prefix`.
    """
    value = _verdict(f"{prefix}value", "Value bets", "value_bets", sql, links)
    spread = shared(_verdict(f"{prefix}spread", "High spreads", "high_spreads", "", links), value)
    surebet = text_stat(
        f"{prefix}surebet",
        "Surebets",
        "How many of the surebets that would have been mailed were still one at the match's next collection. What "
        "they kept is their profit by construction; whether they were still there is the question.",
        "",
        {},
        empty=_NONE,
        width=8,
        height=5,
        links=links,
        size=22,
        column="surebets",
    )
    return value, spread, shared(surebet, value)


def _verdict(key: str, title: str, column: str, sql: str, links: list[Json] | None) -> Panel:
    return text_stat(
        key,
        title,
        "The verdict on all that would have been mailed with today's settings, beyond 2.5 standard errors and 30 "
        "matches; before that there is none. Kept is what a bet at the alert's price was worth by the final prices.",
        sql,
        _VERDICTS,
        empty=f"No such alert so far: {_NONE.lower()}, or nothing reached the threshold",
        width=8,
        height=5,
        links=links,
        size=22,
        column=column,
    )


def _answer(catalogue: Catalogue) -> str:
    """What all open rows of the page show; the rows of one kind in the order in which they are drawn."""
    drawn = ("promised_pct", "promised_pct", "kept_from_pct", "kept_pct", "kept_to_pct")
    columns = (
        *("value_bets", "high_spreads", "surebets", "looked_at", "kind", "is_mailed", "error_pct", *_KEPT),
        *(f"{column} AS {name}" for column, name in zip(drawn, _DRAWN, strict=True)),
    )
    order = "kind = 'any', kind DESC, promised_pct, threshold"
    return catalogue.select("proof", ", ".join(columns), order_by=order, mailed="spread", at=_end(catalogue))


def _end(catalogue: Catalogue) -> str:
    return range_end(catalogue.settings.times)


def _coverage(source: Panel) -> Panel:
    coverage = text_stat(
        "coverage",
        "What this looked at",
        "The matches and prices behind this page, and what it does not know.",
        "",
        {},
        empty=_NONE,
        width=24,
        # On a phone the sentences of a sample take seven lines.
        height=5,
        size=13,
        column="looked_at",
    )
    return shared(coverage, source)


def _kept(catalogue: Catalogue, source: Panel) -> Panel:
    kept = table(
        "kept",
        "Promised and kept",
        "Kept: the mean of net price × fair chance at the end − 1. Likely: two standard errors to either side, bets "
        "on one match taken as one. Still there: the same bookmaker's next price was as high; without one it was gone. "
        "One collection later: kept by who came late. The last line is the best price of every outcome: what betting "
        "on everything keeps. Only a verdict is green.",
        "",
        catalogue["proof"],
        _KEPT,
        empty=_NONE,
        height=6,
        overrides=(
            *(coloured(name, LOSS) for name in ("kept_pct", "later_kept_pct")),
            *minimum_widths({"title": 170, "likely": 150}),
        ),
    )
    return part(shared(kept, source), where={"is_mailed": True}, columns=_KEPT)


def _promised_against_kept(source: Panel) -> Panel:
    promised = said_and_seen(
        "promised-against-kept",
        "Value bets: promised against kept",
        "One point for each threshold: what value bets from it on promised, and what they kept by the final prices. "
        "The band is the likely range, two standard errors to either side: where it holds the dashed line they may "
        "have kept all that they promised, where it holds zero nothing. Whether they were worth it says the verdict "
        "above, which needs more than a band: 30 matches and 2.5 errors.",
        "",
        said="Promised",
        equal="As promised",
        seen="Kept",
        empty="Too few past value bets with a final price",
        width=24,
        height=8,
    )
    return part(shared(promised, source), where={"kind": "value"}, known="error_pct", columns=_DRAWN)


def _results(catalogue: Catalogue) -> tuple[Row, ...]:
    """What the results say, where the site has a table of them."""
    if not catalogue.settings.tables.results.enabled:
        return ()
    return (Row("Results: did they agree?", (_won(catalogue), _calibration(catalogue))),)


def _won(catalogue: Catalogue) -> Panel:
    columns = ("title", "yield_pct", "enough", "likely", "kept_pct", "kept_likely", "settled", "unsettled", "won")
    return table(
        "results",
        "What the alerts would have won: noise below thousands of bets",
        "The yield of the same stake on every alert, beside what the final prices said of the same alerts. Likely: two "
        "standard errors to either side. Yields of fewer than thousands of bets are noise, good ones and bad ones: "
        "judge by the final prices, which need a hundredth of the bets.",
        catalogue.select("proof_results", ", ".join(columns), order_by="kind = 'any', kind DESC", at=_end(catalogue)),
        catalogue["proof_results"],
        columns,
        empty=_NONE,
        height=6,
        overrides=minimum_widths({"title": 170, "likely": 150, "kept_likely": 150, "enough": 230}),
    )


def _calibration(catalogue: Catalogue) -> Panel:
    return said_and_seen(
        "calibration",
        "Chances: said against came true",
        "Every outcome of the past matches with a result, by the chance that the fair price at the end gave it: how "
        "many of a hundred came. Where the band holds the dashed line, chances are what they say they are; where it "
        "does not in several places, try another value.method.",
        catalogue.select(
            "proof_calibration",
            "said_pct AS said, said_pct AS equal, seen_from_pct AS low, seen_pct AS seen, seen_to_pct AS high",
            order_by="said_pct",
            at=_end(catalogue),
        ),
        said="Said",
        equal="As said",
        seen="Came true",
        empty="No past match with a final price has a result yet",
        width=24,
    )


def _thresholds(catalogue: Catalogue) -> Panel:
    columns = ("title", "kept_pct", "likely", "promised_pct", "signals", "matches", "still_there_pct", "price")
    return table(
        "thresholds",
        "Promised against kept, from other thresholds on",
        "The same for thresholds that are not mailed. Whoever chooses the best of many finds one that looks good by "
        "chance: set proof.since to today when you change a threshold, and wait.",
        catalogue.select(
            "signal_proof",
            ", ".join(columns),
            where="kind <> 'any'",
            order_by="kind DESC, threshold",
            at=_end(catalogue),
        ),
        catalogue["signal_proof"],
        columns,
        empty=_NONE,
        height=10,
        overrides=minimum_widths({"title": 170, "likely": 150}),
    )


def _leagues(catalogue: Catalogue) -> Panel:
    columns = ("kind", "league_name", "clv_pct", "error_pct", "signals", "matches")
    return table(
        "leagues",
        "Kept by league",
        "What they kept in each league, with its standard error.",
        catalogue.select("proof_by_league", ", ".join(columns), order_by="kind DESC, league_name", at=_end(catalogue)),
        catalogue["proof_by_league"],
        columns,
        empty=_NONE,
        height=9,
        overrides=minimum_widths({"kind": 130, "league_name": 140}),
    )


def _one_by_one(catalogue: Catalogue) -> Panel:
    columns = (
        "match_id",
        "match",
        "bet",
        "clv_pct",
        "promised_pct",
        "kind",
        "closing_price",
        "still_there",
        "later_clv_pct",
        "seen_at",
        "kick_off",
        "league_name",
    )
    return table(
        "one-by-one",
        "Every alert",
        "Each value bet and high spread that would have been mailed with today's settings, the newest first. Kept is "
        "empty where no final price is known.",
        catalogue.select(
            "proof_signals", ", ".join(columns), order_by="seen_at DESC, match_id, bet, kind", at=_end(catalogue)
        ),
        catalogue["proof_signals"],
        columns,
        empty="No alert about a past match",
        height=12,
        hidden=("match_id",),
        overrides=(
            to_match(),
            *coloured_gains("clv_pct", "later_clv_pct"),
            coloured_texts("still_there", {"yes": GREEN, "no": ORANGE}),
            *minimum_widths({"bet": 170, "still_there": 125}),
            *widths({"kind": 100, "league_name": 140}),
        ),
    )
