"""What the header of a metric promises is what PostgreSQL returns: names, order and types of the columns."""

from datetime import UTC, datetime

import pytest

from oddswatch.catalogue.catalogue import METRICS
from oddswatch.catalogue.expressions import Expressions
from oddswatch.database.macros import TimeRange, expand
from tests.data import composed
from tests.data.frozen_site import LAYOUTS, Site
from tests.servers.postgres import Postgres

NAMES = sorted(path.stem for path in METRICS.rglob("*.sql"))
#: A value for each parameter without which a metric cannot be asked.
NEEDED = {
    "match": "'m1'",
    "of": "(SELECT 'l'::text AS lot, 'b'::text AS bookmaker, true AS has_draw, true AS is_complete,"
    " 2::float8 AS home_price, 3.5::float8 AS draw_price, 4::float8 AS away_price, {{ now }} AS collected_at,"
    " 'm1'::text AS match_id, {{ now }} AS kick_off, {{ now }} AS last_price,"
    " 'n'::text AS name, 'home'::text AS outcome, 1::numeric AS stake, 2::numeric AS net_price, 0.5::float8 AS chance,"
    " 1::bigint AS matches, 1 AS number, 1::float8 AS prices)",
    "signals": "(SELECT 'value'::text AS kind, 2::float8 AS threshold, true AS is_mailed, 'm1'::text AS match_id,"
    " {{ now }} AS seen_at, {{ now }} AS kick_off, 2::float8 AS price, 3::float8 AS strength_pct,"
    " 2::float8 AS later_price, {{ now }} AS closing_at, 1::float8 AS clv_pct, 1::float8 AS later_clv_pct)",
    "lots": "(SELECT 1::bigint AS lot, 1 AS number, {{ now }} AS seen_at, false AS is_gathered, true AS has_draw,"
    " 2::float8 AS home_best, 3.5::float8 AS draw_best, 4::float8 AS away_best)",
    "asked": "(SELECT 'l'::text AS lot, 'c'::text AS bookmaker)",
    "judged": "(SELECT 'value'::text AS kind, 'too few'::text AS verdict, 1::bigint AS closed_matches,"
    " 100::float8 AS needed, 1::float8 AS kept_pct, '0 to 1 %'::text AS likely)",
}
#: Instead of it, where "Prices of past matches" is asked for.
PAST_PRICES = (
    "(SELECT 1 AS number, 'e'::text AS league, {{ now }} AS kick_off,"
    " 'b'::text AS bookmaker, 2::numeric AS home_price, 3.5::numeric AS draw_price, 4::numeric AS away_price,"
    " 'all'::text AS about, true AS offers_draw, {{ now }} AS collected_at)"
)


@pytest.fixture(scope="module", params=LAYOUTS)
def site(request: pytest.FixtureRequest, postgres: Postgres) -> Site:
    return Site.create(postgres.create_database(), request.param, datetime.now(UTC))


@pytest.mark.parametrize("name", NAMES)
def test_columns(site: Site, name: str) -> None:
    catalogue = composed.catalogue(site.settings)
    metric = catalogue[name]
    now = Expressions(site.settings).now
    given = NEEDED | ({"of": PAST_PRICES} if "Prices of past matches" in metric.parameters.get("of", "") else {})
    needed = {key: value.replace("{{ now }}", now) for key, value in given.items() if key in metric.parameters}
    sql = catalogue.sql(name, **needed)
    span = TimeRange(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC))
    connection = site.database.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({expand(sql, span, 60_000)}) AS asked")
            returned = [(column.name, column.type_code) for column in cursor.description]
            cursor.execute(
                "SELECT array_agg(format_type(code, NULL) ORDER BY place) FROM unnest(%s::oid[]) "
                "WITH ORDINALITY AS codes (code, place)",
                ([code for _, code in returned],),
            )
            [(types,)] = cursor.fetchall()
    finally:
        connection.close()
    # A moment has the type that the site's columns have.
    moment = f"timestamp {'without' if site.layout.times == 'naive_utc' else 'with'} time zone"
    declared = [(column.name, moment if column.type == "timestamp" else column.type) for column in metric.columns]
    assert list(zip((name for name, _ in returned), types, strict=True)) == declared
