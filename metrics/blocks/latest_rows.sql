-- Latest rows of prices
-- Grain: one row per match not started and bookmaker (and outcome, where the table has a row per outcome); the latest
--   within the look-back
-- Returns:
--   match_id: text, text, Match id
--   league: text, text, League id
--   home_team: text, text, Home
--   away_team: text, text, Away
--   kick_off: timestamp, time, Kick-off
--   bookmaker: text, text, Bookmaker
--   home_price: numeric, price, Home
--   draw_price: numeric, price, Draw
--   away_price: numeric, price, Away
--   collected_at: timestamp, time, Collected
-- Parameters: at (the moment the prices were current), leagues (ids to keep, a text[]),
--   bookmakers (names to keep, a text[]), match (the id of one match), within (an interval in which the match must start)
-- Notes: Both forms of table leave here in one: a row per outcome has NULL for the two others. The look-back is counted
--   in collection intervals, so that a price stays current until the next collection. What is no price (NaN, 1 and
--   less, or above max_price) becomes NULL. Now, prices from a feed whose clock runs ahead count as current. Prices
--   keep the type of the table: a cast before the aggregation would cost more than the aggregation.
{% set c = prices.columns %}
{% set per_match = prices.form == "per_match" %}
SELECT DISTINCT ON (p.{{ c.match }}, p.{{ c.bookmaker }}{% if not per_match %}, p.{{ c.outcome }}{% endif %})
  p.{{ c.match }}::text AS match_id,
  p.{{ c.league }}::text AS league,
  p.{{ c.home_team }}::text AS home_team,
  p.{{ c.away_team }}::text AS away_team,
  p.{{ c.kick_off }} AS kick_off,
  p.{{ c.bookmaker }}::text AS bookmaker,
  {{ price_of("p", "home") }} AS home_price,
  {{ price_of("p", "draw") }} AS draw_price,
  {{ price_of("p", "away") }} AS away_price,
  p.{{ c.collected_at }} AS collected_at
FROM {{ prices.table }} AS p
WHERE
  p.{{ c.collected_at }} > {{ at }} - interval '{{ settings.collection.lookback_seconds }} seconds'
  {% if not at_is_now %}
  AND p.{{ c.collected_at }} <= {{ at }}
  {% endif %}
  AND p.{{ c.kick_off }} > {{ at }}
  {% if within %}
  AND p.{{ c.kick_off }} <= {{ at }} + {{ within }}
  {% endif %}
  {% if leagues %}
  AND p.{{ c.league }} = ANY ({{ leagues }})
  {% endif %}
  {% if bookmakers %}
  AND p.{{ c.bookmaker }} = ANY ({{ bookmakers }})
  {% endif %}
  {% if match %}
  AND p.{{ c.match }} = {{ match }}
  {% endif %}
ORDER BY
  p.{{ c.match }},
  p.{{ c.bookmaker }},
  {% if not per_match %}
  p.{{ c.outcome }},
  {% endif %}
  p.{{ c.collected_at }} DESC
