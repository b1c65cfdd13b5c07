-- Requests left over time
-- Question: how fast is the quota used up?
-- Grain: one row per 300th of the time range with a measurement
-- Returns:
--   time: timestamp, time, Time
--   requests_left: bigint, count, Requests left
-- Notes: From the log: the fewest of the measurements that lie so close together.
SELECT
  max(collection_log.collected_at) AS time,
  min(collection_log.requests_left) AS requests_left
FROM {{ ref("collection_log") }}
WHERE collection_log.requests_left IS NOT NULL AND $__timeFilter(collection_log.collected_at)
GROUP BY {{ bucket("collection_log.collected_at", 300) }}
