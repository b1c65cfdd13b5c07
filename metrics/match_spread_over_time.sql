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
-- Notes: See "Spreads of lots"; NULL where fewer than `opportunities.min_bookmakers` had a price.
WITH books AS MATERIALIZED (
  SELECT
    match_history.time AS lot,
    match_history.bookmaker,
    match_history.home_price,
    match_history.draw_price,
    match_history.away_price
  FROM {{ ref("match_history") }}
)

SELECT
  lot_spreads.lot AS time,
  lot_spreads.outcome,
  lot_spreads.best_price,
  lot_spreads.worst_price,
  CASE
    WHEN lot_spreads.bookmakers >= {{ settings.opportunities.min_bookmakers }} THEN lot_spreads.spread_pct
  END AS spread_pct,
  lot_spreads.bookmakers
FROM {{ ref("lot_spreads", of="books") }}
