-- Prices stored per hour
-- Question: does the collector bring as much as it used to?
-- Grain: one row per hour of the time range with a collection
-- Returns:
--   time: timestamp, time, Hour
--   prices: bigint, count, Prices stored
-- Notes: From the log, which costs a thousandth of counting the prices themselves; UTC hours.
SELECT
  {{ to_moment("hours.hour * 3600") }} AS time,
  hours.prices
FROM (
  SELECT
    floor(extract(EPOCH FROM collection_log.collected_at) / 3600) AS hour,
    coalesce(sum(collection_log.prices_stored), 0)::bigint AS prices
  FROM {{ ref("collection_log") }}
  WHERE $__timeFilter(collection_log.collected_at)
  GROUP BY 1
) AS hours
