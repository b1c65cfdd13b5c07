-- Bets and what they were worth at the close
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
--   net_price: numeric, price, After commission
--   stake: numeric, money, Stake
--   word: text, text, Result in the table's own word
--   result: text, text, Result
--   profit: numeric, money, Profit
--   closing_price: numeric, price, Recorded closing price
--   raw_clv_pct: numeric, percent, Against the recorded closing price
--   placed_at: timestamp, time, Placed
--   settled_at: timestamp, time, Settled
--   is_judged: boolean, text, Counts
--   chance: double precision, share, Chance at the close
--   clv_pct: double precision, percent, Beat the final price by
-- Parameters: match (the id of one match)
-- Notes: Beat the final price by = net price x chance at the close - 1, the closing line value. The chance is the sharp bookmaker's, the margin taken out,
--   else the median of the others', and never that of the bookmaker of the bet (see "Fair chances for offers"). Every bet that
--   was placed before kick-off on a match that has started counts, whatever became of it, void ones too; NULL where there is no
--   close, or too few others in it.
WITH placed AS MATERIALIZED (
  SELECT
    bets_with_match.match_id,
    bets_with_match.match,
    bets_with_match.league,
    bets_with_match.kick_off,
    bets_with_match.last_price,
    bets_with_match.outcome,
    bets_with_match.bookmaker,
    bets_with_match.bet_type,
    bets_with_match.price,
    bets_with_match.net_price,
    bets_with_match.stake,
    bets_with_match.word,
    bets_with_match.result,
    bets_with_match.profit,
    bets_with_match.closing_price,
    bets_with_match.raw_clv_pct,
    bets_with_match.placed_at,
    bets_with_match.settled_at,
    coalesce(
      bets_with_match.kick_off <= {{ now }}
      AND bets_with_match.placed_at < bets_with_match.kick_off
      AND bets_with_match.stake IS NOT NULL
      AND bets_with_match.net_price IS NOT NULL,
      false
    ) AS is_judged
  FROM {{ ref("bets_with_match") }}
),

started AS (
  SELECT DISTINCT
    placed.match_id,
    placed.kick_off,
    placed.last_price
  FROM placed
  WHERE placed.is_judged
),

closes AS MATERIALIZED {{ whole("closing_books", of="started") }},

asked AS (
  SELECT DISTINCT
    placed.match_id AS lot,
    placed.bookmaker
  FROM placed
  WHERE placed.is_judged
),

fair AS MATERIALIZED (
  SELECT
    fair_chances.lot,
    fair_chances.bookmaker,
    fair_chances.home_chance,
    fair_chances.draw_chance,
    fair_chances.away_chance
  FROM {{ ref("fair_chances", of="closes", asked="asked") }}
)

SELECT
  judged.match_id,
  judged.match,
  judged.league,
  judged.kick_off,
  judged.outcome,
  judged.bookmaker,
  judged.bet_type,
  judged.price,
  judged.net_price,
  judged.stake,
  judged.word,
  judged.result,
  judged.profit,
  judged.closing_price,
  judged.raw_clv_pct,
  judged.placed_at,
  judged.settled_at,
  judged.is_judged,
  judged.chance,
  (judged.net_price * judged.chance - 1) * 100 AS clv_pct
FROM (
  SELECT
    placed.match_id,
    placed.match,
    placed.league,
    placed.kick_off,
    placed.outcome,
    placed.bookmaker,
    placed.bet_type,
    placed.price,
    placed.net_price,
    placed.stake,
    placed.word,
    placed.result,
    placed.profit,
    placed.closing_price,
    placed.raw_clv_pct,
    placed.placed_at,
    placed.settled_at,
    placed.is_judged,
    {{ by_outcome("placed.outcome", "fair", "chance") }} AS chance
  FROM placed
  LEFT JOIN fair ON placed.is_judged AND placed.match_id = fair.lot AND placed.bookmaker = fair.bookmaker
) AS judged
