-- Collections over time
-- Question: do collections take longer, or find less, than they used to?
-- Grain: one row per league and 300th of the time range with a collection
-- Returns:
--   time: timestamp, time, Time
--   league: text, text, League
--   league_name: text, text, League
--   duration: double precision, duration, Duration
--   opportunities: double precision, count, Opportunities
--   matches: double precision, count, Matches
-- Notes: From the log: the mean of the successful collections that lie so close together. Opportunities are those the
--   collector counted by its own definition when it stored the prices, not those of "Current opportunities".
SELECT
  max(collection_log.collected_at) AS time,
  collection_log.league,
  {{ league_name("collection_log.league") }} AS league_name,
  avg(collection_log.duration) AS duration,
  avg(collection_log.opportunities)::double precision AS opportunities,
  avg(collection_log.matches)::double precision AS matches
FROM {{ ref("collection_log") }}
WHERE collection_log.succeeded AND $__timeFilter(collection_log.collected_at)
GROUP BY collection_log.league, {{ bucket("collection_log.collected_at", 300) }}
