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
WITH recent AS MATERIALIZED (
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

newest AS (
  SELECT DISTINCT ON (recent.match_id)
    recent.match_id,
    recent.kick_off,
    recent.last_price
  FROM recent
  ORDER BY recent.match_id, recent.last_price DESC
),

ahead AS (
  SELECT newest.match_id
  FROM newest
  WHERE newest.kick_off > {{ at }} AND newest.last_price > {{ at }} - {{ look_back }}
)

SELECT
  recent.bookmaker,
  max(recent.last_price) AS last_price,
  count(DISTINCT recent.match_id) FILTER (WHERE recent.last_price > {{ at }} - {{ look_back }}) AS matches
FROM recent
INNER JOIN ahead ON recent.match_id = ahead.match_id
GROUP BY recent.bookmaker
