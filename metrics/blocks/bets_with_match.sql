-- Bets with their matches
-- Grain: one row per bet
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League
--   kick_off: timestamp, time, Kick-off
--   outcome: text, text, Outcome
--   bookmaker: text, text, Bookmaker
--   bet_type: text, text, Type
--   price: numeric, price, Price taken
--   stake: numeric, money, Stake
--   result: text, text, Result
--   profit: numeric, money, Profit
--   closing_price: numeric, price, Closing price
--   clv_pct: numeric, percent, Closing line value
--   placed_at: timestamp, time, Placed
--   settled_at: timestamp, time, Settled
-- Notes: The bets know only the match's id. Teams, league and kick-off come from the prices, by one index probe per bet;
--   where the prices are gone (their retention is often shorter than a bettor's memory) they are NULL.
{% set c = prices.columns %}
SELECT
  bets.match_id,
  known.home_team || ' – ' || known.away_team AS match,
  known.league,
  known.kick_off,
  CASE
    WHEN bets.outcome = known.home_team OR lower(bets.outcome) IN ('home', '1') THEN 'home'
    WHEN bets.outcome = known.away_team OR lower(bets.outcome) IN ('away', '2') THEN 'away'
    WHEN lower(bets.outcome) IN ('draw', 'x', 'tie') THEN 'draw'
    ELSE bets.outcome
  END AS outcome,
  bets.bookmaker,
  bets.bet_type,
  bets.price,
  bets.stake,
  bets.result,
  bets.profit,
  bets.closing_price,
  bets.clv_pct,
  bets.placed_at,
  bets.settled_at
FROM {{ ref("bets") }}
LEFT JOIN LATERAL (
  SELECT
    p.{{ c.home_team }}::text AS home_team,
    p.{{ c.away_team }}::text AS away_team,
    p.{{ c.league }}::text AS league,
    p.{{ c.kick_off }} AS kick_off
  FROM {{ prices.table }} AS p
  WHERE p.{{ c.match }} = bets.match_id
  -- The order of the table's unique index, so that this is one probe and not a sort of all prices of the match.
  ORDER BY
    p.{{ c.bookmaker }} DESC,
    {% if prices.form == "per_outcome" %}
    p.{{ c.outcome }} DESC,
    {% endif %}
    p.{{ c.collected_at }} DESC
  LIMIT 1
) AS known ON true
