-- Leagues with prices
-- Grain: one row per league with a price in the last three late spans (`collection.late_after_intervals`)
-- Returns:
--   league: text, text, League id
--   last_price: timestamp, time, Last price
-- Notes: Every league that is collected has a price in that time; the log knows those that have stopped since.
{% set c = prices.columns %}
SELECT
  p.{{ c.league }}::text AS league,
  max(p.{{ c.collected_at }}) AS last_price
FROM {{ prices.table }} AS p
WHERE
  p.{{ c.collected_at }} > {{ now }} - interval '{{ settings.collection.late_seconds * 3 }} seconds'
  AND p.{{ c.league }} IS NOT NULL
GROUP BY p.{{ c.league }}
