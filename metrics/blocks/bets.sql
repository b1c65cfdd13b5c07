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
--   unusable: text, text, Values that cannot be used
-- Notes: Result is won, lost, void or open, whatever the table's own words and capitals are. Profit is the table's; where
--   that is NULL and the result is known: won stake x (price - 1), lost - stake, void 0. Open bets have neither profit nor
--   moment of settling. Closing line value = price taken / closing price - 1 in percent, of won and lost bets with a
--   recorded closing price; positive means a better price than the market's last word. Amounts are exact
--   decimals: sums of binary fractions would put a yield of 0 a hair below it. What cannot be used (NaN and infinity, which
--   no sum would get rid of, a price of 1 or less, a negative stake) counts as not recorded and is named in unusable; a
--   closing price of 0 is how some collectors say that there is none.
{% set c = bets.columns %}
{# As text, because not every version of PostgreSQL can turn infinity into a decimal. #}
{% macro number(column) %}CASE WHEN b.{{ column }}::text NOT IN ('NaN', 'Infinity', '-Infinity') THEN b.{{ column }}::numeric END{% endmacro %}
SELECT
  usable.match_id,
  usable.outcome,
  usable.bookmaker,
  usable.bet_type,
  usable.price,
  usable.stake,
  usable.result,
  CASE
    WHEN usable.result = 'open' THEN NULL
    WHEN usable.profit IS NOT NULL THEN usable.profit
    WHEN usable.result = 'won' THEN usable.stake * (usable.price - 1)
    WHEN usable.result = 'lost' THEN -usable.stake
    ELSE 0
  END AS profit,
  usable.closing_price,
  CASE WHEN usable.result IN ('won', 'lost') THEN (usable.price / usable.closing_price - 1) * 100 END AS clv_pct,
  usable.placed_at,
  CASE WHEN usable.result <> 'open' THEN coalesce(usable.settled_at, usable.placed_at) END AS settled_at,
  nullif(
    concat_ws(
      ', ',
      CASE WHEN usable.has_price AND usable.price IS NULL THEN 'price' END,
      CASE WHEN usable.has_stake AND usable.stake IS NULL THEN 'stake' END,
      CASE WHEN usable.has_profit AND usable.profit IS NULL THEN 'profit' END,
      CASE WHEN usable.has_closing_price AND usable.closing_price IS NULL THEN 'closing price' END
    ),
    ''
  ) AS unusable
FROM (
  SELECT
    recorded.match_id,
    recorded.outcome,
    recorded.bookmaker,
    recorded.bet_type,
    CASE WHEN recorded.price > 1 THEN recorded.price END AS price,
    CASE WHEN recorded.stake >= 0 THEN recorded.stake END AS stake,
    recorded.result,
    recorded.profit,
    CASE WHEN recorded.closing_price > 1 THEN recorded.closing_price END AS closing_price,
    recorded.has_price,
    recorded.has_stake,
    recorded.has_profit,
    recorded.has_closing_price AND coalesce(recorded.closing_price <> 0, true) AS has_closing_price,
    recorded.placed_at,
    recorded.settled_at
  FROM (
    SELECT
      b.{{ c.match }}::text AS match_id,
      b.{{ c.outcome }}::text AS outcome,
      b.{{ c.bookmaker }}::text AS bookmaker,
      {{ "b." ~ c.bet_type if c.bet_type else "NULL" }}::text AS bet_type,
      {{ number(c.price) }} AS price,
      {{ number(c.stake) }} AS stake,
      CASE
        {% for result in ("won", "lost", "void") %}
        WHEN {{ is_one_of("b." ~ c.result ~ "::text", bets[result]) }} THEN '{{ result }}'
        {% endfor %}
        ELSE 'open'
      END AS result,
      {{ number(c.profit) }} AS profit,
      {{ number(c.closing_price) if c.closing_price else "NULL::numeric" }} AS closing_price,
      b.{{ c.price }} IS NOT NULL AS has_price,
      b.{{ c.stake }} IS NOT NULL AS has_stake,
      b.{{ c.profit }} IS NOT NULL AS has_profit,
      {{ "b." ~ c.closing_price ~ " IS NOT NULL" if c.closing_price else "false" }} AS has_closing_price,
      b.{{ c.placed_at }} AS placed_at,
      {{ "b." ~ c.settled_at if c.settled_at else "b." ~ c.placed_at }} AS settled_at
    FROM {{ bets.table }} AS b
  ) AS recorded
) AS usable
