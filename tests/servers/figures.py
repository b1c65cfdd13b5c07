"""The figures of docs/betting.md: `make figures`, or `python -m tests.servers.figures`.

The tables between the page's markers and the picture of calibration, both by the product's own SQL on real prices;
tests/database/test_worth_on_real_prices.py holds the numbers against independent ones.
"""

import math
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from statistics import mean, median
from typing import Any, NamedTuple

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.demo.schema import create_schema
from oddswatch.names import ROOT
from oddswatch.servers.postgres import EmbeddedPostgres
from tests.data import past, real_file
from tests.data.worth import OUTCOMES, clustered

PAGE = ROOT / "docs" / "betting.md"
PICTURE = ROOT / "docs" / "images" / "calibration.svg"
METHODS = ("power", "shin", "additive", "multiplicative")
#: The bookmaker at which everything is backed, to show what a comparison with raw prices makes of its margin.
ANY_BOOKMAKER = "bet365"
#: Where the bins of the calibration begin; the last one ends at 1.
BINS = (0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7)

_BEST_OFFERS = """
judged AS MATERIALIZED (SELECT lot, outcome, bookmaker, net_price FROM {judged_offers}),
bets AS MATERIALIZED (
  SELECT opened.match_id, judged.outcome, judged.bookmaker, judged.net_price, NULL::double precision AS raw
  FROM judged
  INNER JOIN (SELECT DISTINCT lot, match_id FROM opening) AS opened ON judged.lot = opened.lot
),
"""
_EVERYTHING = f"""
bets AS MATERIALIZED (
  SELECT
    opening.match_id, outcomes.outcome, opening.bookmaker, outcomes.price AS net_price,
    outcomes.price / outcomes.last - 1 AS raw
  FROM opening
  INNER JOIN closes ON opening.match_id = closes.match_id AND opening.bookmaker = closes.bookmaker
  CROSS JOIN LATERAL (
    VALUES
    ('home', opening.home_price, closes.home_price),
    ('draw', opening.draw_price, closes.draw_price),
    ('away', opening.away_price, closes.away_price)
  ) AS outcomes (outcome, price, last)
  WHERE opening.bookmaker = '{ANY_BOOKMAKER}'
),
"""
#: Any bets at opening prices, held against the close. Each part once: the planner takes them all for a handful.
_JUDGED = """
WITH past AS MATERIALIZED (
  SELECT
    lot, match_id, is_close, bookmaker, home_price, draw_price, away_price, true AS is_complete, has_draw, collected_at
  FROM {past_books}
),
opening AS MATERIALIZED (SELECT * FROM past WHERE NOT is_close),
closes AS MATERIALIZED (SELECT * FROM past WHERE is_close),
{bets}
asked AS MATERIALIZED (
  SELECT DISTINCT closes.lot, bets.match_id, bets.bookmaker
  FROM bets
  INNER JOIN closes ON bets.match_id = closes.match_id
),
fair AS MATERIALIZED (SELECT lot, bookmaker, home_chance, draw_chance, away_chance FROM {fair_chances})
SELECT
  bets.match_id, bets.outcome, bets.net_price,
  bets.net_price * CASE bets.outcome
    WHEN 'home' THEN fair.home_chance WHEN 'draw' THEN fair.draw_chance ELSE fair.away_chance
  END - 1,
  bets.raw
FROM bets
INNER JOIN asked ON bets.match_id = asked.match_id AND bets.bookmaker = asked.bookmaker
INNER JOIN fair ON asked.lot = fair.lot AND asked.bookmaker = fair.bookmaker
"""
_SAID = """
WITH books AS (
  SELECT
    match_id, home_odds::double precision AS home_price, draw_odds::double precision AS draw_price,
    away_odds::double precision AS away_price
  FROM odds_history
  WHERE bookmaker = 'pinnacle' AND collected_at > commence_time - interval '1 day'
)
SELECT chances.match_id, chances.home_chance, chances.draw_chance, chances.away_chance FROM {chances}
"""


class Bet(NamedTuple):
    """A bet at an opening price; what it was worth by the close, and by the bookmaker's own last price (`raw`)."""

    match_id: str
    outcome: str
    price: float
    worth: float
    raw: float | None = None


class Bin(NamedTuple):
    """What was said and seen of outcomes with chances that are much the same; `error` is the standard error of seen."""

    number: int
    said: float
    seen: float
    error: float


Results = Mapping[str, str]


def main() -> int:
    """Write the tables and the picture; return the exit code: 1 where the file of real prices is missing."""
    if not real_file.FILE.exists():
        print("the figures need the file of real prices (ODDS_PRICES_FILE names it)", file=sys.stderr)
        return 1
    matches = real_file.read()
    with (
        tempfile.TemporaryDirectory(prefix="oddswatch-figures-") as place,
        EmbeddedPostgres(Path(place) / "postgres") as postgres,
        closing(postgres.connect()) as session,
    ):
        create_schema(session)
        real_file.store(session, matches)
        results = {match.match_id: match.outcome for match in matches}
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(filled(page, tables(session, results)), encoding="utf-8")
        bins = {
            method: calibration(said_and_seen(session, catalogue(method), results))
            for method in ("power", "multiplicative")
        }
        PICTURE.write_text(picture(bins), encoding="utf-8")
    return 0


def catalogue(method: str = "power") -> Catalogue:
    """The catalogue of a site that takes margins out by `method`."""
    return Catalogue(real_file.settings(value={"method": method}))


# --- numbers


def signals(session: Any, catalogue: Catalogue) -> dict[tuple[str, float], list[Bet]]:
    """The product's signals before the close, by kind and threshold in percent."""
    sql = catalogue.select(
        "past_signals",
        "kind, threshold, match_id, outcome, net_price, clv_pct / 100",
        where="clv_pct IS NOT NULL",
        at=real_file.AFTER,
    )
    found = defaultdict(list)
    for kind, threshold, *bet in _ask(session, sql):
        found[kind, threshold].append(Bet(*bet))
    return found


def best_offers(session: Any, catalogue: Catalogue, least: float, judge: Catalogue) -> list[Bet]:
    """The best opening offers worth at least `least` (a share), without guards, held against the close of `judge`."""
    offers = catalogue.ref("judged_offers", of="opening", least=str(least))
    return _judged(session, judge, _BEST_OFFERS.format(judged_offers=offers))


def everything(session: Any, catalogue: Catalogue) -> list[Bet]:
    """Every outcome at the opening price of one bookmaker."""
    return _judged(session, catalogue, _EVERYTHING)


def said_and_seen(session: Any, catalogue: Catalogue, results: Results) -> list[tuple[float, bool]]:
    """The chance of every outcome by Pinnacle's last prices, and whether it happened."""
    rows = _ask(session, _SAID.format(chances=catalogue.ref("chances", of="books", keep="match_id")))
    return [
        (chance, results[match] == outcome)
        for match, *chances in rows
        for outcome, chance in zip(OUTCOMES, chances, strict=True)
    ]


def calibration(observations: Iterable[tuple[float, bool]]) -> list[Bin]:
    """What was said and seen, in `BINS`."""
    bins: dict[float, list[tuple[float, bool]]] = {begin: [] for begin in BINS}
    for observation in observations:
        bins[max(begin for begin in BINS if begin <= observation[0])].append(observation)
    found = []
    for content in bins.values():
        said, seen = mean(chance for chance, _ in content), mean(happened for _, happened in content)
        found.append(Bin(len(content), said, seen, math.sqrt(said * (1 - said) / len(content))))
    return found


def _judged(session: Any, catalogue: Catalogue, bets: str) -> list[Bet]:
    sql = _JUDGED.format(
        past_books=past.past_books(catalogue, real_file.AFTER),
        fair_chances=catalogue.ref("fair_chances", of="closes", asked="asked"),
        bets=bets,
    )
    return [Bet(*row) for row in _ask(session, sql)]


def _ask(session: Any, sql: str) -> list[tuple[Any, ...]]:
    with session.cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


# --- the page


def tables(session: Any, results: Results) -> dict[str, str]:
    """The page's tables by the names of their markers, in Markdown."""
    power = catalogue("power")
    found = signals(session, power)
    bets = {
        "every outcome": found["any", 0],
        **{f"spread of {least} % or more": found["spread", least] for least in (5, 10, 20, 50)},
        "value of 2 % or more, without the guards": best_offers(session, power, 0.02, power),
        **{f"value of {least} % or more, with the guards": found["value", least] for least in (1, 2, 3)},
    }
    methods = {}
    for method in METHODS:
        own = best_offers(session, catalogue(method), 0.03, catalogue(method))
        by_power = best_offers(session, catalogue(method), 0.03, power)
        methods[method] = (len(own), _worth(own), _worth(by_power), _paid(own, results))
    alone = everything(session, power)
    raw = _percent(alone, [bet.raw or 0 for bet in alone])
    return {
        "bets": _table(
            ("Backed at the opening price", "Bets", "Typical price", "Worth by the final price", "Paid in the end"),
            [
                (name, len(rows), f"{median(bet.price for bet in rows):.1f}", _worth(rows), _paid(rows, results))
                for name, rows in bets.items()
            ],
        ),
        "methods": _table(
            ("Margin taken out", "“Value of 3 %”", "Worth by itself", "Worth by power", "Paid in the end"),
            [(method, *cells) for method, cells in methods.items()],
        ),
        "raw": _table(
            (
                f"Every outcome at {ANY_BOOKMAKER}",
                "Against its own last price",
                "Worth by the final price",
                "Paid in the end",
            ),
            [(f"{len(alone)} bets", raw, _worth(alone), _paid(alone, results))],
        ),
    }


def filled(page: str, tables: Mapping[str, str]) -> str:
    """The page with the tables between their markers."""
    for name, table in tables.items():
        begin, end = f"<!-- figures: {name} -->\n", "<!-- end -->"
        before, _, rest = page.partition(begin)
        page = before + begin + table + end + rest.partition(end)[2]
    return page


def _worth(bets: Sequence[Bet]) -> str:
    return _percent(bets, [bet.worth for bet in bets])


def _paid(bets: Sequence[Bet], results: Results) -> str:
    if not any(results[bet.match_id] == bet.outcome for bet in bets):
        return "none won"
    return _percent(bets, [(bet.price if results[bet.match_id] == bet.outcome else 0) - 1 for bet in bets])


def _percent(bets: Sequence[Bet], values: Iterable[float]) -> str:
    """The mean with its standard error, the bets of one match taken as one."""
    by_match = defaultdict(list)
    for bet, value in zip(bets, values, strict=True):
        by_match[bet.match_id].append(100 * value)
    _, average, error = clustered(by_match.values())
    return f"{average:+.1f} ± {error:.1f} %".replace("-", "−")


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


# --- the picture

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 400, 70, 20, 56, 56
#: Percentage points that the vertical axis reaches to either side.
_REACH = 8
_COLOURS = {"power": "#1f60c4", "multiplicative": "#e0752d"}


def picture(bins: Mapping[str, Sequence[Bin]]) -> str:
    """By how many percentage points what was said happened more or less often, two errors to each side."""
    parts = [
        _text(_LEFT, 24, "Did it happen as often as the price said?", size=16, weight="bold"),
        _text(_WIDTH / 2, _HEIGHT - 14, "chance by the last price of Pinnacle, its margin taken out", anchor="middle"),
    ]
    for points in range(-_REACH, _REACH + 1, 2):
        label = "as said" if points == 0 else f"{points:+d} points".replace("-", "−")
        parts += [
            _line(_LEFT, _y(points), _WIDTH - _RIGHT, _y(points), "#444" if points == 0 else "#ddd"),
            _text(_LEFT - 8, _y(points) + 4, label, anchor="end", size=11),
        ]
    parts += [
        _text(_x(said / 100), _HEIGHT - _BOTTOM + 18, f"{said} %", anchor="middle", size=11)
        for said in range(0, 90, 10)
    ]
    for place, (method, content) in enumerate(bins.items()):
        colour, aside = _COLOURS[method], 6 * place - 3
        parts += [
            f'<circle cx="{_WIDTH - 250 + 130 * place}" cy="20" r="5" fill="{colour}"/>',
            _text(_WIDTH - 238 + 130 * place, 24, method),
        ]
        for found in content:
            off, error = 100 * (found.seen - found.said), 200 * found.error
            parts += [
                _line(_x(found.said) + aside, _y(off - error), _x(found.said) + aside, _y(off + error), colour),
                f'<circle cx="{_x(found.said) + aside:.1f}" cy="{_y(off):.1f}" r="4" fill="{colour}"/>',
            ]
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>\n{body}\n</svg>\n'
    )


def _x(share: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * share / 0.85


def _y(points: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - points / _REACH) / 2


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 13, weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" fill="#222">'
        f"{text}</text>"
    )


if __name__ == "__main__":
    sys.exit(main())
