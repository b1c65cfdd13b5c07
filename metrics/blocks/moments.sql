-- Moments of the time range
-- Grain: one row per moment at which a trend is drawn
-- Returns:
--   moment: timestamp, time, Time
-- Notes: A trend costs by what the screen can show, not by what the table holds: 12 moments on a grid that does not
--   move with the clock, and the end of the range (or now, when the range ends later).
SELECT grid.moment
FROM (
  SELECT
    extract(EPOCH FROM $__timeFrom()::{{ moment_type }}) AS first_second,
    extract(EPOCH FROM least($__timeTo()::{{ moment_type }}, {{ now }})) AS last_second,
    greatest(extract(EPOCH FROM $__timeTo()::{{ moment_type }} - $__timeFrom()::{{ moment_type }}) / 12, 1) AS step
) AS span
CROSS JOIN LATERAL (
  -- Made moments below the UNION: above it PostgreSQL would do so again for every price that is compared with one. Constant
  -- numbers: it must know that they are few.
  SELECT {{ to_moment("(ceil(span.first_second / span.step) + numbers.number) * span.step") }} AS moment
  FROM generate_series(0, 12) AS numbers (number)
  WHERE (ceil(span.first_second / span.step) + numbers.number) * span.step <= span.last_second
  UNION
  SELECT {{ to_moment("span.last_second") }}
  WHERE span.last_second >= span.first_second
) AS grid
