-- Value bets
-- Question: which offer pays more than its chance is worth?
-- Grain: one row per match not started and outcome whose best offer has an expected value of at least `least`
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   league_name: text, text, League
--   kick_off: timestamp, time, Kick-off
--   outcome: text, text, Outcome
--   bookmaker: text, text, Bookmaker
--   bet: text, text, Bet
--   price: double precision, price, Price
--   net_price: double precision, price, Net price
--   ev_pct: double precision, percent, Value
--   others_ev_pct: double precision, percent, By others
--   doubt: text, text, Doubt
--   price_down_to: double precision, price, Down to
--   fair_price: double precision, price, Fair price
--   fair_from: text, text, Fair by
--   next_price: double precision, price, Next best
--   stake: double precision, money, Stake at most
--   stake_down_to: double precision, money, Stake at most, at the lowest price
--   bookmakers: bigint, count, Bookmakers
--   age: double precision, duration, Age
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names whose offers count, a text[]),
--   match (the id of one match), within (an interval in which the match must start), least (an expected value as a share;
--   without it `value.min_ev_pct`), nearest (how many that a sharp bookmaker measures come back, those of the highest
--   value, and all from `value.min_ev_pct` on; without it all)
-- Notes: See "Best offers, held against their chance" for value, fair price and doubts; stale is a price older than
--   `collection.late_after_intervals`. The prices are those of one collection. Stake at most: `value.kelly_fraction` of Kelly's
--   stake (1956), expected value / (net price - 1), of the money that is not at stake already, and at most `value.max_stake_pct`
--   of it; less at a lower price: at the lowest that is worth it the other one. What is worth a bet has no doubt; the others are
--   shown with theirs.
{% set v = settings.value %}
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
    current_books.collected_at
  FROM {{ ref("current_books") }}
),

found AS MATERIALIZED {{ whole("judged_offers", of="books") }},

fixtures AS (
  SELECT DISTINCT
    books.lot,
    books.match_id,
    books.match,
    books.league,
    books.kick_off
  FROM books
  WHERE books.lot IN (SELECT found.lot FROM found)
)

SELECT
  fixtures.match_id,
  fixtures.match,
  fixtures.league,
  {{ league_name("fixtures.league") }} AS league_name,
  fixtures.kick_off,
  found.outcome,
  found.bookmaker,
  initcap(found.outcome) || ' ' || to_char(found.price, 'FM9990.00') || ' · ' || {{ bookmaker_name("found.bookmaker") }} AS bet,
  found.price,
  found.net_price,
  round((found.ev * 100)::numeric, 6)::double precision AS ev_pct,
  round((found.others_ev * 100)::numeric, 6)::double precision AS others_ev_pct,
  nullif(
    concat_ws(
      ', ',
      found.doubt,
      CASE WHEN found.collected_at < {{ at }} - interval '{{ settings.collection.late_seconds }} seconds' THEN 'stale price' END
    ),
    ''
  ) AS doubt,
  found.price_down_to,
  1 / found.chance AS fair_price,
  found.fair_from,
  found.next_price,
  {% for ev, net, name in (("found.ev", "found.net_price", "stake"), ("(lowest.net_price * found.chance - 1)", "lowest.net_price", "stake_down_to")) %}
  {% if v.stakes %}
  greatest(least({{ ev }} / ({{ net }} - 1) * {{ v.kelly_fraction }}, {{ v.max_stake_pct / 100 }}) * free_money.amount, 0) AS {{ name }},
  {% else %}
  NULL::double precision AS {{ name }},
  {% endif %}
  {% endfor %}
  found.bookmakers,
  greatest(extract(EPOCH FROM {{ at }} - found.collected_at), 0)::double precision AS age
FROM found
INNER JOIN fixtures ON found.lot = fixtures.lot
{% if v.stakes %}
CROSS JOIN LATERAL (SELECT {{ net_price("found.price_down_to", "found.bookmaker") }} AS net_price) AS lowest
CROSS JOIN {{ ref("free_money") }}
{% endif %}
