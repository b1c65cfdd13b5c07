-- Opportunities over time
-- Question: is today a better day than yesterday?
-- Grain: one row per moment of the time range
-- Returns:
--   time: timestamp, time, Time
--   opportunities: bigint, count, Opportunities
-- Parameters: leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   within (an interval in which the match must start), filter (a condition on the columns of wide_spreads)
-- Notes: The definition of "Current opportunities" at 13 moments, always from the prices: a view has no past.
SELECT
  moments.moment AS time,
  count(wide_spreads.match_id) AS opportunities
FROM {{ ref("moments") }}
LEFT JOIN LATERAL {{ ref("wide_spreads", at="moments.moment") }}
  ON {{ filter or "true" }}
GROUP BY moments.moment
