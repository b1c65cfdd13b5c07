-- Bookmakers and their last prices
-- Question: has a bookmaker gone silent?
-- Grain: one row per bookmaker with a price on a match ahead
-- Returns:
--   bookmaker: text, text, Bookmaker
--   state: text, text, State
--   last_price: timestamp, time, Last price
--   age: double precision, duration, Age
--   matches: bigint, count, Matches with a current price
-- Notes: Silent after `collection.silent_after_intervals` without a price. Matches ahead are those with a current price of
--   anybody: when the collector itself stands still there is no row, and the collector's own state tells why. A bookmaker
--   that never priced one of them is gone, not silent. One index probe per silent bookmaker and match ahead.
{% set c = prices.columns %}
WITH current_prices AS MATERIALIZED (
  SELECT
    p.{{ c.match }} AS match_id,
    p.{{ c.bookmaker }} AS bookmaker,
    max(p.{{ c.collected_at }}) AS last_price
  FROM {{ prices.table }} AS p
  WHERE
    p.{{ c.collected_at }} > {{ now }} - interval '{{ settings.collection.lookback_seconds }} seconds'
    AND p.{{ c.kick_off }} > {{ now }}
  GROUP BY p.{{ c.match }}, p.{{ c.bookmaker }}
)

SELECT
  seen.bookmaker,
  CASE WHEN seen.age > {{ settings.collection.silent_seconds }} THEN 'silent' ELSE 'ok' END AS state,
  seen.last_price,
  seen.age,
  seen.matches
FROM (
  SELECT
    bookmakers.bookmaker,
    coalesce(live.last_price, past.last_price) AS last_price,
    greatest(extract(EPOCH FROM {{ now }} - coalesce(live.last_price, past.last_price)), 0)::double precision AS age,
    coalesce(live.matches, 0) AS matches
  FROM {{ ref("bookmakers") }}
  LEFT JOIN (
    SELECT
      current_prices.bookmaker,
      max(current_prices.last_price) AS last_price,
      count(*) AS matches
    FROM current_prices
    GROUP BY current_prices.bookmaker
  ) AS live ON bookmakers.bookmaker = live.bookmaker
  LEFT JOIN LATERAL (
    SELECT max(probe.collected_at) AS last_price
    FROM (
      SELECT DISTINCT current_prices.match_id
      FROM current_prices
      WHERE live.bookmaker IS NULL
    ) AS ahead
    CROSS JOIN LATERAL (
      SELECT p.{{ c.collected_at }} AS collected_at
      FROM {{ prices.table }} AS p
      WHERE p.{{ c.match }} = ahead.match_id AND p.{{ c.bookmaker }} = bookmakers.bookmaker
      ORDER BY
        {% if prices.form == "per_outcome" %}
        p.{{ c.outcome }} DESC,
        {% endif %}
        p.{{ c.collected_at }} DESC
      LIMIT 1
    ) AS probe
  ) AS past ON true
) AS seen
WHERE seen.last_price IS NOT NULL
