-- Prices of a match over time
-- Question: how did each bookmaker's prices move?
-- Grain: one row per moment of the time range, outcome and bookmaker with a price
-- Returns:
--   time: timestamp, time, Time
--   outcome: text, text, Outcome
--   bookmaker: text, text, Bookmaker
--   price: double precision, price, Price
-- Parameters: match (the id of the match)
SELECT
  match_history.time,
  outcomes.outcome,
  match_history.bookmaker,
  outcomes.price
FROM {{ ref("match_history") }}
CROSS JOIN LATERAL (
  VALUES
  ('home', match_history.home_price),
  ('draw', match_history.draw_price),
  ('away', match_history.away_price)
) AS outcomes (outcome, price)
WHERE outcomes.price IS NOT NULL
