-- Bets against the close over time
-- Question: is the profit skill or luck, and do I get better prices than they are worth in the end?
-- Grain: one row per moment of "Profit against what was expected", and one per moment of "Closing line value"
-- Returns:
--   time: timestamp, time, Time
--   profit: double precision, money, Profit
--   expected_profit: double precision, money, Expected by the final prices
--   clv_pct: double precision, percent, Then
--   mean_clv_pct: double precision, percent, Mean so far
--   from_pct: double precision, percent, Likely from
--   to_pct: double precision, percent, Likely to
-- Notes: Both at once, because finding the final prices is most of the work; what is of the other is NULL. The mean is weighted by
--   stake, likely is two standard errors to either side, as in "Bets against the close".
WITH closed AS MATERIALIZED {{ whole("bets_at_close") }}

SELECT
  profit_against_expected.time,
  profit_against_expected.profit,
  profit_against_expected.expected_profit,
  NULL::double precision AS clv_pct,
  NULL::double precision AS mean_clv_pct,
  NULL::double precision AS from_pct,
  NULL::double precision AS to_pct
FROM {{ ref("profit_against_expected", of="closed") }}
UNION ALL
SELECT
  closing_line_value.time,
  NULL AS profit,
  NULL AS expected_profit,
  closing_line_value.clv_pct,
  closing_line_value.mean_clv_pct,
  closing_line_value.from_pct,
  closing_line_value.to_pct
FROM {{ ref("closing_line_value", of="closed") }}
