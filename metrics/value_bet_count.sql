-- Number of value bets
-- Question: is there anything worth a bet right now?
-- Grain: one row
-- Returns:
--   value_bets: bigint, count, Value bets
--   best_ev_pct: double precision, percent, Best value
-- Parameters: leagues (ids to keep, a text[]), bookmakers (names whose offers count, a text[]),
--   within (an interval in which the match must start)
-- Notes: How many rows "Value bets" has without those in doubt, and the highest value. NULL where there is no current price:
--   nothing can be said then.
SELECT
  CASE WHEN found.prices THEN found.value_bets END AS value_bets,
  found.best_ev_pct
FROM (
  SELECT
    count(*) FILTER (WHERE value_bets.ev_pct >= {{ settings.value.min_ev_pct }}) AS value_bets,
    max(value_bets.ev_pct) AS best_ev_pct,
    count(*) > 0 OR EXISTS (SELECT 1 AS one FROM {{ ref("prices_ahead") }}) AS prices
  FROM {{ ref("value_bets") }}
  WHERE value_bets.doubt IS NULL
) AS found
