-- Number of opportunities
-- Question: is there an opportunity right now?
-- Grain: one row
-- Returns:
--   opportunities: bigint, count, Opportunities now
-- Parameters: filter (a condition on `spread_pct`), leagues (a list of ids to keep),
--   bookmakers (a list of names to keep), within (an interval in which the match must start)
-- Notes: How many rows "Current opportunities" has. NULL where there is no current price: nothing can be said then.
SELECT
  CASE
    WHEN counted.opportunities > 0 OR EXISTS (SELECT 1 AS one FROM {{ ref("prices_ahead") }}) THEN counted.opportunities
  END AS opportunities
FROM (
  SELECT count(*) AS opportunities
  FROM {{ ref("current_opportunities", counted=true) }}
  {% if filter %}
  WHERE {{ filter }}
  {% endif %}
) AS counted
