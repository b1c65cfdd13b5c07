-- Current opportunities
-- Question: which outcomes do the bookmakers price differently right now?
-- Grain: one row per match and outcome
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   league_name: text, text, League
--   kick_off: timestamp, time, Kick-off
--   outcome: text, text, Outcome
--   best_price: double precision, price, Best price
--   best_bookmaker: text, text, Best at
--   worst_price: double precision, price, Worst price
--   worst_bookmaker: text, text, Worst at
--   spread_pct: double precision, percent, Spread
--   bookmakers: bigint, count, Bookmakers
--   net_price: double precision, price, After commission
--   fair_price: double precision, price, Fair price
--   fair_from: text, text, Fair by
--   worth_pct: double precision, percent, Best is worth
--   odd_one: text, text, Odd one
--   age: double precision, duration, Age
--   last_update: timestamp, time, Last update
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   match (the id of one match), within (an interval in which the match must start), least (a spread in percent; without it
--   `opportunities.min_spread_pct`), counted (true: only which and how wide, NULL for all that takes longer to find)
-- Notes: Spread = (best - worst) / worst x 100, before commission, over the prices of one collection; the best price is one of
--   `bookmakers.mine`. A spread says that somebody is slow, not that the best price is good: best is worth = net price x fair
--   chance - 1 says that (see "Fair chances for offers"). The odd one out is the price that lies further from the median of
--   all than the other: the highest or the lowest. Age is that of the older of the two prices. Of equal prices the freshest.
--   Read from the collector's own view with `opportunities.source: view`, which names no bookmakers and does not know what the
--   best price is worth.
{% set v = view.columns %}
{% if settings.opportunities.source == "view" and at_is_now %}
SELECT
  v.{{ v.match }}::text AS match_id,
  v.{{ v.home_team }} || ' – ' || v.{{ v.away_team }} AS match,
  v.{{ v.league }}::text AS league,
  {{ league_name("v." ~ v.league ~ "::text") }} AS league_name,
  v.{{ v.kick_off }} AS kick_off,
  spreads.outcome,
  spreads.best_price,
  NULL::text AS best_bookmaker,
  spreads.worst_price,
  NULL::text AS worst_bookmaker,
  spreads.spread_pct,
  v.{{ v.bookmakers }}::bigint AS bookmakers,
  NULL::double precision AS net_price,
  NULL::double precision AS fair_price,
  NULL::text AS fair_from,
  NULL::double precision AS worth_pct,
  NULL::text AS odd_one,
  greatest(extract(EPOCH FROM {{ at }} - v.{{ v.last_update }}), 0)::double precision AS age,
  v.{{ v.last_update }} AS last_update
FROM {{ view.table }} AS v
CROSS JOIN LATERAL (
  VALUES
  {% if view.spreads == "single" %}
  ('any', NULL::double precision, NULL::double precision, v.{{ v.spread }}::double precision)
  {% else %}
  {% for outcome in ["home", "draw", "away"] %}
  (
    '{{ outcome }}',
    {% for what in ["best", "worst", "spread"] %}
    {% set column = v[outcome ~ "_" ~ what] %}
    {{ "v." ~ column if column else "NULL" }}::double precision{{ "" if loop.last else "," }}
    {% endfor %}
  ){{ "" if loop.last else "," }}
  {% endfor %}
  {% endif %}
) AS spreads (outcome, best_price, worst_price, spread_pct)
WHERE
  spreads.spread_pct >= {{ settings.opportunities.min_spread_pct }}
  -- Not a number is above all.
  AND spreads.spread_pct < 'Infinity'
  AND v.{{ v.bookmakers }} >= {{ settings.opportunities.min_bookmakers }}
  {% if leagues %}
  AND v.{{ v.league }} = ANY ({{ leagues }})
  {% endif %}
  {% if within %}
  AND v.{{ v.kick_off }} <= {{ at }} + {{ within }}
  {% endif %}
  {% if match %}
  AND v.{{ v.match }} = {{ match }}
  {% endif %}
{% elif counted %}
SELECT
  wide_spreads.match_id,
  wide_spreads.match,
  wide_spreads.league,
  {{ league_name("wide_spreads.league") }} AS league_name,
  wide_spreads.kick_off,
  wide_spreads.outcome,
  wide_spreads.best_price,
  NULL::text AS best_bookmaker,
  wide_spreads.worst_price,
  NULL::text AS worst_bookmaker,
  wide_spreads.spread_pct,
  wide_spreads.bookmakers,
  NULL::double precision AS net_price,
  NULL::double precision AS fair_price,
  NULL::text AS fair_from,
  NULL::double precision AS worth_pct,
  NULL::text AS odd_one,
  NULL::double precision AS age,
  wide_spreads.last_update
FROM {{ ref("wide_spreads") }}
{% else %}
{# Where not even the prices of several collections lie so far apart, what is no price among them; a little less, because spreads are rounded. #}
{% set sieve %}
{% if least %}
{% for outcome in ["home", "draw", "away"] %}
{{ "OR " if not loop.first }}max(recent.{{ outcome }}_offer) >= min(recent.{{ outcome }}_offer) * {{ 1 + (least | float - 0.001) / 100 }}
{% endfor %}
{% endif %}
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
    current_books.home_price IS NOT NULL
    AND current_books.away_price IS NOT NULL
    AND (current_books.draw_price IS NOT NULL OR current_books.has_draw IS FALSE) AS is_complete,
    current_books.collected_at,
    current_books.last_update
  FROM {{ ref("current_books", sieve=sieve) }}
),

compared AS (
  SELECT
    books.lot,
    books.bookmaker,
    books.home_price,
    books.draw_price,
    books.away_price
  FROM books
  {% if bookmakers %}
  WHERE books.bookmaker = ANY ({{ bookmakers }})
  {% endif %}
),

wide AS MATERIALIZED (
  SELECT
    row_number() OVER () AS place,
    lot_spreads.lot,
    lot_spreads.outcome,
    lot_spreads.best_price,
    lot_spreads.worst_price,
    lot_spreads.spread_pct,
    lot_spreads.bookmakers
  FROM {{ ref("lot_spreads", of="compared") }}
  WHERE
    lot_spreads.bookmakers >= {{ settings.opportunities.min_bookmakers }}
    AND lot_spreads.spread_pct >= {{ least or settings.opportunities.min_spread_pct }}
),

held AS MATERIALIZED (
  SELECT
    max(wide.lot) AS lot,
    max(books.match_id) AS match_id,
    max(wide.outcome) AS outcome,
    max(wide.best_price) AS best_price,
    max(wide.worst_price) AS worst_price,
    max(wide.spread_pct) AS spread_pct,
    max(wide.bookmakers) AS bookmakers,
    max(books.match) AS match,
    max(books.league) AS league,
    max(books.kick_off) AS kick_off,
    max(books.last_update) AS last_update,
    {% for end, extra in [("best", " AND " ~ is_mine("books.bookmaker")), ("worst", "")] %}
    {% set holders = "ORDER BY books.collected_at DESC, books.bookmaker) FILTER (WHERE outcome.price = wide." ~ end ~ "_price" ~ extra ~ "))[1]" %}
    (array_agg(books.bookmaker {{ holders }} AS {{ end }}_bookmaker,
    (array_agg(books.collected_at {{ holders }} AS {{ end }}_collected_at,
    {% endfor %}
    percentile_cont(0.5) WITHIN GROUP (ORDER BY outcome.price) AS median_price
  FROM wide
  INNER JOIN books ON wide.lot = books.lot
  CROSS JOIN LATERAL (
    SELECT {{ by_outcome("wide.outcome", "books", "price") }} AS price
  ) AS outcome
  {% if bookmakers %}
  WHERE books.bookmaker = ANY ({{ bookmakers }})
  {% endif %}
  GROUP BY wide.place
),

asked AS (
  SELECT DISTINCT
    held.lot,
    held.best_bookmaker AS bookmaker
  FROM held
),

-- Once, however many outcomes the planner expects.
fair AS MATERIALIZED {{ whole("fair_chances", of="books", asked="asked") }}

SELECT
  worth.match_id,
  worth.match,
  worth.league,
  {{ league_name("worth.league") }} AS league_name,
  worth.kick_off,
  worth.outcome,
  worth.best_price,
  {{ bookmaker_name("worth.best_bookmaker") }} AS best_bookmaker,
  worth.worst_price,
  {{ bookmaker_name("worth.worst_bookmaker") }} AS worst_bookmaker,
  worth.spread_pct,
  worth.bookmakers,
  worth.net_price,
  1 / worth.chance AS fair_price,
  worth.fair_from,
  round(((worth.net_price * worth.chance - 1) * 100)::numeric, 6)::double precision AS worth_pct,
  worth.odd_one,
  worth.age,
  worth.last_update
FROM (
  SELECT
    held.match_id,
    held.match,
    held.league,
    held.kick_off,
    held.outcome,
    held.best_price,
    held.best_bookmaker,
    held.worst_price,
    held.worst_bookmaker,
    held.spread_pct,
    held.bookmakers,
    1 + (held.best_price - 1) * {{ keeps("held.best_bookmaker") }} AS net_price,
    {{ by_outcome("held.outcome", "fair", "chance") }} AS chance,
    fair.fair_from,
    CASE
      WHEN held.bookmakers < 3 THEN NULL
      WHEN held.best_price / held.median_price >= held.median_price / held.worst_price THEN 'highest'
      ELSE 'lowest'
    END AS odd_one,
    greatest(
      extract(EPOCH FROM {{ at }} - least(held.best_collected_at, held.worst_collected_at)), 0
    )::double precision AS age,
    held.last_update
  FROM held
  {{ taken_for_many }}
  LEFT JOIN fair ON held.lot = fair.lot AND held.best_bookmaker = fair.bookmaker
) AS worth
{% endif %}
