-- Bets
-- Grain: one row per bet
-- Returns:
--   match_id: text, text, Match id
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
-- Notes: Result is won, lost, void or open, whatever the table's own words and capitals are. Profit is the table's; where
--   that is NULL and the result is known: won stake x (price - 1), lost - stake, void 0. Open bets have neither profit nor
--   moment of settling. Closing line value = price taken / closing price - 1 in percent, of won and lost bets with a
--   recorded closing price; positive means a better price than the market's last word. Amounts are exact
--   decimals: sums of binary fractions would put a yield of 0 a hair below it.
{% set c = bets.columns %}
SELECT
  recorded.match_id,
  recorded.outcome,
  recorded.bookmaker,
  recorded.bet_type,
  recorded.price,
  recorded.stake,
  recorded.result,
  CASE
    WHEN recorded.result = 'open' THEN NULL
    WHEN recorded.profit IS NOT NULL THEN recorded.profit
    WHEN recorded.result = 'won' THEN recorded.stake * (recorded.price - 1)
    WHEN recorded.result = 'lost' THEN -recorded.stake
    ELSE 0
  END AS profit,
  recorded.closing_price,
  CASE
    WHEN recorded.result IN ('won', 'lost') AND recorded.closing_price > 1
      THEN (recorded.price / recorded.closing_price - 1) * 100
  END AS clv_pct,
  recorded.placed_at,
  CASE WHEN recorded.result <> 'open' THEN coalesce(recorded.settled_at, recorded.placed_at) END AS settled_at
FROM (
  SELECT
    b.{{ c.match }}::text AS match_id,
    b.{{ c.outcome }}::text AS outcome,
    b.{{ c.bookmaker }}::text AS bookmaker,
    {{ "b." ~ c.bet_type if c.bet_type else "NULL" }}::text AS bet_type,
    b.{{ c.price }}::numeric AS price,
    b.{{ c.stake }}::numeric AS stake,
    CASE
      {% for result in ("won", "lost", "void") %}
      WHEN {{ is_one_of("b." ~ c.result ~ "::text", bets[result]) }} THEN '{{ result }}'
      {% endfor %}
      ELSE 'open'
    END AS result,
    b.{{ c.profit }}::numeric AS profit,
    {{ "b." ~ c.closing_price if c.closing_price else "NULL" }}::numeric AS closing_price,
    b.{{ c.placed_at }} AS placed_at,
    {{ "b." ~ c.settled_at if c.settled_at else "b." ~ c.placed_at }} AS settled_at
  FROM {{ bets.table }} AS b
) AS recorded
