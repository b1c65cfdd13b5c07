-- Leagues
-- Grain: one row per league that was collected within `collection.forget_league_after`
-- Returns:
--   league: text, text, League id
--   league_name: text, text, League
-- Notes: From the log, and from the prices of the last three late spans (`collection.late_after_intervals`).
SELECT
  found.league,
  {{ league_name("found.league") }} AS league_name
FROM (
  SELECT collection_log.league
  FROM {{ ref("collection_log") }}
  WHERE collection_log.collected_at > {{ now }} - interval '{{ settings.collection.forget_seconds }} seconds'
  UNION
  SELECT priced_leagues.league
  FROM {{ ref("priced_leagues") }}
) AS found
WHERE found.league IS NOT NULL
