-- Number of surebets
-- Question: is there a surebet right now?
-- Grain: one row
-- Returns:
--   surebets: bigint, count, Surebets now
-- Parameters: leagues (a list of ids to keep), bookmakers (a list of names to keep),
--   within (an interval in which the match must start)
-- Notes: How many rows "Surebets" has without those that are suspicious. NULL where there is no current price: nothing can be
--   said then.
SELECT
  CASE
    WHEN counted.surebets > 0 OR EXISTS (SELECT 1 AS one FROM {{ ref("prices_ahead") }}) THEN counted.surebets
  END AS surebets
FROM (
  SELECT count(*) AS surebets
  FROM {{ ref("surebets") }}
  WHERE surebets.suspicious IS NULL
) AS counted
