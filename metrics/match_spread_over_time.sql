-- Spread of a match over time
-- Question: is the opportunity opening or closing, and how good is the best price?
-- Grain: one row per moment of the time range and outcome with a price
-- Returns:
--   time: timestamp, time, Time
--   outcome: text, text, Outcome
--   best_price: double precision, price, Best price
--   worst_price: double precision, price, Worst price
--   spread_pct: double precision, percent, Spread
--   bookmakers: bigint, count, Bookmakers
-- Parameters: match (the id of the match)
-- Notes: Spread = (best - worst) / worst x 100; NULL where fewer than `opportunities.min_bookmakers` had a price.
SELECT
  match_prices_over_time.time,
  match_prices_over_time.outcome,
  max(match_prices_over_time.price) AS best_price,
  min(match_prices_over_time.price) AS worst_price,
  CASE
    WHEN count(*) >= {{ settings.opportunities.min_bookmakers }}
      THEN round(
        ((max(match_prices_over_time.price) / min(match_prices_over_time.price) - 1) * 100)::numeric, 6
      )::double precision
  END AS spread_pct,
  count(*) AS bookmakers
FROM {{ ref("match_prices_over_time") }}
GROUP BY match_prices_over_time.time, match_prices_over_time.outcome
