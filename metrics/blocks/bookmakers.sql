-- Bookmakers
-- Grain: one row per bookmaker that has ever been collected
-- Returns:
--   bookmaker: text, text, Bookmaker
-- Notes: A loose index scan: one probe per bookmaker instead of a scan of all prices.
WITH RECURSIVE found AS (
  (
    SELECT p.{{ prices.columns.bookmaker }} AS bookmaker
    FROM {{ prices.table }} AS p
    WHERE p.{{ prices.columns.bookmaker }} IS NOT NULL
    ORDER BY p.{{ prices.columns.bookmaker }}
    LIMIT 1
  )
  UNION ALL
  SELECT following.bookmaker
  FROM found
  CROSS JOIN LATERAL (
    SELECT p.{{ prices.columns.bookmaker }} AS bookmaker
    FROM {{ prices.table }} AS p
    WHERE p.{{ prices.columns.bookmaker }} > found.bookmaker
    ORDER BY p.{{ prices.columns.bookmaker }}
    LIMIT 1
  ) AS following
)
SELECT found.bookmaker::text AS bookmaker
FROM found
