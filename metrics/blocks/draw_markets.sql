-- Matches that can end in a draw
-- Grain: one row per match not started for which anybody offers a draw
-- Returns:
--   match_id: text, text, Match id
--   league: text, text, League id
-- Parameters: at (the moment), match (the id of one match)
-- Notes: Judged over all bookmakers and over the whole look-back, and by offers that are no prices too (0, NaN): a match
--   with missing draws is not a match without draws, and taking it for one would make a false surebet.
{% set c = prices.columns %}
SELECT DISTINCT
  p.{{ c.match }}::text AS match_id,
  p.{{ c.league }}::text AS league
FROM {{ prices.table }} AS p
WHERE
  p.{{ c.collected_at }} > {{ at }} - interval '{{ settings.collection.lookback_seconds }} seconds'
  {% if not at_is_now %}
  AND p.{{ c.collected_at }} <= {{ at }}
  {% endif %}
  AND p.{{ c.kick_off }} > {{ at }}
  {% if match %}
  AND p.{{ c.match }} = {{ match }}
  {% endif %}
  AND {{ offer("p", "draw") }} IS NOT NULL
