-- Bookmakers
-- Grain: one row per bookmaker with a price lately, or with one that was current `collection.forget_bookmaker_after` ago
-- Returns:
--   bookmaker: text, text, Bookmaker id
--   bookmaker_name: text, text, Bookmaker
-- Notes: Lately is within the look-back before the moment from which on a bookmaker is silent. All that was collected between then
--   and `collection.forget_bookmaker_after` would tell of nearly nobody else, and cost as much as everything else together.
{% set c = prices.columns %}
{% set look_back = settings.collection.lookback_seconds %}
{% set forget = settings.collection.forget_bookmaker_seconds %}
SELECT
  seen.bookmaker,
  {{ bookmaker_name("seen.bookmaker") }} AS bookmaker_name
FROM (
  SELECT p.{{ c.bookmaker }}::text AS bookmaker
  FROM {{ prices.table }} AS p
  WHERE
    p.{{ c.collected_at }} > {{ now }} - interval '{{ settings.collection.silent_seconds + look_back }} seconds'
    AND p.{{ c.bookmaker }} IS NOT NULL
  GROUP BY p.{{ c.bookmaker }}
  UNION
  SELECT p.{{ c.bookmaker }}::text AS bookmaker
  FROM {{ prices.table }} AS p
  WHERE
    p.{{ c.collected_at }} > {{ now }} - interval '{{ forget }} seconds'
    AND p.{{ c.collected_at }} <= {{ now }} - interval '{{ [forget - look_back, 0] | max }} seconds'
    AND p.{{ c.bookmaker }} IS NOT NULL
  GROUP BY p.{{ c.bookmaker }}
) AS seen
