"""For each alert rule: rows with which it fires, changes its facts and is over, and what its mails must say.

All cases happen at the same time in one database, each in a league of its own; so do their expected texts add up: 20
matches of the Premier League and one of Ligue 1 are 21 opportunities.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.data.rows import age_rows, bets, collection, prices, same_prices

#: What the site of the cases decides: short waits, an address per severity, a quota that runs out on any day.
SETTINGS: Mapping[str, Any] = {
    "leagues": {
        "soccer_epl": "Premier League",
        "soccer_spain_la_liga": "La Liga",
        "soccer_france_ligue_one": "Ligue 1",
        "soccer_odd": "Odd League",
        "soccer_value": "Value League",
        "soccer_steam": "Steam League",
        "soccer_late": "Late League",
        "soccer_stuck": "Stuck League",
        "soccer_failing": "Failing League",
        "soccer_empty": "Empty League",
    },
    "bookmakers": {"names": {"pinnacle": "Pinnacle"}},
    "alerts": {
        "many_opportunities": {"for": "10s"},
        "steam": {"enabled": True},
        "bankroll": {"for": "0s"},
        "yield": {"for": "0s"},
        "win_rate": {"for": "0s"},
        "watch": {"for": "0s"},
        "quota_runs_out": {"threshold_days": 0.0002, "clear_days": 0.0001},
    },
    "mail": {
        "to": {name: f"{name}@example.org" for name in ("critical", "high", "warning", "info")},
        "group_wait": "2s",
        "group_wait_urgent": "1s",
        "group_interval": "5s",
    },
}


_WATCHED = ("soccer_late", "soccer_stuck", "soccer_failing", "soccer_empty")
#: A database in which nothing is to be said: 20 bets won as often as lost but at a profit, everything collected.
QUIET = (
    "".join(collection(league, "62 minutes") for league in _WATCHED)
    + prices("e1", "soccer_empty", "Void – Null", same_prices("a", "b"), age="62 minutes")
    + prices("k1", "soccer_silent", "Calm – Still", same_prices("a", "b", "silentbet"), age="62 minutes")
    + bets(11, "won")
    + bets(9, "lost")
)


@dataclass(frozen=True)
class AlertCase:
    """One rule's alert, from its first mail to its last.

    Attributes:
        rule: its title.
        fire: SQL after which it fires.
        change: SQL after which its facts are others, and it is still the same alert; `changed` is in them then.
        back: SQL after which it is over.
        subject: the mail's subject. Names in braces are moments, see `moments`.
        facts: lines of the mail.
        page: where the mail leads to, after the address of Grafana.
        record: where it is said what such alerts were worth so far, likewise.
        moments: names of moments, and the SQL that says them (UTC).
        league: tells its mails from others of the same rule.
    """

    rule: str
    severity: str
    fire: str
    change: str
    changed: str
    back: str
    subject: str
    facts: tuple[str, ...]
    page: str
    record: str = ""
    moments: Mapping[str, str] = field(default_factory=dict)
    league: str = ""


_KICK_OFF = "Kick-off: {kick_off:%a %d %b %Y %H:%M} (Europe/Paris), in 1 d 2 h"


def _kick_off(match: str) -> dict[str, str]:
    return {"kick_off": f"SELECT max(commence_time) FROM odds_history WHERE match_id = '{match}'"}


def _last(league: str) -> dict[str, str]:
    return {"last": f"SELECT max(collected_at) FROM collection_logs WHERE sport = '{league}' AND status = 'success'"}


_SPREAD = {"Unibet": (3.40, 3.30, 2.15), "Betclic": (2.10, 3.30, 2.15), "pinnacle": (3.35, 3.30, 2.15)}
_VALUE = {
    "pinnacle": (1.97, 3.85, 3.85),
    **dict.fromkeys(("Unibet", "Betclic", "bet365"), (1.98, 3.80, 3.80)),
    "Winamax": (2.06, 3.75, 3.75),
}
_SUREBET = {"Unibet": (2.60, 3.50, 3.20), "Betclic": (2.50, 3.60, 3.20), "bet365": (2.50, 3.50, 3.30)}
_TOO_GOOD = {"Unibet": (3.30, 3.60, 3.30), "Betclic": (3.20, 3.70, 3.30), "bet365": (3.20, 3.60, 3.40)}
_BEFORE = dict.fromkeys(("Unibet", "Betclic", "bet365", "Winamax"), (2.60, 3.30, 2.90))
_FALLEN = {**dict.fromkeys(_BEFORE, (2.30, 3.40, 3.30)), "Unibet": (2.32, 3.40, 3.30)}
_WIDE = {"Unibet": (2.12, 3.10, 3.40), "Betclic": (2.00, 3.10, 3.40)}

ALERT_CASES = (
    AlertCase(
        "Value bet",
        "high",
        fire=prices("v1", "soccer_value", "Inter – Roma", _VALUE)
        + "INSERT INTO bets (match_id, outcome, bookmaker, odds_value, stake, result, created_at, updated_at)"
        " VALUES ('v1', 'draw', 'Unibet', 3.8, 10, 'pending', now() AT TIME ZONE 'utc', now() AT TIME ZONE 'utc');",
        # Worth 1.2 %: less than an alert begins with, and not over.
        change=prices("v1", "soccer_value", "Inter – Roma", {"Winamax": (2.03, 3.75, 3.75)}, age="5 minutes"),
        changed="Worth a bet again from: 2.05; the next best price is 1.98",
        back="DELETE FROM odds_history WHERE match_id = 'v1'; DELETE FROM bets WHERE match_id = 'v1';",
        # By the power method Pinnacle's prices are a chance of 49.863 % of home: 2.06 x 0.49863 - 1 = +2.7 %, and 1.02
        # / 0.49863 = 2.05. By the median of all others it is 49.465 %. 830 are left in "Bankroll low", 10 of
        # them at stake: a quarter of 0.027184 / 1.06 of 820 is 5.26, of 0.022192 / 1.05 it is 4.33.
        subject="Value +2.7 % · Home 2.06 · Winamax · Inter – Roma · Value League · {kick_off:%a %H:%M}",
        facts=(
            "Match: Inter – Roma",
            "Bet: Home 2.06 · Winamax",
            "Fair price: 2.01 by Pinnacle",
            "Value: +2.7 % of the stake; by all others +1.9 %",
            "Worth it down to: 2.05; the next best price is 1.98",
            "Stake at most: 5.26; at the lowest price 4.33",
            "Price: seen 12 min ago, of 5 bookmakers",
            _KICK_OFF,
            "Your bets: You have 10.00 on draw at 3.80 (Unibet)",
        ),
        page="d/oddswatch-match?var-match=v1",
        record="d/oddswatch-proof",
        moments=_kick_off("v1"),
        league="Value League",
    ),
    AlertCase(
        "High spread",
        "info",
        fire=prices("s1", "soccer_france_ligue_one", "Lyon – Nice", _SPREAD),
        # 3.10 / 2.10 is 47.6 %: below the threshold, but not over.
        change=prices(
            "s1",
            "soccer_france_ligue_one",
            "Lyon – Nice",
            {"Unibet": (3.10, 3.30, 2.15), "pinnacle": (3.05, 3.30, 2.15)},
            age="5 minutes",
        ),
        changed="Spread: 47.6 % over 3 bookmakers",
        back=prices("s1", "soccer_france_ligue_one", "Lyon – Nice", {"Unibet": (2.50, 3.30, 2.15)}, age="1 minute"),
        # (3.40 - 2.10) / 2.10 = 61.9 %. By the power method Pinnacle's prices are a chance of 27.63 % of home: the fair
        # price is 3.62, and 3.40 x 0.2763 - 1 = -6.1 %.
        subject="Spread 62 % · Lyon – Nice, home · Ligue 1 · {kick_off:%a %H:%M}",
        facts=(
            "Match: Lyon – Nice",
            "Outcome: home",
            "League: Ligue 1",
            "Best price: 3.40 at Unibet",
            "Worst price: 2.10 at Betclic",
            "Best price is worth: −6.1 %: fair 3.62 by Pinnacle",
            "The odd one out: the lowest price",
            "Spread: 61.9 % over 3 bookmakers",
            "Prices: at most 12 min old",
            _KICK_OFF,
        ),
        page="d/oddswatch-match?var-match=s1",
        record="d/oddswatch-proof",
        moments=_kick_off("s1"),
    ),
    AlertCase(
        "Surebet",
        "high",
        fire=prices("b1", "soccer_spain_la_liga", "Getafe – Girona", _SUREBET),
        change=prices("b1", "soccer_spain_la_liga", "Getafe – Girona", {"Unibet": (2.62, 3.50, 3.20)}, age="5 minutes"),
        changed="at Unibet, price 2.62",
        back="DELETE FROM odds_history WHERE match_id = 'b1';",
        # 1/2.60 + 1/3.60 + 1/3.30 = 0.965423; 100 / 0.965423 = 103.58; 100 / 2.60 / 0.965423 = 39.84 …
        subject="Surebet 3.6 % · Getafe – Girona · La Liga · {kick_off:%a %H:%M}",
        facts=(
            "Match: Getafe – Girona",
            "League: La Liga",
            "Profit: 3.58 % whatever the result: 103.58 back for 100",
            "Stake home: 39.84 at Unibet, price 2.60, seen 12 min ago",
            "Stake draw: 28.77 at Betclic, price 3.60, seen 12 min ago",
            "Stake away: 31.39 at bet365, price 3.30, seen 12 min ago",
            "Bookmakers: 3",
            _KICK_OFF,
        ),
        page="d/oddswatch-match?var-match=b1",
        record="d/oddswatch-proof",
        moments=_kick_off("b1"),
    ),
    AlertCase(
        "Suspicious price",
        "info",
        fire=prices("o1", "soccer_odd", "Ajar – Odd", _TOO_GOOD),
        change=prices("o1", "soccer_odd", "Ajar – Odd", {"Unibet": (3.35, 3.60, 3.30)}, age="5 minutes"),
        changed="Best home: 3.35 at Unibet",
        back="DELETE FROM odds_history WHERE match_id = 'o1';",
        # 1/3.30 + 1/3.70 + 1/3.40 = 0.867418; 1 / 0.867418 = 1.1528
        subject="Suspicious price: 15 % profit · Ajar – Odd · Odd League · {kick_off:%a %H:%M}",
        facts=(
            "Match: Ajar – Odd",
            "League: Odd League",
            "Profit: 15.3 %, which no market gives away",
            "Doubts: above 10 %",
            "Best home: 3.30 at Unibet, seen 12 min ago",
            "Best draw: 3.70 at Betclic, seen 12 min ago",
            "Best away: 3.40 at bet365, seen 12 min ago",
            "Bookmakers: 3",
            _KICK_OFF,
        ),
        page="d/oddswatch-match?var-match=o1",
        moments=_kick_off("o1"),
    ),
    AlertCase(
        "Steam",
        "info",
        fire=prices("t1", "soccer_steam", "Hull – Leeds", _BEFORE, age="25 hours")
        + prices("t1", "soccer_steam", "Hull – Leeds", _FALLEN),
        change=prices("t1", "soccer_steam", "Hull – Leeds", {"Unibet": (2.34, 3.40, 3.30)}, age="5 minutes"),
        changed="Best price left: 2.34 at Unibet",
        back="DELETE FROM odds_history WHERE match_id = 't1';",
        # 1 - 2.30 / 2.60 = 11.5 % at three of four. By the power method 2.30, 3.40 and 3.30 are a chance of 42.41 % of
        # home: 2.32 x 0.4241 - 1 = -1.6 %.
        subject="Price down 11.5 % · Hull – Leeds, home · Steam League · {kick_off:%a %H:%M}",
        facts=(
            "Match: Hull – Leeds",
            "Outcome: home",
            "League: Steam League",
            "Fell: 11.5 % within 1 d 0 h at the middle one of 4 bookmakers, 4 of them down",
            "Best price left: 2.32 at Unibet",
            "Worth: −1.6 %, fair 2.36 by 3 others",
            "Price: 12 min old",
            _KICK_OFF,
        ),
        page="d/oddswatch-match?var-match=t1",
        moments=_kick_off("t1"),
    ),
    AlertCase(
        "Many opportunities",
        "info",
        # 2.12 / 2.00 is 6 %. With the one of Ligue 1 they are 21.
        fire="".join(prices(f"n{i}", "soccer_epl", f"Home {i} – Away {i}", _WIDE) for i in range(20)),
        change=prices("n20", "soccer_epl", "Home 20 – Away 20", _WIDE),
        changed="Opportunities: 22 outcomes of 22 matches",
        back="DELETE FROM odds_history WHERE sport = 'soccer_epl';",
        subject="21 opportunities now · the widest 62 %",
        facts=(
            "Opportunities: 21 outcomes of 21 matches",
            "Widest: 61.9 % · Lyon – Nice, home",
            "Leagues: Premier League 20, Ligue 1 1",
        ),
        page="d/oddswatch-opportunities",
    ),
    AlertCase(
        "New opportunities",
        "info",
        fire="",
        change="",
        changed="New: 22 outcomes of 22 matches",
        back="",
        subject="21 new opportunities · the widest 62 %",
        facts=(
            "New: 21 outcomes of 21 matches",
            "Widest: 61.9 % · Lyon – Nice, home",
            "Collected: {newest:%a %d %b %Y %H:%M} (Europe/Paris)",
        ),
        page="d/oddswatch-opportunities",
        moments={"newest": "SELECT max(collected_at) FROM odds_history"},
    ),
    AlertCase(
        "Bankroll low",
        "critical",
        # 11 won and 9 lost bets of 10 at 2.0 are 1020; 19 more lost ones are 830. Of bettors who win 52.5 % of such
        # bets 0.266 % lose 170 within 39 of them.
        fire=bets(19, "lost"),
        change=bets(1, "lost"),
        changed="Bankroll: 820.00, begun with 1000.00",
        back=bets(25, "won"),
        subject="Bankroll 830.00 · begun with 1000.00",
        facts=(
            "Bankroll: 830.00, begun with 1000.00",
            "Luck: of bettors with an edge of 5 % 1 in 376 falls this low with these bets, at stakes of at most 20.00",
            "Bets: 39 settled, 11 won",
        ),
        page="d/oddswatch-performance",
    ),
    AlertCase(
        "Yield low",
        "critical",
        fire="",
        change="",
        changed="Yield: -45.0 % of 400.00 staked",
        back="",
        # 11 won, 28 lost, 10 each: -170 of 390 staked, -17 / sqrt(39) = -2.72 standard errors.
        subject="Yield -43.6 % · 39 settled bets",
        facts=(
            "Yield: -43.6 % of 390.00 staked",
            "Luck: of bettors without an edge 1 in 308 would be as low by now",
            "Profit: -170.00",
            "Bankroll: 830.00",
            "Bets: 11 won, 28 lost",
        ),
        page="d/oddswatch-performance",
    ),
    AlertCase(
        "Win rate low",
        "warning",
        fire="",
        change="",
        changed="Win rate: 27.5 %, 11 won and 29 lost",
        back="",
        subject="Win rate 28.2 % · 11 of 39 bets won",
        facts=(
            "Win rate: 28.2 %, 11 won and 28 lost",
            "Needed: 19.5 wins to break even at these prices",
            "Luck: of bettors without an edge 1 in 308 would have won so few",
            "Yield: -43.6 %",
            "Bankroll: 830.00",
        ),
        page="d/oddswatch-performance",
    ),
    AlertCase(
        "Collector late",
        "warning",
        fire=age_rows("collection_logs", "sport = 'soccer_late'", "5 hours 30 minutes 2 seconds"),
        change=collection("soccer_late", "2 minutes", "error"),
        changed="Failures since: 1",
        back=collection("soccer_late", "1 second"),
        subject="Late League not collected for 5 h 30 min",
        facts=(
            "League: Late League",
            "Last collection: {last:%a %d %b %Y %H:%M} (Europe/Paris)",
            "Expected: every 4 h 0 min",
            "Failures since: 0",
        ),
        page="d/oddswatch-health",
        moments=_last("soccer_late"),
        league="Late League",
    ),
    AlertCase(
        "Collector stuck",
        "critical",
        fire=age_rows("collection_logs", "sport = 'soccer_stuck'", "10 hours 30 minutes 2 seconds"),
        change=collection("soccer_stuck", "2 minutes", "error"),
        changed="Failures since: 1",
        back=collection("soccer_stuck", "1 second"),
        subject="Stuck: Stuck League not collected for 10 h 30 min",
        facts=("League: Stuck League", "Last collection: {last:%a %d %b %Y %H:%M} (Europe/Paris)"),
        page="d/oddswatch-health",
        moments=_last("soccer_stuck"),
    ),
    AlertCase(
        "Failed collections",
        "warning",
        fire="".join(collection("soccer_failing", f"{age} minutes", "error", "'HTTP 429'") for age in (50, 40, 30)),
        change=collection("soccer_failing", "20 minutes", "error", "'HTTP 503'"),
        changed="Last error: HTTP 503",
        back=collection("soccer_failing", "1 second"),
        subject="3 failed collections in a row · Failing League",
        facts=(
            "League: Failing League",
            "Failures in a row: 3",
            "Last error: HTTP 429",
            "Last collection: {last:%a %d %b %Y %H:%M} (Europe/Paris)",
        ),
        page="d/oddswatch-health",
        moments=_last("soccer_failing"),
    ),
    AlertCase(
        "Nothing stored",
        "critical",
        fire=age_rows("odds_history", "sport = 'soccer_empty'", "10 hours")
        + age_rows("collection_logs", "sport = 'soccer_empty'", "5 hours")
        + collection("soccer_empty", "70 minutes"),
        change=collection("soccer_empty", "10 minutes"),
        changed="3 collections stored nothing",
        back=prices("e2", "soccer_empty", "Void – Null", same_prices("a", "b"), age="1 second"),
        subject="2 collections stored nothing · Empty League",
        facts=(
            "League: Empty League",
            "Last collection: {last:%a %d %b %Y %H:%M} (Europe/Paris), logged as a success",
            "It logged: 100 prices stored",
            "Last price: {price:%a %d %b %Y %H:%M} (Europe/Paris)",
        ),
        page="d/oddswatch-health",
        moments={
            **_last("soccer_empty"),
            "price": "SELECT max(collected_at) FROM odds_history WHERE sport = 'soccer_empty'",
        },
        league="Empty League",
    ),
    AlertCase(
        "Bookmaker silent",
        "warning",
        fire=age_rows("odds_history", "bookmaker = 'silentbet'", "12 hours 30 minutes 2 seconds"),
        change=age_rows("odds_history", "bookmaker = 'silentbet'", "13 hours 30 minutes 2 seconds"),
        changed="silentbet silent for 13 h 30 min",
        back=age_rows("odds_history", "bookmaker = 'silentbet'", "1 minute"),
        subject="silentbet silent for 12 h 30 min",
        facts=(
            "Bookmaker: silentbet",
            "Last price: {price:%a %d %b %Y %H:%M} (Europe/Paris)",
            "Expected: every 4 h 0 min",
        ),
        page="d/oddswatch-bookmakers",
        moments={"price": "SELECT max(collected_at) FROM odds_history WHERE bookmaker = 'silentbet'"},
    ),
    AlertCase(
        "Quota runs out",
        "warning",
        # 480 requests in 10 minutes, 10 left.
        fire=collection("soccer_quota", "20 minutes", "error", left="490")
        + collection("soccer_quota", "10 minutes", "error", left="10"),
        change="UPDATE collection_logs SET api_requests_remaining = 9 WHERE api_requests_remaining = 10;",
        changed="Requests left: 9, measured",
        back="UPDATE collection_logs SET api_requests_remaining = NULL;",
        subject="Requests run out {empty:%a %H:%M} · 10 left",
        facts=(
            "Requests left: 10, measured {measured:%a %d %b %Y %H:%M} (Europe/Paris)",
            "Pace: 69120.0 a day",
        ),
        page="d/oddswatch-health",
        moments={
            "empty": "SELECT max(collected_at) + interval '12.5 seconds' FROM collection_logs"
            " WHERE api_requests_remaining = 10",
            "measured": "SELECT max(collected_at) FROM collection_logs WHERE api_requests_remaining = 10",
        },
    ),
    AlertCase(
        "Watch",
        "critical",
        # Comes after the others, who keep their states meanwhile.
        fire="ALTER TABLE bets RENAME stake TO wager;",
        change="ALTER TABLE bets RENAME profit_loss TO gain;",
        changed="",
        back="ALTER TABLE bets RENAME wager TO stake; ALTER TABLE bets RENAME gain TO profit_loss;",
        subject="The odds database cannot be read",
        facts=(
            "The database does not answer, or a configured table or column is gone. No other alert can begin or end"
            " until this is over.",
            "Error: column t.stake does not exist",
        ),
        page="d/oddswatch-health",
    ),
)
