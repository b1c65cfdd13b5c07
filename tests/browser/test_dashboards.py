"""Every dashboard as a person sees it: whole, true to its filters, leading where it says, and deaf to mischief."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Request

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.database.execute import run, values
from oddswatch.database.macros import interpolate
from oddswatch.database.query import Values
from oddswatch.names import DATASOURCE, NAME_PREFIX, ROOT, panel_id
from oddswatch.settings import reading
from oddswatch.settings.site import Settings
from oddswatch.tree.queries import of_dashboard, panels
from oddswatch.tree.tree import Tree
from tests.data import sample_tree
from tests.servers.browser import GrafanaPage, new_page
from tests.servers.client import GrafanaClient
from tests.servers.grafana import Grafana
from tests.servers.postgres import Postgres

#: The pages are in it, the browser of these tests is in UTC.
SITE_ZONE = Settings().zone
WIDTHS = {"desk": (1440, 900), "phone": (390, 844)}
#: What may be empty on the demo, and why.
LEGITIMATE = {
    "Alerts": "the rules may not have been evaluated yet",
    "Bets on this match": "few matches have a bet",
    "Value bets": "as a rule no price is worth a bet",
    "Best value": "likewise",
    "Surebets": "as a rule every market keeps its margin",
    "Prices that fell together": "seldom does one",
}
#: Not SQL where it lands, whatever it looks like.
HOSTILE = (
    "'; DROP TABLE odds_history; --",
    "') OR 1=1 --",
    "${__user.login} $league [[min_spread]]",
    """O'Neil "Söhne" \\ <b>&amp;{{ .Labels }}""",
    "$__timeFrom() $__interval &league=soccer_epl&bookmaker=pinnacle %27",
)
TEAM = """O'Neil "Söhne" <b>$__timeFrom()"""
LEAGUE = "soccer_o'neil_$__timeFrom()"
BOOKMAKER = """bet "365" <i>'s $__interval 🎯"""
MATCH = """it's "a" match & 100% #1 <u>$__timeTo()"""

_TABLE = """
title => {
  const panel = [...document.querySelectorAll('section[data-testid*="Panel header"]')]
    .find(panel => panel.querySelector('h2')?.innerText === title);
  return [...panel.querySelectorAll('[role="row"]')].map(row =>
    [...row.querySelectorAll('[role="columnheader"], [role="cell"], [role="gridcell"]')].map(cell => ({
      text: cell.innerText.trim(), link: cell.querySelector('a')?.getAttribute('href') ?? ''
    })));
}
"""

Row = dict[str, Any]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A new dashboard is looked at as soon as it is in the tree."""
    if "model" in metafunc.fixturenames:
        models = Tree.read(metafunc.config.getoption("--tree")).dashboards()
        metafunc.parametrize("model", models, ids=[model["title"] for model in models])


@pytest.fixture(scope="module")
def _demo_page(browser: Browser, demo_grafana: Grafana) -> Iterator[GrafanaPage]:
    with new_page(browser) as page:
        page.log_in(demo_grafana)
        yield page


@pytest.fixture(scope="module")
def _empty_page(browser: Browser, empty_grafana: Grafana) -> Iterator[GrafanaPage]:
    with new_page(browser) as page:
        page.log_in(empty_grafana)
        yield page


@pytest.fixture
def demo_page(_demo_page: GrafanaPage) -> GrafanaPage:
    """A tab on the demo; one for all tests, because a tab that knows Grafana's scripts is twice as fast."""
    return as_new(_demo_page)


@pytest.fixture
def empty_page(_empty_page: GrafanaPage) -> GrafanaPage:
    """A tab on the empty tables; one for all tests, likewise."""
    return as_new(_empty_page)


def as_new(page: GrafanaPage) -> GrafanaPage:
    page.problems.clear()
    page.page.set_viewport_size({"width": WIDTHS["desk"][0], "height": WIDTHS["desk"][1]})
    return page


@pytest.fixture(scope="module")
def strange_match(demo_database: Postgres) -> Iterator[None]:
    """A match ahead whose every name is a trap, as a copy of a real one with one price three times as high."""
    columns = "home_team, away_team, commence_time, home_odds, draw_odds, away_odds, collected_at"
    bookmaker = "CASE row_number() OVER (ORDER BY bookmaker) WHEN 1 THEN %s ELSE bookmaker END"
    demo_database.execute(
        f"""INSERT INTO odds_history (match_id, sport, bookmaker, {columns})
        SELECT %s, %s, {bookmaker}, %s, away_team, commence_time,
          home_odds * CASE row_number() OVER (ORDER BY bookmaker) WHEN 1 THEN 3 ELSE 1 END, draw_odds, away_odds,
          collected_at
        FROM odds_history
        WHERE collected_at = (SELECT max(collected_at) FROM odds_history) AND match_id = (
          SELECT match_id FROM odds_history GROUP BY match_id ORDER BY max(commence_time) DESC, match_id LIMIT 1
        )""",
        (MATCH, LEAGUE, BOOKMAKER, TEAM),
    )
    yield
    demo_database.execute("DELETE FROM odds_history WHERE match_id = %s", (MATCH,))


def address(grafana: Grafana, uid: str, variables: Values | None = None, days: int = 0) -> str:
    query: Values = {f"var-{name}": value for name, value in (variables or {}).items()}
    if days:
        query |= {"from": f"now-{days}d", "to": "now"}
    return f"{grafana.url}/d/{uid}?{urlencode(query, doseq=True)}"


def table(page: GrafanaPage, title: str) -> list[Row]:
    """The rows of a table in sight, by column title; the links of a row under `links`."""
    rows = page.page.evaluate(_TABLE, title)
    names = [cell["text"] for cell in rows.pop(0)] if rows else []
    return [
        {name: cell["text"] for name, cell in zip(names, row, strict=True)} | {"links": [c["link"] for c in row]}
        for row in rows
    ]


def opportunities(page: GrafanaPage, grafana: Grafana, chosen: Values | None = None) -> list[Row]:
    """All rows of "Current opportunities": alone in a window so high that none is left to be scrolled to."""
    uid = "oddswatch-opportunities"
    page.page.set_viewport_size({"width": WIDTHS["desk"][0], "height": 4000})
    page.open(f"{address(grafana, uid, chosen)}&viewPanel={panel_id(uid, 'opportunities')}")
    return table(page, "Current opportunities")


def texts(page: GrafanaPage) -> dict[str, str]:
    return {panel.title: panel.text for panel in page.panels()}


@contextmanager
def listening(page: GrafanaPage) -> Iterator[list[str]]:
    """Collects the SQL of panels, variables and annotations as it leaves the browser."""
    found: list[str] = []

    def note(request: Request) -> None:
        if "/api/ds/query" in request.url:
            found.extend(query["rawSql"] for query in (request.post_data_json or {})["queries"])

    page.page.on("request", note)
    yield found
    page.page.remove_listener("request", note)


def in_order(sql: str) -> str:
    """The SQL with its lists sorted: a person's filters are in the order of their labels, ours in that of the query."""
    return re.sub(r"'(\w+=[^']*&[^']*)'", lambda found: "'" + "&".join(sorted(found[1].split("&"))) + "'", sql)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_dashboard_is_whole_and_asks_what_we_say(
    model: dict[str, Any], width: str, demo_page: GrafanaPage, demo_grafana: Grafana, demo_database: Postgres
) -> None:
    page = demo_page.page
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    with listening(demo_page) as asked:
        shown = demo_page.open(address(demo_grafana, model["uid"]))

    hidden = {panel["title"] for row in model["panels"] for panel in row.get("panels", [])}
    assert {panel.title for panel in shown} == {panel["title"] for panel in panels(model)} - hidden
    assert [panel.title for panel in shown if panel.error] == []
    none = {panel["title"]: panel.get("fieldConfig", {}).get("defaults", {}).get("noValue") for panel in panels(model)}
    empty = {panel.title for panel in shown if panel.empty or panel.text == none[panel.title] != "–"}
    assert empty - LEGITIMATE.keys() == set()
    assert demo_page.problems == []

    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
    right = "[...document.querySelectorAll('[data-viz-panel-key]')].map(panel => panel.getBoundingClientRect().right)"
    assert max(page.evaluate(right)) <= WIDTHS[width][0]

    with closing(demo_database.connect()) as session:
        ours = {
            in_order(interpolate(query.sql, values(session, query)))
            for query in of_dashboard(model)
            if query.kind != "annotation" and query.place.split(" / ", 1)[1] not in hidden
        }
    assert ours - {in_order(sql) for sql in asked} == set()


def answer(database: Postgres, metric: str, **parameters: str) -> list[dict[str, Any]]:
    """The rows of a metric now, each by column."""
    with closing(database.connect()) as session:
        found = run(session, Catalogue(Settings()).sql(metric, **parameters))
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def stable(text: str) -> str:
    """Without what goes on while a test runs: how far prices reach back."""
    return " ".join(re.sub(r"Prices reach back .*?\. ", "", text).split())


def test_panels_share_one_answer_and_each_shows_its_part(
    demo_page: GrafanaPage, demo_grafana: Grafana, demo_database: Postgres
) -> None:
    rows = answer(demo_database, "proof", mailed="spread")
    with listening(demo_page) as asked:
        demo_page.open(address(demo_grafana, "oddswatch-proof"))
    assert len(asked) == 1
    said = {title: stable(text) for title, text in texts(demo_page).items()}
    tiles = {"Value bets": "value_bets", "High spreads": "high_spreads", "Surebets": "surebets"}
    for title, column in (tiles | {"What this looked at": "looked_at"}).items():
        assert said[title] == stable(rows[0][column]), title
    mailed = {row["title"]: row for row in rows if row["is_mailed"]}
    assert len(mailed) == 3 < len(rows)
    kept = table(demo_page, "Promised and kept")
    assert {row["Signal"]: row["Signals"] for row in kept} == {
        title: f"{row['signals']:,}" for title, row in mailed.items()
    }
    assert [row["Signal"].split()[0] for row in kept] == ["Value", "Spreads", "Every"]

    # Alone, as a link to one panel shows it, it has the answer of a panel that is not in sight.
    alone = panel_id("oddswatch-proof", "spread")
    demo_page.open(f"{address(demo_grafana, 'oddswatch-proof')}&viewPanel=panel-{alone}")
    demo_page.page.get_by_text(rows[0]["high_spreads"]).wait_for()

    # In a folded row the answer is asked for when it is opened, once.
    with listening(demo_page) as asked:
        demo_page.open(address(demo_grafana, "oddswatch-home"))
        assert not any("Home / Value bets */" in sql for sql in asked)
        opened = {panel.title: stable(panel.text) for panel in demo_page.unfold()}
    assert sum("WITH past AS" in sql for sql in asked) == 1
    assert {title: opened[title] for title in tiles} == {
        title: stable(rows[0][column]) for title, column in tiles.items()
    }
    # Whatever the page's own time range, and they say so.
    assert demo_page.page.get_by_text("Last 30 days", exact=True).count() == len(tiles)

    with listening(demo_page) as asked:
        demo_page.open(address(demo_grafana, "oddswatch-bookmakers"))
    assert len(asked) == 1
    paid = {row["Bookmaker"]: percent(row["Pays back"]) for row in table(demo_page, "Bookmakers, measured")}
    bars = [paid[line] for line in texts(demo_page)["Pays back"].split("\n") if line in paid]
    assert bars == sorted(paid.values(), reverse=True)
    assert len(bars) > 10

    checks = answer(demo_database, "data_quality")
    failed = sum(bool(check["found"]) and check["is_fault"] for check in checks)
    demo_page.open(address(demo_grafana, "oddswatch-health"))
    assert texts(demo_page)["Failed data checks"] == str(failed)


def test_grafana_has_nothing_to_complain_about_in_our_files(demo_grafana: Grafana) -> None:
    """After every dashboard has been opened, and before anybody sends nonsense; here is no mail server."""
    complaints = [line for line in demo_grafana.log().splitlines() if re.search(r"level=(error|warn)", line)]
    ours = [line for line in complaints if NAME_PREFIX.lower() in line.lower()]
    # Mails that nobody takes; and rules that it asks at its start, before it has read the dashboards.
    expected = ("logger=ngalert.notifier", 'error="Dashboard not found"')
    assert [line for line in ours if not any(words in line for words in expected)] == []


def test_a_dashboard_on_empty_tables_says_in_words_that_there_is_nothing(
    model: dict[str, Any], empty_page: GrafanaPage, empty_grafana: Grafana
) -> None:
    shown = empty_page.open(address(empty_grafana, model["uid"]))
    assert [panel.title for panel in shown if panel.error] == []
    assert [panel.title for panel in shown if panel.text == "No data" or (panel.empty and not panel.text)] == []
    assert empty_page.problems == []


def test_choosing_leagues_and_a_spread_leaves_only_those(demo_page: GrafanaPage, demo_grafana: Grafana) -> None:
    everything = opportunities(demo_page, demo_grafana)
    wide = sorted(everything, key=lambda row: percent(row["Spread"]))[len(everything) // 2 :]
    limit = next(str(limit) for limit in (50, 30, 20, 10, 5) if percent(wide[-1]["Spread"]) >= limit)
    expected = [row for row in everything if percent(row["Spread"]) >= float(limit)]
    assert len(expected) < len(everything)

    chosen: Values = {"min_spread": limit}
    assert matches(opportunities(demo_page, demo_grafana, chosen)) == matches(expected)
    demo_page.open(address(demo_grafana, "oddswatch-opportunities", chosen))
    assert texts(demo_page)["Opportunities now"] == str(len(expected))

    chosen = {"league": ["soccer_spain_la_liga", "soccer_epl"]}
    demo_page.open(address(demo_grafana, "oddswatch-opportunities", chosen))
    demo_page.unfold()
    ahead = table(demo_page, "Every match ahead")
    assert {row["League"] for row in ahead} == {"La Liga", "Premier League"}
    expected = [row for row in everything if row["League"] in {"La Liga", "Premier League"}]
    assert matches(opportunities(demo_page, demo_grafana, chosen)) == matches(expected)


def test_choosing_bookmakers_and_kick_offs_leaves_only_those(
    demo_page: GrafanaPage, demo_grafana: Grafana, demo_database: Postgres
) -> None:
    demo_page.open(address(demo_grafana, "oddswatch-opportunities"))
    widest = max(table(demo_page, "Current opportunities"), key=lambda row: percent(row["Spread"]))
    pair = [widest["Best at"], widest["Worst at"]]
    ids = {name: bookmaker for bookmaker, name in reading.load(ROOT / "config.yml").bookmakers.names.items()}
    chosen: Values = {"bookmaker": [ids.get(name) or name for name in pair]}
    demo_page.open(address(demo_grafana, "oddswatch-opportunities", chosen))
    demo_page.unfold()
    rows = table(demo_page, "Current opportunities")
    assert {row["Best at"] for row in rows} | {row["Worst at"] for row in rows} == set(pair)
    assert (widest["Match"], widest["Spread"]) in [(row["Match"], row["Spread"]) for row in rows]
    assert {row["Bookmaker"] for row in table(demo_page, "Bookmakers by best prices")} == set(pair)

    demo_page.open(address(demo_grafana, "oddswatch-opportunities", {"kick_off": "72"}))
    demo_page.unfold()
    soon = (datetime.now(SITE_ZONE) + timedelta(hours=72)).strftime("%Y-%m-%d %H:%M")
    assert all(row["Kick-off"] <= soon for row in table(demo_page, "Every match ahead"))
    ((number,),) = demo_database.execute(
        """SELECT count(DISTINCT match_id) FROM odds_history WHERE collected_at > now() - interval '6 hours'
        AND commence_time > now() AND commence_time < now() + interval '72 hours'"""
    )
    assert texts(demo_page)["Matches ahead"] == str(number)


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


def matches(rows: list[Row]) -> set[tuple[str, str]]:
    return {(row["Match"], row["Outcome"]) for row in rows}


def test_links_of_every_table_lead_to_the_match_in_the_same_time_range(
    model: dict[str, Any], demo_page: GrafanaPage, demo_grafana: Grafana, demo_database: Postgres
) -> None:
    tables = [panel["title"] for panel in panels(model) if panel["type"] == "table" and leads_to_a_match(panel)]
    if not tables:
        assert model["uid"] not in {"oddswatch-home", "oddswatch-opportunities", "oddswatch-performance"}
        pytest.skip("no table of this page leads to a match")
    demo_page.open(address(demo_grafana, model["uid"], days=9))
    demo_page.unfold()
    known = {match for (match,) in demo_database.execute("SELECT DISTINCT match_id FROM odds_history")}
    for title in tables:
        rows = table(demo_page, title)
        assert rows or title in LEGITIMATE
        for row in rows:
            (link,) = [link for link in row["links"] if link]
            target, query = urlsplit(link), parse_qs(urlsplit(link).query)
            assert target.path.startswith("/d/oddswatch-match")
            assert (query["from"], query["to"]) == (["now-9d"], ["now"])
            assert query["var-match"][0] in known
    row = next(row for title in tables for row in table(demo_page, title))
    demo_page.page.get_by_role("link", name=row["Match"]).first.click()
    demo_page.page.wait_for_url("**/d/oddswatch-match/**")
    demo_page.wait_for_panels()
    assert row["Match"] in texts(demo_page)["Match"]
    assert "from=now-9d" in demo_page.page.url


def test_the_list_of_matches_and_the_tile_beside_it_name_the_same_time(
    demo_page: GrafanaPage, demo_grafana: Grafana, demo_database: Postgres
) -> None:
    ((match, kick_off),) = demo_database.execute(
        """SELECT match_id, max(commence_time) FROM odds_history WHERE commence_time > now() AT TIME ZONE 'utc'
        GROUP BY match_id ORDER BY match_id LIMIT 1"""
    )
    here = kick_off.replace(tzinfo=UTC).astimezone(SITE_ZONE)
    demo_page.open(address(demo_grafana, "oddswatch-match", {"match": match}))
    assert f"{here:%Y-%m-%d %H:%M}" in texts(demo_page)["Match"]
    assert f"{here:%a %d %b %H:%M}" in demo_page.page.inner_text("body")


def test_a_mail_leads_to_the_section_of_its_alert_alone(
    demo_page: GrafanaPage, demo_grafana: Grafana, tree_folder: Path
) -> None:
    rule = next(rule for rule in Tree.read(tree_folder).rules() if rule["title"] == "Quota runs out")
    url = rule["annotations"]["runbook_url"].replace("{{ externalURL }}", f"{demo_grafana.url}/")
    (section,) = demo_page.open(url)
    assert section.title == "Quota runs out"
    assert "What to do. Collect less often" in section.text
    assert demo_page.problems == []


def test_home_lists_our_alerts_and_nobody_elses(demo_page: GrafanaPage, demo_grafana: Grafana) -> None:
    theirs = {**sample_tree.rule("SELECT 1 AS value"), "uid": "theirs", "title": "Somebody's alert"}
    theirs |= {"folderUID": "theirs", "ruleGroup": "theirs", "orgID": 1}
    del theirs["notification_settings"]
    for query in theirs["data"]:
        query["model"]["datasource"] = DATASOURCE
        query["datasourceUid"] = DATASOURCE["uid"] if query["refId"] == "A" else "__expr__"
    with GrafanaClient(demo_grafana) as client:
        client.post("/api/folders", {"uid": "theirs", "title": "Theirs"})
        client.post("/api/v1/provisioning/alert-rules", theirs)
        client.wait_for_rule("Somebody's alert", "firing", timeout=90)
        ours = [rule["name"] for rule in client.rules().values() if rule["state"] == "firing"]
        demo_page.open(address(demo_grafana, "oddswatch-home"))
        listed = texts(demo_page)["Alerts"]
        client.request("DELETE", "/api/folders/theirs", forceDeleteRules="true")
    ours.remove("Somebody's alert")
    assert ours
    assert [name for name in ours if name not in listed] == []
    assert "Somebody" not in listed


def leads_to_a_match(panel: dict[str, Any]) -> bool:
    return "/d/oddswatch-match" in str(panel["fieldConfig"]["overrides"])


def test_a_number_leads_on_in_the_same_time_range_and_the_menu_in_that_of_the_page(
    demo_page: GrafanaPage, demo_grafana: Grafana
) -> None:
    demo_page.open(address(demo_grafana, "oddswatch-opportunities", {"min_spread": "20"}, days=9))
    addresses: list[str] = demo_page.page.locator('a[href*="/d/oddswatch-health"]').evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    queries = [parse_qs(urlsplit(address).query) for address in addresses]
    from_number = [query for query in queries if query.get("var-min_spread") == ["20"] and "from" in query]
    assert [(query["from"], query["to"]) for query in from_number] == [(["now-9d"], ["now"])]
    assert len(queries) > len(from_number)
    assert [query for query in queries if query not in from_number and "from" in query] == []


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_in_the_address_stays_a_value(
    value: str, demo_page: GrafanaPage, demo_grafana: Grafana, demo_database: Postgres, tree_folder: Path
) -> None:
    before = contents(demo_database)
    for model in Tree.read(tree_folder).dashboards():
        variables = model["templating"]["list"]
        if not variables:
            continue
        chosen: Values = {v["name"]: [value] if v.get("multi") else value for v in variables}
        with listening(demo_page) as asked:
            demo_page.open(address(demo_grafana, model["uid"], chosen))
        ours = {interpolate(query.sql, chosen) for query in of_dashboard(model)}
        assert asked
        assert set(asked) - ours == set()
        shown = texts(demo_page)
        assert not any("Villarreal" in text or "pinnacle" in text for text in shown.values()), "it found something"
    assert contents(demo_database) == before


def contents(database: Postgres) -> list[tuple[Any, ...]]:
    """How many rows the tables hold; the tables themselves."""
    return database.execute(
        """SELECT (SELECT count(*) FROM odds_history), (SELECT count(*) FROM bets),
        (SELECT count(*) FROM collection_logs),
        (SELECT array_agg(relname ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace)"""
    )


@pytest.mark.usefixtures("strange_match")
def test_strange_names_show_as_they_are_filter_right_and_lead_on(demo_page: GrafanaPage, demo_grafana: Grafana) -> None:
    choice: Values = {"league": [LEAGUE], "bookmaker": [BOOKMAKER, "pinnacle", "betfair_ex_eu"], "min_spread": "50"}
    demo_page.open(address(demo_grafana, "oddswatch-opportunities", choice))
    demo_page.unfold()
    (row,) = table(demo_page, "Current opportunities")
    assert row["Match"].startswith(f"{TEAM} – ")
    assert row["Best at"] == BOOKMAKER
    assert texts(demo_page)["Opportunities now"] == "1"
    assert BOOKMAKER in {row["Bookmaker"] for row in table(demo_page, "Bookmakers by best prices")}

    demo_page.page.get_by_role("link", name=row["Match"]).first.click()
    demo_page.page.wait_for_url("**/d/oddswatch-match/**")
    demo_page.wait_for_panels()
    assert parse_qs(urlsplit(demo_page.page.url).query)["var-match"] == [MATCH]
    assert TEAM in texts(demo_page)["Match"]
    assert BOOKMAKER in {row["Bookmaker"] for row in table(demo_page, "Latest prices")}
    assert [panel.title for panel in demo_page.panels() if panel.error] == []
    assert demo_page.problems == []
