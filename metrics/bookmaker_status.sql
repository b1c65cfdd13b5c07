-- Bookmakers and their last prices
-- Question: has a bookmaker gone silent?
-- Grain: one row per bookmaker with a price on a match ahead
-- Returns:
--   bookmaker: text, text, Bookmaker
--   state: text, text, State
--   last_price: timestamp, time, Last price
--   age: double precision, duration, Age
--   matches: bigint, count, Matches with a current price
-- Notes: Silent after `collection.silent_after_intervals` without a price, and gone from here after
--   `collection.forget_bookmaker_after`. Matches ahead are those with a current price of anybody: when the collector itself
--   stands still there is no row, and the collector's own state tells why. A bookmaker that never priced one of them is gone,
--   not silent. Where all of "Bookmakers" have a current price, nothing further back is read.
{% set c = prices.columns %}
WITH current_prices AS MATERIALIZED (
  SELECT
    p.{{ c.match }} AS match_id,
    p.{{ c.bookmaker }}::text AS bookmaker,
    max(p.{{ c.collected_at }}) AS last_price
  FROM {{ prices.table }} AS p
  WHERE
    p.{{ c.collected_at }} > {{ now }} - interval '{{ settings.collection.lookback_seconds }} seconds'
    AND p.{{ c.kick_off }} > {{ now }}
  GROUP BY p.{{ c.match }}, p.{{ c.bookmaker }}
),

missing AS MATERIALIZED (
  SELECT bookmakers.bookmaker
  FROM {{ ref("bookmakers") }}
  LEFT JOIN current_prices ON bookmakers.bookmaker = current_prices.bookmaker
  WHERE current_prices.bookmaker IS NULL
),

ahead AS (
  SELECT DISTINCT current_prices.match_id
  FROM current_prices
),

found AS (
  SELECT
    current_prices.bookmaker,
    max(current_prices.last_price) AS last_price,
    count(*) AS matches
  FROM current_prices
  WHERE current_prices.bookmaker IS NOT NULL
  GROUP BY current_prices.bookmaker
  UNION ALL
  SELECT
    missing.bookmaker,
    max(p.{{ c.collected_at }}) AS last_price,
    0 AS matches
  FROM missing
  INNER JOIN {{ prices.table }} AS p ON missing.bookmaker = p.{{ c.bookmaker }}
  INNER JOIN ahead ON p.{{ c.match }} = ahead.match_id
  WHERE
    p.{{ c.collected_at }} > {{ now }} - interval '{{ settings.collection.forget_bookmaker_seconds }} seconds'
    AND EXISTS (SELECT 1 AS one FROM missing)
  GROUP BY missing.bookmaker
)

SELECT
  aged.bookmaker,
  CASE WHEN aged.age > {{ settings.collection.silent_seconds }} THEN 'silent' ELSE 'ok' END AS state,
  aged.last_price,
  aged.age,
  aged.matches
FROM (
  SELECT
    found.bookmaker,
    found.last_price,
    greatest(extract(EPOCH FROM {{ now }} - found.last_price), 0)::double precision AS age,
    found.matches
  FROM found
) AS aged
