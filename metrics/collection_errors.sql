-- Failed collections
-- Question: what went wrong, and when?
-- Grain: one row per failed collection in the time range
-- Returns:
--   time: timestamp, time, Time
--   league: text, text, League
--   league_name: text, text, League
--   status: text, text, Status
--   error: text, text, Error
--   duration: double precision, duration, Duration
-- Notes: From the log.
SELECT
  collection_log.collected_at AS time,
  collection_log.league,
  {{ league_name("collection_log.league") }} AS league_name,
  collection_log.status,
  coalesce(nullif(collection_log.error, ''), 'no message') AS error,
  collection_log.duration
FROM {{ ref("collection_log") }}
WHERE NOT collection_log.succeeded AND $__timeFilter(collection_log.collected_at)
