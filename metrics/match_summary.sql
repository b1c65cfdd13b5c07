-- One match at a glance
-- Question: which match is this, and is there anything in it?
-- Grain: one row, or none for an unknown match
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   league_name: text, text, League
--   kick_off: timestamp, time, Kick-off
--   to_kick_off: double precision, duration, Time to kick-off
--   sentence: text, text, Anything in it?
--   best_value_pct: double precision, percent, Best value
--   home_fair: double precision, price, Fair home
--   draw_fair: double precision, price, Fair draw
--   away_fair: double precision, price, Fair away
--   fair_from: text, text, Fair by
--   spread_pct: double precision, percent, Widest spread
--   best_margin_pct: double precision, percent, Margin of the best prices
--   bookmakers: bigint, count, Bookmakers
--   age: double precision, duration, Age
-- Parameters: match (the id of the match)
-- Notes: For a match that has started, as it was at kick-off. The sentence says the best offer of "Value bets" where it is worth
--   a bet, or why it is not. Fair prices are the sharp bookmaker's without its margin, else the median of all where there are
--   at least `value.min_bookmakers` - 1 of them. The margin of the best prices, after commission, is (sum of 1 / best - 1) x
--   100: below 0 it is a surebet; NULL without a price for each outcome. Age is that of the newest price.
{% set v = settings.value %}
{% set outcomes = ["home", "draw", "away"] %}
{% set moment = "(SELECT fixture.moment FROM fixture)" %}
WITH fixture AS MATERIALIZED (
  SELECT
    match_fixture.match_id,
    match_fixture.match,
    match_fixture.league,
    match_fixture.kick_off,
    match_fixture.last_update,
    match_fixture.moment
  FROM {{ ref("match_fixture") }}
),

books AS MATERIALIZED (
  SELECT
    match_books.lot,
    match_books.bookmaker,
    {% for outcome in outcomes %}
    match_books.{{ outcome }}_price,
    match_books.{{ outcome }}_net,
    {% endfor %}
    match_books.has_draw,
    match_books.is_complete,
    match_books.collected_at
  FROM {{ ref("match_books") }}
  WHERE match_books.is_offered
),

best AS (
  SELECT
    {% for outcome in outcomes %}
    max(books.{{ outcome }}_net) FILTER (WHERE {{ is_mine("books.bookmaker") }}) AS {{ outcome }}_net,
    {% endfor %}
    bool_and(books.has_draw) AS has_draw,
    count(*) AS bookmakers,
    max(books.collected_at) AS last_update
  FROM books
),

spread AS (
  SELECT max(lot_spreads.spread_pct) AS spread_pct
  FROM {{ ref("lot_spreads", of="books") }}
  WHERE lot_spreads.bookmakers >= {{ settings.opportunities.min_bookmakers }}
),

offer AS (
  SELECT
    value_bets.outcome,
    value_bets.price,
    value_bets.bookmaker,
    value_bets.ev_pct,
    value_bets.doubt,
    value_bets.bookmakers
  FROM {{ ref("value_bets", at=moment, least="-1") }}
  ORDER BY value_bets.ev_pct >= {{ v.min_ev_pct }} AND value_bets.doubt IS NULL DESC, value_bets.ev_pct DESC, value_bets.outcome
  LIMIT 1
),

-- Nobody's offer: the fair price itself.
asked AS (
  SELECT DISTINCT
    books.lot,
    '' AS bookmaker
  FROM books
),

fair AS (
  SELECT
    {% for outcome in outcomes %}
    1 / fair_chances.{{ outcome }}_chance AS {{ outcome }}_fair,
    {% endfor %}
    fair_chances.fair_from
  FROM {{ ref("fair_chances", of="books", asked="asked") }}
),

said AS (
  SELECT
    initcap(offer.outcome) || ' ' || to_char(offer.price, 'FM9999999990.00') || ' at ' || {{ bookmaker_name("offer.bookmaker") }} AS bet,
    offer.ev_pct,
    {{ signed("offer.ev_pct") }} || ' %' AS value,
    offer.doubt,
    offer.bookmakers,
    CASE WHEN fixture.kick_off > {{ now }} THEN 'is' ELSE 'was' END AS verb
  FROM offer
  CROSS JOIN fixture
)

SELECT
  fixture.match_id,
  fixture.match,
  fixture.league,
  {{ league_name("fixture.league") }} AS league_name,
  fixture.kick_off,
  extract(EPOCH FROM fixture.kick_off - {{ now }})::double precision AS to_kick_off,
  CASE
    WHEN best.bookmakers = 0 AND fixture.kick_off > {{ now }} THEN 'No bookmaker has a current price'
    WHEN best.bookmakers = 0 THEN 'No price stood at kick-off'
    WHEN coalesce(said.bookmakers, best.bookmakers) < {{ v.min_bookmakers }}
      THEN 'Nothing can be said: fewer than {{ v.min_bookmakers }} bookmakers'
    WHEN said.ev_pct IS NULL THEN 'Nothing can be said: too few others with complete prices to judge by'
    WHEN said.ev_pct < 0 THEN 'Nothing: the best price ' || said.verb || ' worth ' || said.value
    WHEN said.ev_pct < {{ v.min_ev_pct }} THEN 'Hardly anything: the best price ' || said.verb || ' worth ' || said.value
    WHEN said.doubt IS NULL THEN said.bet || ' ' || said.verb || ' worth ' || said.value
    ELSE 'Doubtful: ' || said.bet || ' ' || said.verb || ' worth ' || said.value || ' (' || said.doubt || ')'
  END AS sentence,
  said.ev_pct AS best_value_pct,
  {% for outcome in outcomes %}
  fair.{{ outcome }}_fair,
  {% endfor %}
  fair.fair_from,
  spread.spread_pct,
  {{ margin_pct("best") }} AS best_margin_pct,
  best.bookmakers,
  extract(
    EPOCH FROM fixture.moment - least(coalesce(best.last_update, fixture.last_update), fixture.moment)
  )::double precision AS age
FROM fixture
CROSS JOIN best
CROSS JOIN spread
LEFT JOIN said ON true
LEFT JOIN fair ON true
