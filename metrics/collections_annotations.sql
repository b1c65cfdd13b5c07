-- Collections as marks
-- Question: when were prices collected, and when did that fail?
-- Grain: one row per minute of the time range with a collection
-- Returns:
--   time: timestamp, time, Time
--   title: text, text, Title
--   text: text, text, Text
--   tags: text, text, Tags
-- Notes: The leagues of one minute are one mark. The tag is collection, or failure when one of the leagues failed.
SELECT
  marks.time,
  CASE WHEN marks.failed > 0 THEN 'Collection failed' ELSE 'Collection' END AS title,
  CASE WHEN marks.failed > 0 THEN marks.errors ELSE marks.prices || ' prices of ' || marks.leagues END AS text,
  CASE WHEN marks.failed > 0 THEN 'failure' ELSE 'collection' END AS tags
FROM (
  SELECT
    max(collection_log.collected_at) AS time,
    count(*) FILTER (WHERE NOT collection_log.succeeded) AS failed,
    coalesce(sum(collection_log.prices_stored), 0) AS prices,
    string_agg(DISTINCT {{ league_name("collection_log.league") }}, ', ') AS leagues,
    string_agg(
      {{ league_name("collection_log.league") }} || ': ' || coalesce(nullif(collection_log.error, ''), collection_log.status),
      E'\n'
    ) FILTER (WHERE NOT collection_log.succeeded) AS errors
  FROM {{ ref("collection_log") }}
  WHERE $__timeFilter(collection_log.collected_at)
  GROUP BY date_trunc('minute', collection_log.collected_at)
) AS marks
