-- Quota of the odds API
-- Question: do the requests last until the month is over?
-- Grain: one row
-- Returns:
--   requests_left: bigint, count, Requests left
--   left_pct: double precision, percent, Left
--   used_per_day: double precision, number, Used per day
--   outlook: text, text, Outlook
--   runs_out_at: timestamp, from_now, Runs out
--   runs_out_in: double precision, duration, Runs out in
--   resets_at: timestamp, from_now, New quota
--   left_at_reset: bigint, count, Left at the reset
--   measured_at: timestamp, time, Measured
-- Notes: From the log. The quota begins anew on the first of each month, 00:00 UTC; a last measurement from the month before
--   counts as a full quota. The present pace is what was used in the last 3 days: the sum of all decreases, so that a reset
--   in between does no harm. Runs out is NULL when the requests last until the reset, or when there is no pace yet. Left at
--   the reset is negative by what is going to be missing.
{% set month = "date_trunc('month', now() AT TIME ZONE 'utc')" %}
{% set quota = settings.collection.quota_per_month %}
WITH last_measured AS (
  SELECT
    collection_log.collected_at,
    collection_log.requests_left
  FROM {{ ref("collection_log") }}
  WHERE collection_log.requests_left IS NOT NULL
  -- Of several leagues collected at the same moment the last request left the fewest.
  ORDER BY collection_log.collected_at DESC, collection_log.requests_left
  LIMIT 1
),

measured AS (
  SELECT
    last_measured.collected_at AS measured_at,
    month.resets_at,
    CASE WHEN last_measured.collected_at < month.began_at THEN {{ quota }} ELSE last_measured.requests_left END::bigint
      AS requests_left,
    greatest(last_measured.collected_at, month.began_at) AS since
  FROM last_measured
  CROSS JOIN (
    SELECT
      {{ to_moment("extract(EPOCH FROM " ~ month ~ ")") }} AS began_at,
      {{ to_moment("extract(EPOCH FROM " ~ month ~ " + interval '1 month')") }} AS resets_at
  ) AS month
),

moments AS (
  SELECT
    collection_log.collected_at,
    min(collection_log.requests_left) AS requests_left
  FROM {{ ref("collection_log") }}
  WHERE
    collection_log.requests_left IS NOT NULL
    AND collection_log.collected_at >= (SELECT last_measured.collected_at - interval '3 days' FROM last_measured)
  GROUP BY collection_log.collected_at
),

steps AS (
  SELECT
    moments.collected_at,
    lag(moments.requests_left) OVER (ORDER BY moments.collected_at) - moments.requests_left AS used
  FROM moments
),

pace AS (
  SELECT
    sum(greatest(steps.used, 0))::double precision
    / nullif(extract(EPOCH FROM max(steps.collected_at) - min(steps.collected_at))::double precision, 0) * 86400
      AS used_per_day
  FROM steps
),

forecast AS (
  SELECT
    measured.requests_left,
    measured.resets_at,
    measured.measured_at,
    pace.used_per_day,
    measured.since + interval '1 day' * (measured.requests_left / nullif(pace.used_per_day, 0)) AS empty_at,
    measured.requests_left
    - pace.used_per_day * extract(EPOCH FROM measured.resets_at - measured.since)::double precision / 86400 AS left_at_reset
  FROM measured
  CROSS JOIN pace
)

SELECT
  forecast.requests_left,
  forecast.requests_left * 100.0::double precision / {{ quota }} AS left_pct,
  forecast.used_per_day,
  CASE
    WHEN forecast.left_at_reset < 0 THEN 'Used up ' || to_char({{ local("forecast.empty_at") }}, 'Dy FMDD Mon')
    WHEN forecast.left_at_reset >= 0 THEN 'Enough until ' || to_char({{ local("forecast.resets_at") }}, 'FMDD Mon')
  END AS outlook,
  CASE WHEN forecast.left_at_reset < 0 THEN forecast.empty_at END AS runs_out_at,
  CASE
    WHEN forecast.left_at_reset < 0 THEN greatest(extract(EPOCH FROM forecast.empty_at - {{ now }}), 0)::double precision
  END AS runs_out_in,
  forecast.resets_at,
  floor(forecast.left_at_reset)::bigint AS left_at_reset,
  forecast.measured_at
FROM forecast
