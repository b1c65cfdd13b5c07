-- Last prices of bookmakers
-- Grain: one row per bookmaker with a price on a match ahead
-- Returns:
--   bookmaker: text, text, Bookmaker
--   last_price: timestamp, time, Last price
--   matches: bigint, count, Matches with a current price
-- Parameters: at (the moment)
-- Notes: Matches ahead are those with a current price of anybody, by their newest row. Looks back twice as long as it takes to
--   be silent: who has had no price for longer is not here.
{% set c = prices.columns %}
{% set look_back = "interval '" ~ settings.collection.lookback_seconds ~ " seconds'" %}
WITH recent AS (
  SELECT
    p.{{ c.match }}::text AS match_id,
    p.{{ c.bookmaker }}::text AS bookmaker,
    p.{{ c.kick_off }} AS kick_off,
    max(p.{{ c.collected_at }}) AS last_price
  FROM {{ prices.table }} AS p
  WHERE
    p.{{ c.collected_at }} > {{ at }} - interval '{{ [settings.collection.silent_seconds * 2, settings.collection.lookback_seconds] | max }} seconds'
    {% if not at_is_now %}
    AND p.{{ c.collected_at }} <= {{ at }}
    {% endif %}
  GROUP BY p.{{ c.match }}, p.{{ c.bookmaker }}, p.{{ c.kick_off }}
),

-- Not joined with its newest rows: of prices that are newer than its statistics the planner expects one.
followed AS (
  SELECT
    recent.match_id,
    recent.bookmaker,
    recent.last_price,
    first_value(recent.kick_off) OVER newest AS kick_off,
    first_value(recent.last_price) OVER newest AS last_price_of_any
  FROM recent
  WINDOW newest AS (PARTITION BY recent.match_id ORDER BY recent.last_price DESC)
)

SELECT
  followed.bookmaker,
  max(followed.last_price) AS last_price,
  count(DISTINCT followed.match_id) FILTER (WHERE followed.last_price > {{ at }} - {{ look_back }}) AS matches
FROM followed
WHERE followed.kick_off > {{ at }} AND followed.last_price_of_any > {{ at }} - {{ look_back }}
GROUP BY followed.bookmaker
