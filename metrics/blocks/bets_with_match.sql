-- Bets with their matches
-- Grain: one row per bet
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League
--   kick_off: timestamp, time, Kick-off
--   last_price: timestamp, time, Last price
--   outcome: text, text, Outcome
--   bookmaker: text, text, Bookmaker
--   bet_type: text, text, Type
--   price: numeric, price, Price taken
--   net_price: numeric, price, After commission
--   stake: numeric, money, Stake
--   word: text, text, Result in the table's own word
--   result: text, text, Result
--   profit: numeric, money, Profit
--   closing_price: numeric, price, Recorded closing price
--   raw_clv_pct: numeric, percent, Against the recorded closing price
--   placed_at: timestamp, time, Placed
--   settled_at: timestamp, time, Settled
-- Parameters: match (the id of one match)
-- Notes: The bets know only the match's id. Teams, league and kick-off come from the prices; where those are gone (their
--   retention is often shorter than a bettor's memory) they are NULL. Settled is the moment of the match's result: kick-off + 2
--   hours, now at the latest. When the result was recorded counts only where the match's prices are gone: one UPDATE of the
--   whole table would move every bet to one day. Open bets have no such moment.
SELECT
  bets.match_id,
  bet_matches.home_team || ' – ' || bet_matches.away_team AS match,
  bet_matches.league,
  bet_matches.kick_off,
  bet_matches.last_price,
  CASE
    WHEN bets.outcome = bet_matches.home_team OR lower(bets.outcome) IN ('home', '1') THEN 'home'
    WHEN bets.outcome = bet_matches.away_team OR lower(bets.outcome) IN ('away', '2') THEN 'away'
    WHEN lower(bets.outcome) IN ('draw', 'x', 'tie') THEN 'draw'
    ELSE bets.outcome
  END AS outcome,
  bets.bookmaker,
  bets.bet_type,
  bets.price,
  bets.net_price,
  bets.stake,
  bets.word,
  bets.result,
  bets.profit,
  bets.closing_price,
  bets.raw_clv_pct,
  bets.placed_at,
  CASE
    WHEN bets.result = 'open' THEN NULL
    WHEN bet_matches.kick_off IS NULL THEN bets.recorded_at
    ELSE least(bet_matches.kick_off + interval '2 hours', {{ now }})
  END AS settled_at
FROM {{ ref("bets") }}
LEFT JOIN {{ ref("bet_matches") }} ON bets.match_id = bet_matches.match_id
