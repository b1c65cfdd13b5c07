-- Moments of the time range
-- Grain: one row per moment at which a trend is drawn
-- Returns:
--   moment: timestamp, time, Time
-- Parameters: steps (into how many steps the range is cut, 14 when not given)
-- Notes: A trend costs by what the screen can show, not by what the table holds: its moments stand on a grid that does not
--   move with the clock, and the end of the range (or now, when the range ends later).
SELECT {{ to_moment("grid.second") }} AS moment
FROM (
  SELECT
    extract(EPOCH FROM $__timeFrom()::{{ moment_type }}) AS first_second,
    extract(EPOCH FROM least($__timeTo()::{{ moment_type }}, {{ now }})) AS last_second,
    greatest(extract(EPOCH FROM $__timeTo()::{{ moment_type }} - $__timeFrom()::{{ moment_type }}) / {{ steps or 14 }}, 1) AS step
) AS span
CROSS JOIN LATERAL (
  SELECT generate_series(ceil(span.first_second / span.step) * span.step, span.last_second, span.step) AS second
  UNION
  SELECT span.last_second
  WHERE span.last_second >= span.first_second
) AS grid
