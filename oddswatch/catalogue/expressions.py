"""What the SQL files of the catalogue may say: below a file's header stands one SELECT, a Jinja template.

    {{ prices.table }}, {{ prices.columns.league }}   quoted identifiers; collections, bets, view and
                                                      results likewise
    {{ settings.opportunities.max_price }}            any other value of the configuration; `| literal` quotes a text
    {{ ref("name") }}                                 another file of the catalogue, as `( … ) AS name`; it gets those
                                                      of this file's parameters that it declares, and what is given here
    {{ whole("name") }}                               the same without the name: `x AS MATERIALIZED {{ whole("name") }}`
    {{ at }}                                          the moment the answer is for: now, unless a caller gives another;
                                                      `at_is_now` tells
    {{ now }}, {{ moment_type }}                      now as the columns keep moments, and their type
    {{ local(x) }}, {{ from_local(x) }}               a moment as wall-clock time of the site, and back
    {{ proof_since(x) }}                              since when matches began that are looked at at a moment
    {{ to_moment(x) }}                                epoch seconds as a moment
    {{ bucket(x, 200) }}                              in which 200th of the time range a moment lies, in epoch seconds
    {{ league_name(x) }}, {{ duration_text(x) }}      what people call a league, and a number of seconds
    {{ bookmaker_name(x) }}, {{ is_mine(x) }}         what people call a bookmaker, and whether a person can bet there
    {{ keeps(x) }}                                    the share of a profit that is left after its commission
    {{ net_price(price, x) }}                         a price after that
    {{ inverse_sum(row, "net") }}                     the sum of 1 / row.home_net, draw_net, away_net; NULL if one lacks
    {{ lacks_draw(row) }}                             an aggregate over books: the share that must have lost its draw
    {{ margin_pct(row) }}                             the margin (overround) of a book of prices after commission
    {{ spread_pct(best, worst) }}                     how far the best price is above the worst
    {{ by_outcome(x, row, "price") }}                 row.home_price, row.draw_price or row.away_price, by an outcome
    {{ sides_swapped(row, home, away) }}              whether a book is nearer to usual prices the other way round
    {{ clustered_error(mean, …) }}                    the standard error of a mean, the values of a match taken as one
    {{ signed(x) }}                                   a number with its sign and one decimal, as text
    {{ normal_tail(x) }}, {{ one_in(x) }}             how often a standard normal variable is above x; a share in words
    {{ normal_score(x, skewness) }}                   how many of its deviations are as rare as x of a skew one
    {{ moment_text(x) }}, {{ day_text(x) }}           a moment in words, in the site's time zone: in full, and short
    {{ is_one_of(x, words) }}                         whether a text is one of the configured words, in capitals or not
    {{ offer(row, x) }}, {{ price_of(row, x) }}       what a row of prices says about home, draw or away, and that price
                                                      if it is one; NULL in a row about another outcome
    {{ as_price(x) }}                                 an offer, if it is a price
    {{ no_rows(9, 1000) }}                            a SELECT of 9 columns and no rows, which the planner takes for a
                                                      thousand: for a UNION ALL with what it takes for a handful
    {{ taken_for_many }}                              joins one row that the planner takes for a thousand: it compares
                                                      each with each where it expects a handful of what are many

A file knows its own parameters too; one that is not given is none, so `{% if match %}` leaves a condition out.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from oddswatch.quoting import identifier, literal, relation
from oddswatch.settings.site import Settings
from oddswatch.settings.tables import PricesPerMatch, Table

#: What tables with a row per outcome call the outcomes, in small letters.
_OUTCOMES = {"home": ("home", "1"), "draw": ("draw", "x", "tie"), "away": ("away", "2")}


class QuotedColumns:
    """The columns of a table as quoted identifiers, by key; None where the site does not have one."""

    def __init__(self, table: Table) -> None:
        self._columns = table.columns

    def __getattr__(self, key: str) -> str | None:
        name = getattr(self._columns, key)
        return None if name is None else identifier(name)

    def __iter__(self) -> Iterator[str]:
        """The columns that the site has."""
        names = (getattr(self, key) for key in type(self._columns).model_fields)
        return (name for name in names if name is not None)


class QuotedTable:
    """A table whose name and columns are quoted identifiers: `{{ prices.columns.league }}`."""

    def __init__(self, table: Table) -> None:
        self._section = table
        self.table = relation(table.table)
        self.columns = QuotedColumns(table)

    def __getattr__(self, key: str) -> Any:
        """Any other key of the table's section, such as `form`, as it is."""
        return getattr(self._section, key)


class Expressions:
    """SQL expressions for one site's settings; arguments and results are SQL."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._naive = settings.times == "naive_utc"
        self._zone = literal(settings.time_zone)
        self.moment_type = "timestamp" if self._naive else "timestamptz"
        # Naive columns hold UTC, so "now" is UTC there, whatever the session's time zone is.
        self.now = self._stored("now()")

    def by_name(self) -> Mapping[str, Any]:
        """Everything that the files may call, by the names in the module's docstring."""
        tables = self._settings.tables
        return {
            "settings": self._settings,
            "prices": QuotedTable(tables.prices),
            "collections": QuotedTable(tables.collections),
            "bets": QuotedTable(tables.bets),
            "view": QuotedTable(tables.view),
            "results": QuotedTable(tables.results),
            "now": self.now,
            "moment_type": self.moment_type,
            "local": self.local,
            "from_local": self.from_local,
            "proof_since": self.proof_since,
            "to_moment": self.to_moment,
            "bucket": self.bucket,
            "league_name": self.league_name,
            "bookmaker_name": self.bookmaker_name,
            "keeps": self.keeps,
            "net_price": self.net_price,
            "is_mine": self.is_mine,
            "duration_text": duration_text,
            "by_outcome": by_outcome,
            "inverse_sum": inverse_sum,
            "lacks_draw": lacks_draw,
            "margin_pct": margin_pct,
            "spread_pct": spread_pct,
            "sides_swapped": sides_swapped,
            "clustered_error": clustered_error,
            "signed": signed,
            "normal_tail": normal_tail,
            "normal_score": normal_score,
            "one_in": one_in,
            "is_one_of": is_one_of,
            "moment_text": self.moment_text,
            "day_text": self.day_text,
            "offer": self.offer,
            "price_of": self.price_of,
            "as_price": self.as_price,
            "no_rows": no_rows,
            "taken_for_many": "CROSS JOIN generate_series(1, (SELECT 1)) AS many (one)",
        }

    def _stored(self, moment: str) -> str:
        """A `timestamptz` as the columns keep moments."""
        return f"({moment} AT TIME ZONE 'utc')" if self._naive else moment

    def local(self, moment: str) -> str:
        """Turn a moment of the database into wall-clock time of the configured time zone."""
        utc = f"({moment}) AT TIME ZONE 'utc'" if self._naive else f"({moment})"
        return f"({utc} AT TIME ZONE {self._zone})"

    def from_local(self, time: str) -> str:
        """Turn wall-clock time of the configured time zone into a moment of the database."""
        return self._stored(f"({time} AT TIME ZONE {self._zone})")

    def proof_since(self, at: str) -> str:
        """The beginning of `proof.window` before a moment, or `proof.since`, whichever is later."""
        proof = self._settings.proof
        window = f"{at} - interval '{proof.window_seconds} seconds'"
        if proof.since is None:
            return window
        since = self.from_local(f"timestamp '{proof.since}'")
        return f"greatest({window}, {since})"

    def to_moment(self, epoch: str) -> str:
        """Turn epoch seconds into a moment as the columns keep it."""
        return self._stored(f"to_timestamp({epoch})")

    def bucket(self, moment: str, points: int) -> str:
        """The beginning, in epoch seconds, of the one of `points` equal parts of the time range that a moment is in."""
        width = (
            f"greatest(extract(EPOCH FROM $__timeTo()::{self.moment_type} - $__timeFrom()::{self.moment_type})"
            f" / {points}, 1)"
        )
        return f"floor(extract(EPOCH FROM {moment}) / {width}) * {width}"

    def league_name(self, league: str) -> str:
        """What people call a league: the configured name, else `soccer_epl` becomes `Epl`."""
        fallback = f"initcap(replace(regexp_replace({league}, '^[a-z]+_', ''), '_', ' '))"
        names = "".join(f" WHEN {literal(key)} THEN {literal(name)}" for key, name in self._settings.leagues.items())
        return f"CASE {league}{names} ELSE {fallback} END" if names else fallback

    def bookmaker_name(self, bookmaker: str) -> str:
        """What people call a bookmaker: the configured name, else its own."""
        named = self._settings.bookmakers.names.items()
        names = "".join(f" WHEN {literal(key)} THEN {literal(name)}" for key, name in named)
        return f"CASE {bookmaker}{names} ELSE {bookmaker} END" if names else bookmaker

    def keeps(self, bookmaker: str) -> str:
        """The share of a profit that is left after the bookmaker's commission: 1, or less at an exchange."""
        commissions = self._settings.bookmakers.commission_pct.items()
        shares = "".join(
            f" WHEN {literal(name)} THEN {1 - pct / 100:.6g}::double precision" for name, pct in commissions if pct
        )
        return f"CASE {bookmaker}{shares} ELSE 1 END" if shares else "1"

    def net_price(self, price: str, bookmaker: str) -> str:
        """A price after the bookmaker's commission, which takes its share of the profit and not of the stake."""
        return f"1 + ({price} - 1) * {self.keeps(bookmaker)}"

    def is_mine(self, bookmaker: str) -> str:
        """Whether a person can bet at a bookmaker: at every one where `bookmakers.mine` names none."""
        mine = ", ".join(map(literal, self._settings.bookmakers.mine))
        return f"{bookmaker} = ANY (ARRAY[{mine}]::text[])" if mine else "true"

    def moment_text(self, moment: str) -> str:
        """A moment in the site's time zone, in full: `Sat 28 Nov 2026 21:05 (Europe/Paris)`."""
        return f"to_char({self.local(moment)}, 'Dy DD Mon YYYY HH24:MI') || {literal(f' ({self._settings.time_zone})')}"

    def day_text(self, moment: str) -> str:
        """A moment in the site's time zone, as short as it stays clear: `Sat 21:05`, `Sat 28 Nov 21:05`."""
        clear = f"{self.local(moment)} < now() AT TIME ZONE {self._zone} + interval '6 days'"
        return f"to_char({self.local(moment)}, CASE WHEN {clear} THEN 'Dy HH24:MI' ELSE 'Dy DD Mon HH24:MI' END)"

    def offer(self, row: str, outcome: str) -> str:
        """What a row of prices says about an outcome (`home`, `draw`, `away`), in either form of the table."""
        table = self._settings.tables.prices
        if isinstance(table, PricesPerMatch):
            return f"{row}.{identifier(getattr(table.columns, f'{outcome}_odds'))}"
        named = f"{row}.{identifier(table.columns.outcome)}"
        condition = f"lower({named}) IN ({', '.join(map(literal, _OUTCOMES[outcome]))})"
        if outcome != "draw":
            # A collector may name the team.
            condition = f"{named} = {row}.{identifier(getattr(table.columns, f'{outcome}_team'))} OR {condition}"
        return f"CASE WHEN {condition} THEN {row}.{identifier(table.columns.price)} END"

    def price_of(self, row: str, outcome: str) -> str:
        """The price of an outcome in a row; NULL for what is none."""
        return self.as_price(self.offer(row, outcome))

    def as_price(self, offer: str) -> str:
        """What is offered, if it is a price; NULL for NaN (above all), 1 and less, errors in the data."""
        return f"CASE WHEN {offer} > 1 AND {offer} <= {self._settings.opportunities.max_price} THEN {offer} END"


def no_rows(columns: int, taken_for: int) -> str:
    """A SELECT of so many columns and no rows, which the planner takes for `taken_for`, 1000 at most.

    Of prices that are newer than its statistics PostgreSQL expects one, and compares each with each.
    """
    nulls = ", ".join(["NULL"] * columns)
    return f"(SELECT {nulls} FROM generate_series(1, (SELECT 0)) AS none LIMIT {taken_for})"


def by_outcome(outcome: str, row: str, column: str) -> str:
    """That one of `row`'s columns `home_…`, `draw_…` and `away_…` that an outcome names."""
    return (
        f"CASE {outcome} WHEN 'home' THEN {row}.home_{column} WHEN 'draw' THEN {row}.draw_{column}"
        f" WHEN 'away' THEN {row}.away_{column} END"
    )


def inverse_sum(row: str, price: str) -> str:
    """The sum of 1 / price over a book: of two prices where `row.has_draw` is false, NULL where one is missing."""
    return (
        f"CASE WHEN {row}.draw_{price} IS NOT NULL OR {row}.has_draw IS FALSE"
        f" THEN 1 / {row}.home_{price} + coalesce(1 / {row}.draw_{price}, 0) + 1 / {row}.away_{price} END"
    )


def lacks_draw(row: str) -> str:
    """An aggregate: the share, 0 to 1, of the books that have no draw and would pay more than they take.

    No bookmaker does so on purpose, 1 / home + 1 / away < 1: where more than half would, there is a draw
    whose prices are missing; one alone may have made a mistake. Written without dividing, which numerics do slowly.
    """
    pays = f"{row}.draw_price IS NULL AND {row}.home_price + {row}.away_price < {row}.home_price * {row}.away_price"
    return f"avg(({pays})::integer)"


def sides_swapped(row: str, home: str, away: str) -> str:
    """Whether a book's prices on home and away lie nearer to the usual ones, `home` and `away`, the other way round.

    Nearer is the smaller sum of |ln(price / usual price)|. Both alike, but for the last digits, is not swapped.
    """

    def distance(to_home: str, to_away: str) -> str:
        return f"abs(ln({row}.home_price / ({to_home}))) + abs(ln({row}.away_price / ({to_away})))"

    return f"{distance(away, home)} < {distance(home, away)} - 0.000001"


def margin_pct(row: str) -> str:
    """The margin (overround) of a book in percent, (sum of 1 / price - 1) x 100, of its prices after commission.

    The prices are `row.home_net`, `row.draw_net` and `row.away_net`. Below 0 it is a surebet.
    """
    return f"round((({inverse_sum(row, 'net')} - 1) * 100)::numeric, 6)::double precision"


def spread_pct(best: str, worst: str) -> str:
    """The spread in percent, (best - worst) / worst x 100, of prices before commission.

    Rounded, so that 1.05 against 1.00 is 5 % and not a hair more or less.
    """
    return f"round((({best} / {worst} - 1) * 100)::numeric, 6)::double precision"


def clustered_error(  # noqa: PLR0913, PLR0917 - a standard error is made of so many sums
    mean: str, squares: str, products: str, weights: str, total: str, matches: str
) -> str:
    """The standard error of a mean whose values come in matches, those of one match taken as one.

    sqrt(n / (n - 1) x sum over n matches of (its sum - mean x its weight) ^ 2) / total weight (Liang and Zeger 1986),
    with the square multiplied out. NULL for one match, and where nothing has a weight.

    Args:
        mean: sum of values x weights / total weight.
        squares: the sum over matches of its sum ^ 2.
        products: the sum over matches of its sum x its weight.
        weights: the sum over matches of its weight ^ 2.
        total: the sum of the weights.
        matches: how many have a value.
    """
    residuals = f"greatest({squares} - 2 * {mean} * {products} + {mean} ^ 2 * {weights}, 0)"
    return f"CASE WHEN {matches} >= 2 THEN sqrt({residuals} * {matches} / ({matches} - 1)) / nullif({total}, 0) END"


def signed(number: str) -> str:
    """A number with its sign and one decimal, as people read it: `+1.3`, `−0.4`."""
    return f"replace(to_char(round(({number})::numeric, 1), 'FMSG9999999990.0'), '-', '−')"


def normal_tail(deviations: str) -> str:
    """How often, 0 to 1, a standard normal variable is above so many deviations; exact to 1e-7.

    Abramowitz and Stegun 1964, 26.2.17. Beyond 8 deviations as at 8: PostgreSQL refuses to underflow.
    """
    distance = f"least(abs({deviations}), 8)"
    t = f"(1 / (1 + 0.2316419 * {distance}))"
    series = "1.330274429"
    for factor in ("-1.821255978", "1.781477937", "-0.356563782", "0.319381530"):
        series = f"({factor} + {t} * {series})"
    tail = f"0.3989422804 * exp(-({distance} ^ 2) / 2) * {t} * {series}"
    return f"CASE WHEN {deviations} < 0 THEN 1 - {tail} WHEN {deviations} >= 0 THEN {tail} END"


def normal_score(deviations: str, skewness: str) -> str:
    """How many standard deviations of a normal variable are as rare as so many of a variable with this skewness.

    By the cube root of a gamma variable: Wilson and Hilferty 1931.
    """
    root = f"greatest({skewness} * {deviations} / 2 + 1, 0) ^ (1 / 3.0::double precision)"
    score = f"6 / {skewness} * ({root} - 1) + {skewness} / 6"
    return f"(CASE WHEN abs({skewness}) < 0.000001 THEN {deviations} ELSE {score} END)"


def one_in(share: str) -> str:
    """A share between 0 and 1 as people say it: `1 in 6`, at the least `fewer than 1 in 1,000`."""
    return f"CASE WHEN {share} < 0.001 THEN 'fewer than 1 in 1,000' ELSE '1 in ' || round(1 / ({share})) END"


def is_one_of(text: str, words: Iterable[str]) -> str:
    """Whether a text is one of some words, in capitals or not."""
    # Small letters on both sides are PostgreSQL's: what it takes for capitals depends on the database's locale.
    return f"lower(trim({text})) IN ({', '.join(f'lower({literal(word.strip())})' for word in words)})"


def duration_text(seconds: str) -> str:
    """Seconds as people say them, in two units at most: `2 d 3 h`, `4 h 5 min`, `12 min`; NULL of NULL."""
    value = f"greatest({seconds}, 0)::bigint"
    return (
        f"CASE WHEN ({seconds}) IS NULL THEN NULL"
        f" WHEN {value} >= 86400 THEN {value} / 86400 || ' d ' || {value} % 86400 / 3600 || ' h'"
        f" WHEN {value} >= 3600 THEN {value} / 3600 || ' h ' || {value} % 3600 / 60 || ' min'"
        f" ELSE {value} / 60 || ' min' END"
    )
