-- Surebets
-- Question: is there a profit that no result can take away?
-- Grain: one row per match whose best prices guarantee a profit
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   league_name: text, text, League
--   kick_off: timestamp, time, Kick-off
--   profit_pct: double precision, percent, Profit
--   gross_profit_pct: double precision, percent, Before commission
--   home_price: double precision, price, Home
--   home_bookmaker: text, text, Home at
--   home_stake: double precision, money, Stake home
--   home_age: double precision, duration, Age home
--   draw_price: double precision, price, Draw
--   draw_bookmaker: text, text, Draw at
--   draw_stake: double precision, money, Stake draw
--   draw_age: double precision, duration, Age draw
--   away_price: double precision, price, Away
--   away_bookmaker: text, text, Away at
--   away_stake: double precision, money, Stake away
--   away_age: double precision, duration, Age away
--   bookmakers: bigint, count, Bookmakers
--   suspicious: text, text, Suspicious
--   last_update: timestamp, time, Last update
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   match (the id of one match), within (an interval in which the match must start)
-- Notes: See "Surebets of lots": of one collection, after commission, at `bookmakers.mine`. Suspicious names every reason to
--   doubt it, a price older than `collection.late_after_intervals` among them.
{% set outcomes = ["home", "draw", "away"] %}
{# Where not even the best prices of several collections would give a profit before commission; what is no price passes. #}
{% set sieve %}
(
  {% for outcome in outcomes %}
  {{ "+ " if not loop.first }}coalesce(1 / nullif(greatest(max(recent.{{ outcome }}_offer), 0), 0), 0)
  {% endfor %}
) < 1.000001
OR greatest(max(recent.home_offer), max(recent.draw_offer), max(recent.away_offer)) > {{ settings.opportunities.max_price }}
{% endset %}
WITH books AS MATERIALIZED (
  SELECT
    current_books.lot,
    current_books.match_id,
    current_books.match,
    current_books.league,
    current_books.kick_off,
    current_books.bookmaker,
    current_books.home_price,
    current_books.draw_price,
    current_books.away_price,
    current_books.has_draw,
    current_books.collected_at,
    current_books.last_update
  FROM {{ ref("current_books", sieve=sieve) }}
  {% if bookmakers %}
  WHERE current_books.bookmaker = ANY ({{ bookmakers }})
  {% endif %}
),

fixtures AS (
  SELECT DISTINCT
    books.lot,
    books.match_id,
    books.match,
    books.league,
    books.kick_off,
    books.last_update
  FROM books
)

SELECT
  fixtures.match_id,
  fixtures.match,
  fixtures.league,
  {{ league_name("fixtures.league") }} AS league_name,
  fixtures.kick_off,
  lot_surebets.profit_pct,
  lot_surebets.gross_profit_pct,
  {% for outcome in outcomes %}
  lot_surebets.{{ outcome }}_price,
  {{ bookmaker_name("lot_surebets." ~ outcome ~ "_bookmaker") }} AS {{ outcome }}_bookmaker,
  lot_surebets.{{ outcome }}_stake,
  -- A feed whose clock runs ahead makes no negative ages.
  CASE
    WHEN lot_surebets.{{ outcome }}_collected_at IS NOT NULL
      THEN greatest(extract(EPOCH FROM {{ at }} - lot_surebets.{{ outcome }}_collected_at), 0)::double precision
  END AS {{ outcome }}_age,
  {% endfor %}
  lot_surebets.bookmakers,
  nullif(
    concat_ws(
      ', ',
      lot_surebets.doubt,
      CASE
        WHEN
          least(lot_surebets.home_collected_at, lot_surebets.draw_collected_at, lot_surebets.away_collected_at)
          < {{ at }} - interval '{{ settings.collection.late_seconds }} seconds'
          THEN 'stale price'
      END
    ),
    ''
  ) AS suspicious,
  fixtures.last_update
FROM {{ ref("lot_surebets", of="books") }}
INNER JOIN fixtures ON lot_surebets.lot = fixtures.lot
