-- Quota runs out
-- Grain: one row, once the log has a measurement
-- Group: collector
-- Fires: value >= alerts.quota_runs_out.threshold_days, until value < alerts.quota_runs_out.clear_days
-- Panel: health / forecast
-- Returns:
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, number, Days without requests before the month ends
-- Notes: 0 when the requests last.
SELECT
  coalesce(
    'Requests run out ' || {{ day_text("api_quota.runs_out_at") }} || ' · ' || api_quota.requests_left || ' left',
    api_quota.requests_left || ' requests left'
  ) AS subject,
  concat_ws(
    E'\n',
    'Requests left: ' || api_quota.requests_left || ', measured ' || {{ moment_text("api_quota.measured_at") }},
    'Pace: ' || to_char(api_quota.used_per_day, 'FM9999999990.0') || ' a day',
    'Runs out: ' || {{ moment_text("api_quota.runs_out_at") }},
    'New quota: ' || {{ moment_text("api_quota.resets_at") }}
  ) AS body,
  coalesce(greatest(extract(EPOCH FROM api_quota.resets_at - api_quota.runs_out_at) / 86400, 0), 0)::double precision AS value
FROM {{ ref("api_quota") }}
