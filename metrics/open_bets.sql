-- Open bets
-- Question: what money is out there, and what is still to be settled?
-- Grain: one row per open bet
-- Returns:
--   state: text, text, State
--   kick_off: timestamp, time, Kick-off
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League
--   outcome: text, text, Outcome
--   bookmaker: text, text, Bookmaker
--   bet_type: text, text, Type
--   price: double precision, price, Price
--   stake: double precision, money, Stake
--   to_win: double precision, money, To win
--   placed_at: timestamp, time, Placed
-- Notes: State is ahead before kick-off, running for three hours after it, then awaiting result; unknown when the prices of
--   the match are gone. To win = stake x (net price - 1).
SELECT
  CASE
    WHEN bets_with_match.kick_off > {{ now }} THEN 'ahead'
    WHEN bets_with_match.kick_off > {{ now }} - interval '3 hours' THEN 'running'
    WHEN bets_with_match.kick_off IS NOT NULL THEN 'awaiting result'
    ELSE 'unknown'
  END AS state,
  bets_with_match.kick_off,
  bets_with_match.match_id,
  coalesce(bets_with_match.match, bets_with_match.match_id) AS match,
  {{ league_name("bets_with_match.league") }} AS league,
  bets_with_match.outcome,
  {{ bookmaker_name("bets_with_match.bookmaker") }} AS bookmaker,
  bets_with_match.bet_type,
  bets_with_match.price::double precision AS price,
  bets_with_match.stake::double precision AS stake,
  (bets_with_match.stake * (bets_with_match.net_price - 1))::double precision AS to_win,
  bets_with_match.placed_at
FROM {{ ref("bets_with_match") }}
WHERE bets_with_match.result = 'open'
