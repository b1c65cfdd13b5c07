-- Collections in the time range
-- Question: how reliable is the collector, and how fast?
-- Grain: one row per group of collections in the time range
-- Returns:
--   name: text, text, Name
--   collections: bigint, count, Collections
--   failed: bigint, count, Failed
--   success_rate_pct: double precision, percent, Success rate
--   mean_duration: double precision, duration, Mean duration
--   longest_duration: double precision, duration, Longest
--   prices_stored: bigint, count, Prices stored
--   last_error: text, text, Last error
-- Parameters: by (league; without it all collections are one group)
-- Notes: From the log. Success rate = successful / all collections x 100. No row when there was none.
SELECT
  grouped.name,
  grouped.collections,
  grouped.collections - grouped.succeeded AS failed,
  grouped.succeeded * 100.0::double precision / grouped.collections AS success_rate_pct,
  grouped.mean_duration,
  grouped.longest_duration,
  grouped.prices_stored,
  grouped.last_error
FROM (
  SELECT
    coalesce({{ league_name("collection_log.league") if by == "league" else "'all leagues'::text" }}, 'unknown') AS name,
    count(*) AS collections,
    count(*) FILTER (WHERE collection_log.succeeded) AS succeeded,
    avg(collection_log.duration) AS mean_duration,
    max(collection_log.duration) AS longest_duration,
    coalesce(sum(collection_log.prices_stored), 0)::bigint AS prices_stored,
    (
      array_agg(coalesce(nullif(collection_log.error, ''), collection_log.status) ORDER BY collection_log.collected_at DESC)
      FILTER (WHERE NOT collection_log.succeeded)
    )[1] AS last_error
  FROM {{ ref("collection_log") }}
  WHERE $__timeFilter(collection_log.collected_at)
  GROUP BY 1
) AS grouped
