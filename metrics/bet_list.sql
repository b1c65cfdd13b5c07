-- Bets
-- Question: what did I bet on, and how did it end?
-- Grain: one row per bet settled in the time range
-- Returns:
--   settled_at: timestamp, time, Settled
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League
--   outcome: text, text, Outcome
--   bookmaker: text, text, Bookmaker
--   bet_type: text, text, Type
--   price: double precision, price, Price
--   closing_price: double precision, price, Closing
--   clv_pct: double precision, percent, Beat the final price by
--   raw_clv_pct: double precision, percent, Against the recorded closing price
--   stake: double precision, money, Stake
--   result: text, text, Result
--   profit: double precision, money, Profit
--   placed_at: timestamp, time, Placed
-- Notes: Price is the one taken, closing the one that the bet recorded. Beat the final price by: see "Bets against the close". Settled
--   is the moment of the result. Where the prices of a match are gone its id stands for its name. A bet that is neither won nor lost
--   nor void shows the table's own word.
SELECT
  bets_at_close.settled_at,
  bets_at_close.match_id,
  coalesce(bets_at_close.match, bets_at_close.match_id) AS match,
  {{ league_name("bets_at_close.league") }} AS league,
  bets_at_close.outcome,
  {{ bookmaker_name("bets_at_close.bookmaker") }} AS bookmaker,
  bets_at_close.bet_type,
  bets_at_close.price::double precision AS price,
  bets_at_close.closing_price::double precision AS closing_price,
  bets_at_close.clv_pct,
  bets_at_close.raw_clv_pct::double precision AS raw_clv_pct,
  bets_at_close.stake::double precision AS stake,
  CASE WHEN bets_at_close.result = 'partly' THEN coalesce(bets_at_close.word, 'partly') ELSE bets_at_close.result END AS result,
  bets_at_close.profit::double precision AS profit,
  bets_at_close.placed_at
FROM {{ ref("bets_at_close") }}
WHERE bets_at_close.result <> 'open' AND $__timeFilter(bets_at_close.settled_at)
