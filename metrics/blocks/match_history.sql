-- Prices of one match over time
-- Grain: one row per moment of the time range and bookmaker with a price that was current then
-- Returns:
--   time: timestamp, time, Time
--   bookmaker: text, text, Bookmaker
--   home_price: double precision, price, Home
--   draw_price: double precision, price, Draw
--   away_price: double precision, price, Away
--   has_draw: boolean, text, Anybody offers a draw
-- Parameters: match (the id of the match)
-- Notes: A price holds until the bookmaker's next one, at most for the look-back, and not beyond kick-off. It is shown on a
--   grid of 200 moments that does not move with the clock, and at the end of the range: however often prices are collected,
--   a screen gets what it can draw. One pass over the match's rows; no search per moment.
{% set c = prices.columns %}
{% set per_match = prices.form == "per_match" %}
SELECT
  {{ to_moment("shown.second") }} AS time,
  held.bookmaker,
  max(held.home_price)::double precision AS home_price,
  max(held.draw_price)::double precision AS draw_price,
  max(held.away_price)::double precision AS away_price,
  bool_or(held.has_draw) AS has_draw
FROM (
  SELECT
    extract(EPOCH FROM $__timeFrom()::{{ moment_type }}) AS first_second,
    extract(EPOCH FROM least($__timeTo()::{{ moment_type }}, {{ now }})) AS last_second,
    greatest(extract(EPOCH FROM $__timeTo()::{{ moment_type }} - $__timeFrom()::{{ moment_type }}) / 200, 1) AS step
) AS span
CROSS JOIN (
  SELECT
    p.{{ c.bookmaker }}::text AS bookmaker,
    {% for outcome in ["home", "draw", "away"] %}
    {{ price_of("p", outcome) }} AS {{ outcome }}_price,
    {% endfor %}
    bool_or({{ offer("p", "draw") }} IS NOT NULL) OVER () AS has_draw,
    extract(EPOCH FROM p.{{ c.collected_at }}) AS from_second,
    extract(EPOCH FROM least(
      lead(p.{{ c.collected_at }}) OVER (
        PARTITION BY p.{{ c.bookmaker }}{% if not per_match %}, p.{{ c.outcome }}{% endif %}

        ORDER BY p.{{ c.collected_at }}
      ),
      p.{{ c.collected_at }} + interval '{{ settings.collection.lookback_seconds }} seconds',
      p.{{ c.kick_off }}
    )) AS to_second
  FROM {{ prices.table }} AS p
  WHERE
    p.{{ c.match }} = {{ match }}
    AND p.{{ c.collected_at }} > $__timeFrom()::{{ moment_type }} - interval '{{ settings.collection.lookback_seconds }} seconds'
    AND p.{{ c.collected_at }} <= $__timeTo()::{{ moment_type }}
) AS held
CROSS JOIN LATERAL (
  SELECT slot * span.step AS second
  FROM generate_series(
    ceil(greatest(held.from_second, span.first_second) / span.step),
    ceil(least(held.to_second, span.last_second) / span.step) - 1
  ) AS slots (slot)
  UNION
  SELECT span.last_second
  WHERE held.from_second <= span.last_second AND held.to_second > span.last_second
) AS shown
GROUP BY shown.second, held.bookmaker
