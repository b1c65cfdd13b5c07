-- Distribution of spreads
-- Question: is a wide spread something special at the moment?
-- Grain: one row per band of spreads, empty ones included
-- Returns:
--   band: text, text, Spread in %
--   from_pct: double precision, percent, From
--   outcomes: bigint, count, Outcomes
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   within (an interval in which the match must start)
-- Notes: Over the outcomes that enough bookmakers price. A band begins with its lower value.
{% set bounds = [0, 1, 2, 3, 5, 10, 20, 50] %}
SELECT
  bands.band,
  bands.from_pct,
  count(price_extremes.match_id) AS outcomes
FROM (
  VALUES
  {% for bound in bounds %}
  {% set last = loop.last %}
  (
    '{{ bound }}{{ "+" if last else "–" ~ bounds[loop.index] }}',
    {{ bound }}::double precision,
    {{ "'infinity'" if last else bounds[loop.index] }}::double precision
  ){{ "" if last else "," }}
  {% endfor %}
) AS bands (band, from_pct, to_pct)
LEFT JOIN {{ ref("price_extremes") }}
  ON
    bands.from_pct <= price_extremes.spread_pct
    AND bands.to_pct > price_extremes.spread_pct
    AND price_extremes.bookmakers >= {{ settings.opportunities.min_bookmakers }}
GROUP BY bands.band, bands.from_pct
ORDER BY bands.from_pct
