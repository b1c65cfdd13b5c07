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
--   clv_pct: double precision, percent, CLV
--   stake: double precision, money, Stake
--   result: text, text, Result
--   profit: double precision, money, Profit
--   placed_at: timestamp, time, Placed
-- Notes: Price is the one taken, closing the last one before kick-off. CLV is the closing line value. Where the prices of a match are gone its id stands for its name.
SELECT
  bets_with_match.settled_at,
  bets_with_match.match_id,
  coalesce(bets_with_match.match, bets_with_match.match_id) AS match,
  {{ league_name("bets_with_match.league") }} AS league,
  bets_with_match.outcome,
  bets_with_match.bookmaker,
  bets_with_match.bet_type,
  bets_with_match.price::double precision AS price,
  bets_with_match.closing_price::double precision AS closing_price,
  bets_with_match.clv_pct::double precision AS clv_pct,
  bets_with_match.stake::double precision AS stake,
  bets_with_match.result,
  bets_with_match.profit::double precision AS profit,
  bets_with_match.placed_at
FROM {{ ref("bets_with_match") }}
WHERE bets_with_match.result <> 'open' AND $__timeFilter(bets_with_match.settled_at)
