-- Current prices of matches not started
-- Grain: one row per stored row of the look-back with a price
-- Returns:
--   match_id: text, text, Match id
-- Parameters: leagues (ids to keep, a text[]), within (an interval in which the match must start)
-- Notes: To ask quickly whether there is any: rows are taken as they stand, whatever collection they belong to.
{% set c = prices.columns %}
SELECT p.{{ c.match }}::text AS match_id
FROM {{ prices.table }} AS p
WHERE
  p.{{ c.collected_at }} > {{ now }} - interval '{{ settings.collection.lookback_seconds }} seconds'
  AND p.{{ c.kick_off }} > {{ now }}
  {% if leagues %}
  AND p.{{ c.league }} = ANY ({{ leagues }})
  {% endif %}
  {% if within %}
  AND p.{{ c.kick_off }} <= {{ now }} + {{ within }}
  {% endif %}
  AND coalesce(
    {% for outcome in ["home", "draw", "away"] %}
    {{ price_of("p", outcome) }}{{ "" if loop.last else "," }}
    {% endfor %}
  ) IS NOT NULL
