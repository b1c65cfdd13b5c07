-- Collector late
-- Grain: one row per league that is being collected
-- Group: collector
-- Fires: value > collection.late_seconds
-- Panel: health / status
-- Returns:
--   league: text, text, League id
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, duration, Time since the last collection
-- Notes: The league is the identity of the alert. The same rows serve "Collector stuck", with another limit.
SELECT
  collection_status.league,
  collection_status.league_name || ' not collected for ' || {{ duration_text("collection_status.age") }} AS subject,
  concat_ws(
    E'\n',
    'League: ' || collection_status.league_name,
    'Last collection: ' || coalesce({{ moment_text("collection_status.last_collection") }}, 'none known'),
    'Expected: every ' || {{ duration_text("collection_status.expected") }},
    'Failures since: ' || collection_status.failures_in_a_row
  ) AS body,
  collection_status.age AS value
FROM {{ ref("collection_status") }}
