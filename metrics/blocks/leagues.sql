-- Leagues
-- Grain: one row per league that has ever been collected
-- Returns:
--   league: text, text, League id
--   league_name: text, text, League
-- Notes: A loose index scan: one probe per league instead of a scan of all prices.
WITH RECURSIVE found AS (
  (
    SELECT p.{{ prices.columns.league }} AS league
    FROM {{ prices.table }} AS p
    WHERE p.{{ prices.columns.league }} IS NOT NULL
    ORDER BY p.{{ prices.columns.league }}
    LIMIT 1
  )
  UNION ALL
  SELECT following.league
  FROM found
  CROSS JOIN LATERAL (
    SELECT p.{{ prices.columns.league }} AS league
    FROM {{ prices.table }} AS p
    WHERE p.{{ prices.columns.league }} > found.league
    ORDER BY p.{{ prices.columns.league }}
    LIMIT 1
  ) AS following
)
SELECT
  found.league::text AS league,
  {{ league_name("found.league::text") }} AS league_name
FROM found
