"""Wrong configuration: one readable line per mistake that names file, line, key and remedy."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from oddswatch.errors import ExitCode, UserError
from oddswatch.names import ROOT
from oddswatch.settings.channels import Channel
from oddswatch.settings.reading import load
from oddswatch.settings.site import Settings

#: What is wrong, the file, and everything after the file's name in the message.
MISTAKES = {
    "a key that is spelt wrong": (
        "times: naive_utc\ncollection:\n  intervall: 4h\n",
        "line 3: unknown key 'collection.intervall'; did you mean 'interval'?",
    ),
    "a rule that does not exist": (
        "alerts:\n  highspread: {}\n",
        "line 2: unknown key 'alerts.highspread'; did you mean 'high_spread'?",
    ),
    "the name that a key has in the program": (
        "alerts:\n  high_spread:\n    for_: 5m\n",
        "line 3: unknown key 'alerts.high_spread.for_'; did you mean 'for'?",
    ),
    "a column of the other form of prices": (
        "tables:\n  prices:\n    form: per_outcome\n    columns:\n      outcom: x\n",
        "line 5: unknown key 'tables.prices.columns.outcom'; did you mean 'outcome'?",
    ),
    "a key unlike any other": (
        "tables:\n  qqq: x\n",
        "line 2: unknown key 'tables.qqq'; remove it; known there: prices, collections, bets, view, results",
    ),
    "a threshold below zero": (
        "alerts:\n  high_spread:\n    threshold_pct: -3\n",
        "line 3: alerts.high_spread.threshold_pct: must be greater than or equal to 0, not -3",
    ),
    "a threshold that is no number": (
        "alerts:\n  high_spread:\n    threshold_pct: lots\n",
        "line 3: alerts.high_spread.threshold_pct: must be a number, not 'lots'",
    ),
    "a threshold that is not a number at all": (
        "alerts:\n  high_spread:\n    threshold_pct: .nan\n",
        "line 3: alerts.high_spread.threshold_pct: must be a finite number, not nan",
    ),
    "an alert that would never be over": (
        "alerts:\n  high_spread:\n    threshold_pct: 10\n    clear_pct: 20\n",
        "line 2: alerts.high_spread: clear_pct must not be above threshold_pct",
    ),
    "half a bookmaker": (
        "opportunities:\n  min_bookmakers: 2.5\n",
        "line 2: opportunities.min_bookmakers: must be a whole number, not 2.5",
    ),
    "neither yes nor no": (
        "alerts:\n  high_spread:\n    enabled: perhaps\n",
        "line 3: alerts.high_spread.enabled: must be true or false, not 'perhaps'",
    ),
    "a price that pays nothing": (
        "opportunities:\n  max_price: 1\n",
        "line 2: opportunities.max_price: must be greater than 1, not 1",
    ),
    "a word outside a list of words": (
        "times: utc\n",
        "line 1: times: must be 'naive_utc' or 'timestamptz', not 'utc'",
    ),
    "an unknown form of prices": (
        "tables:\n  prices:\n    form: wide\n",
        "line 2: tables.prices.form: must be per_match or per_outcome, not 'wide'",
    ),
    "a duration without a unit": (
        "collection:\n  interval: '4'\n",
        "line 2: collection.interval: must be a duration such as 90s, 5m, 4h or 2d, not '4'",
    ),
    "an interval of nothing": (
        "collection:\n  interval: 0h\n",
        "line 2: collection.interval: must be longer than 0, such as 4h, not '0h'",
    ),
    "a bookmaker that is forgotten before it is silent": (
        "collection:\n  interval: 1d\n",
        "line 2: collection.forget_bookmaker_after must be longer than silent_after_intervals x interval, or no "
        "bookmaker is ever silent; set it to more than 259200s",
    ),
    "a mail that is repeated all the time, which Grafana refuses": (
        "mail:\n  repeat_interval: 0s\n",
        "line 2: mail.repeat_interval: must be longer than 0, such as 4h, not '0s'",
    ),
    "changes that are mailed without a pause, which Grafana refuses": (
        "mail:\n  group_interval: 0m\n",
        "line 2: mail.group_interval: must be longer than 0, such as 4h, not '0m'",
    ),
    "prices that are held against themselves": (
        "moves:\n  window: 0s\n",
        "line 2: moves.window: must be longer than 0, such as 4h, not '0s'",
    ),
    "a proof of nothing": (
        "proof:\n  window: 0d\n",
        "line 2: proof.window: must be longer than 0, such as 4h, not '0d'",
    ),
    **{
        f"no day that has passed: {given}": (
            f"proof:\n  since: {given}\n",
            f"line 2: proof.since: must be a day that has passed (today included), such as 2026-11-01, not {given}",
        )
        for given in ("0", "20261101", "'20261101'", "'1 Nov 2026'", "2026-11-01 10:00:00", "2999-01-01")
    },
    **{
        f"a day that is in no calendar: {given}": (
            f"proof:\n  since: {given}\n",
            f"line 2: proof.since: must be a day that has passed (today included), such as 2026-11-01, not '{given}'",
        )
        for given in ("2026-02-30", "2026-13-01", "0000-01-01")
    },
    "a number that no computer reads": (
        f"opportunities:\n  min_bookmakers: {'9' * 5000}\n",
        f"line 2: opportunities.min_bookmakers: must be a whole number, not '{'9' * 59}… (5002 characters)",
    ),
    "a number that no computer writes": (
        f"opportunities:\n  min_bookmakers: 0x{'f' * 5000}\n",
        f"line 2: opportunities.min_bookmakers: must be a whole number, not '0x{'f' * 57}… (5004 characters)",
    ),
    "a number that ends nowhere": (
        f"opportunities:\n  max_price: 1{':20' * 300}.5\n",
        f"line 2: opportunities.max_price: must be a number, not '1{':20' * 19}:… (905 characters)",
    ),
    "a text that is said to be yes or no": (
        "proof:\n  since: !!bool perhaps\n",
        "line 2: proof.since: must be a day that has passed (today included), such as 2026-11-01, not 'perhaps'",
    ),
    "a section within itself": (
        "tables: &all\n  bets:\n    columns: *all\n",
        "line 3: *all stands within what it repeats, and would never end; write out what is meant",
    ),
    "a list within itself": (
        "bookmakers:\n  mine: &all [a, *all]\n",
        "line 2: *all stands within what it repeats, and would never end; write out what is meant",
    ),
    "a character that there is not": (
        'leagues:\n  soccer_epl: "\\UFFFFFFFF"\n',
        "line 2: not valid YAML: a character or a version that does not exist; check indentation and quotes there",
    ),
    "spreads that are no opportunities but should mail": (
        "opportunities:\n  min_spread_pct: 46\n",
        "line 2: opportunities.min_spread_pct is above alerts.high_spread.clear_pct, but narrower spreads are no "
        "opportunities and no alert is about them; lower the one or raise the other",
    ),
    "an alert that ends below what counts": (
        "alerts:\n  high_spread:\n    threshold_pct: 6\n    clear_pct: 4.9\n",
        "line 4: opportunities.min_spread_pct is above alerts.high_spread.clear_pct, but narrower spreads are no "
        "opportunities and no alert is about them; lower the one or raise the other",
    ),
    "a number where a text belongs": (
        "leagues:\n  soccer_epl: 5\n",
        "line 2: leagues.soccer_epl: must be a text; put it in quotes, not 5",
    ),
    "a text where a section belongs": (
        "tables: odds\n",
        "line 1: tables: must have keys of its own below it, not 'odds'",
    ),
    "a text where a list belongs": (
        "tables:\n  collections:\n    success: ok\n",
        "line 3: tables.collections.success: must be a list such as [one, two], not 'ok'",
    ),
    "a name that Grafana would expand": (
        "tables:\n  bets:\n    columns:\n      match: a$b\n",
        "line 4: tables.bets.columns.match: must be a name of 1 to 63 bytes, without $, [[ and control characters, "
        "not 'a$b'",
    ),
    "a name that Grafana would take for a variable": (
        "leagues:\n  soccer_epl: '[[league]]'\n",
        "line 2: leagues.soccer_epl: must be one line of 1 to 200 characters without $ and [[, which Grafana would "
        "expand, not '[[league]]'",
    ),
    "a name that PostgreSQL would cut": (
        f"tables:\n  bets:\n    table: {'ö' * 32}\n",
        "line 3: tables.bets.table: must be table or schema.table, each of 1 to 63 bytes, without $, [[ and control "
        f"characters, not '{'ö' * 32}'",
    ),
    "a table in a database": (
        "tables:\n  bets:\n    table: db.public.bets\n",
        "line 3: tables.bets.table: must be table or schema.table, each of 1 to 63 bytes, without $, [[ and control "
        "characters, not 'db.public.bets'",
    ),
    "results without a column that says one": (
        "tables:\n  results:\n    enabled: true\n",
        "line 2: tables.results: nothing says how a match ended; name the column of results with columns.result, or "
        "those of the goals with columns.home_goals and columns.away_goals",
    ),
    "the goals of one team": (
        "tables:\n  results:\n    enabled: true\n    columns:\n      result: ftr\n      away_goals: ftag\n",
        "line 2: tables.results: columns has the goals of one team only; name the other's with columns.home_goals",
    ),
    "a receiver that is neither address nor variable": (
        "mail:\n  to:\n    high: somebody\n",
        "line 3: mail.to.high: must be mail addresses with commas between them, or the NAME of an environment variable "
        "that holds them, not 'somebody'",
    ),
    "a channel that leads nowhere": (
        "channels:\n  telegram:\n    severities: [high]\n",
        "line 2: channels.telegram: chat is missing: the id of the chat that gets the messages, in quotes",
    ),
    "an unknown time zone": (
        "time_zone: Europe/Pariss\n",
        "line 1: time_zone: unknown time zone 'Europe/Pariss'; did you mean 'Europe/Paris'?",
    ),
    "a key given twice": (
        "times: naive_utc\nalerts:\n  high_spread:\n    for: 0s\n    for: 5m\n",
        "line 5: key 'alerts.high_spread.for' is given twice (also in line 4); remove one",
    ),
    "a bracket left open": (
        "tables:\n  bets: [\n",
        "line 3: not valid YAML: expected the node content, but found '<stream end>'; check indentation and quotes "
        "there",
    ),
    "a tab": (
        "tables:\n\tbets: 1\n",
        "line 2: not valid YAML: found character '\\t' that cannot start any token; check indentation and quotes there",
    ),
    "code": (
        "times: !!python/object/apply:os.getcwd []\n",
        "line 1: not valid YAML: could not determine a constructor for the tag "
        "'tag:yaml.org,2002:python/object/apply:os.getcwd'; check indentation and quotes there",
    ),
    "no mapping": ("- times\n", "line 1: must be a mapping of keys to values, like the config.yml of the release"),
}


def write(folder: Path, text: str) -> Path:
    path = folder / "config.yml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_with_file_line_key_and_remedy(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UserError) as caught:
        load(path)
    assert caught.value.message == f"{path}, {message}"
    assert caught.value.exit_code == ExitCode.BAD_INPUT


@pytest.mark.parametrize("text", ["tables: " + "[" * 5000, "tables: " + "{a: " * 3000 + "}" * 3000])
def test_brackets_without_an_end_are_one_line(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UserError) as caught:
        load(path)
    assert caught.value.message == f"{path}: brackets or sections too deep within one another; close or remove some"


def test_a_day_has_passed_where_the_site_is(tmp_path: Path) -> None:
    """The day has begun on Kiritimati, and never yet 26 hours to the west of it."""
    today = datetime.now(ZoneInfo("Pacific/Kiritimati")).date()
    text = f"time_zone: Pacific/Kiritimati\nproof:\n  since: {today}\n"
    assert load(write(tmp_path, text)).proof.since == today
    refused = rf"line 3: proof\.since: must be a day that has passed \(today included\), .*, not {today}$"
    with pytest.raises(UserError, match=refused):
        load(write(tmp_path, text.replace("Pacific/Kiritimati", "Etc/GMT+12")))
    with pytest.raises(UserError, match=rf"not {today + timedelta(days=2)}$"):
        load(write(tmp_path, text.replace(str(today), str(today + timedelta(days=2)))))


def test_a_day_can_stand_in_quotes(tmp_path: Path) -> None:
    since = "proof:\n  since: 2026-11-01\n"
    quoted = since.replace("2026-11-01", "'2026-11-01'")
    assert load(write(tmp_path, quoted)) == load(write(tmp_path, since)) != Settings()


def test_what_is_written_once_can_be_repeated(tmp_path: Path) -> None:
    text = "channels:\n  discord: &urgent {severities: [high]}\n  webhook: *urgent\n"
    channels = load(write(tmp_path, text)).channels
    assert channels.discord == channels.webhook == Channel(severities=("high",))


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "times: utc\nmial: {}\ncollection:\n  interval: soon\n")
    with pytest.raises(UserError) as caught:
        load(path)
    lines = caught.value.message.splitlines()
    assert sorted(line.removeprefix(f"{path}, ").split(":")[0] for line in lines) == ["line 1", "line 2", "line 4"]


def test_a_file_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load(tmp_path / "site.yml")
    expected = f"{tmp_path}/site.yml: no such file; give another with --config, or copy the release's config.yml"
    assert caught.value.message == expected


def test_a_folder_and_a_file_in_another_encoding_are_one_line_each(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^[^\n]*: cannot be read: Is a directory; give another with --config$"):
        load(tmp_path)
    path = tmp_path / "config.yml"
    path.write_bytes("leagues: {a: Süd}".encode("latin-1"))
    with pytest.raises(UserError, match=r"^[^\n]*: not UTF-8 at byte 14; save it as a UTF-8 text file$"):
        load(path)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "tables:\n", "tables:\n  prices:\nmail:\n  to:\n"])
def test_what_is_left_empty_means_the_defaults(tmp_path: Path, text: str) -> None:
    assert load(write(tmp_path, text)) == Settings()


@pytest.mark.parametrize(
    "text",
    [
        "opportunities:\n  min_spread_pct: 45\n",
        "opportunities:\n  min_spread_pct: 60\nalerts:\n  high_spread:\n    enabled: false\n",
        "mail:\n  group_wait: 0s\n  group_wait_urgent: 0s\n  group_interval: 1s\n",
        "alerts:\n  watch:\n    for: 0s\n",
        "proof:\n  closing_within: 0h\n",
    ],
)
def test_what_is_unusual_and_possible_is_taken(tmp_path: Path, text: str) -> None:
    assert load(write(tmp_path, text)) != Settings()


def test_a_column_that_a_table_does_not_have_can_be_switched_off(tmp_path: Path) -> None:
    settings = load(write(tmp_path, "tables:\n  bets:\n    columns:\n      closing_price: null\n"))
    assert settings.tables.bets.columns.closing_price is None
    assert settings.tables.bets.columns.stake == "stake"


def test_a_commission_is_added_to_the_usual_ones_or_overrides_one(tmp_path: Path) -> None:
    """Who names one exchange keeps the others: without its commission a bet seems a profit that is none."""
    usual = Settings().bookmakers.commission_pct
    text = "bookmakers:\n  commission_pct: {betfair_ex_eu: 7, smarkets: 0, betdaq: 2}\n"
    found = load(write(tmp_path, text)).bookmakers.commission_pct
    assert found == {**usual, "betfair_ex_eu": 7, "smarkets": 0, "betdaq": 2}
    assert found["matchbook"] == 2
    assert Settings().bookmakers.commission_pct == usual


def test_the_file_of_the_release_states_the_defaults() -> None:
    """So that what people read there is what they get when they leave a key out; the names are examples."""
    shipped = load(ROOT / "config.yml")
    bookmakers = shipped.bookmakers.model_copy(update={"names": {}})
    assert shipped.model_copy(update={"leagues": {}, "bookmakers": bookmakers}) == Settings()
