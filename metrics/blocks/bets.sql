-- Bets
-- Grain: one row per bet
-- Returns:
--   match_id: text, text, Match id
--   outcome: text, text, Outcome
--   bookmaker: text, text, Bookmaker
--   bet_type: text, text, Type
--   price: numeric, price, Price taken
--   net_price: numeric, price, After commission
--   stake: numeric, money, Stake
--   word: text, text, Result in the table's own word
--   is_known: boolean, text, The word is known
--   result: text, text, Result
--   profit: numeric, money, Profit
--   closing_price: numeric, price, Recorded closing price
--   raw_clv_pct: numeric, percent, Against the recorded closing price
--   placed_at: timestamp, time, Placed
--   recorded_at: timestamp, time, Result recorded
--   unusable: text, text, Values that cannot be used
-- Parameters: match (the id of one match)
-- Notes: A bet is settled when its profit is known, whatever its word is. Profit is the table's; where that is NULL and the word
--   says won, lost or void: won stake x (net price - 1), lost - stake, void 0. A word of `tables.bets.open` keeps a bet open,
--   and so does no word beside a profit of 0, which is what many tables begin with. Result is won, lost, void or open, in
--   whatever words and capitals; under an unknown word the profit says it: the whole stake lost, nothing, all that could
--   be won (to the cent), and anything else is partly (half won, cashed out). Net price = 1 + (price - 1) x (1 - commission).
--   Against the recorded closing price = price taken / closing price - 1 in percent: raw, because the bookmaker's margin in the
--   closing price passes for skill. Amounts are exact decimals: sums of binary fractions would put a
--   yield of 0 a hair below it. What cannot be used (NaN and infinity, which no sum would get rid of, a price of 1 or less, a
--   negative stake) counts as not recorded and is named in unusable; a closing price of 0 is how some collectors say that there
--   is none.
{% set c = bets.columns %}
{# As text, because not every version of PostgreSQL can turn infinity into a decimal. #}
{% macro number(column) %}CASE WHEN b.{{ column }}::text NOT IN ('NaN', 'Infinity', '-Infinity') THEN b.{{ column }}::numeric END{% endmacro %}
SELECT
  settled.match_id,
  settled.outcome,
  settled.bookmaker,
  settled.bet_type,
  settled.price,
  settled.net_price,
  settled.stake,
  settled.word,
  settled.word IS NULL OR settled.said IS NOT NULL AS is_known,
  CASE
    WHEN settled.profit IS NULL THEN 'open'
    WHEN settled.said IS NOT NULL THEN settled.said
    WHEN settled.profit <= -settled.stake THEN 'lost'
    WHEN settled.profit = 0 THEN 'void'
    WHEN settled.profit >= settled.stake * (settled.net_price - 1) - 0.005 THEN 'won'
    ELSE 'partly'
  END AS result,
  settled.profit,
  settled.closing_price,
  (settled.price / settled.closing_price - 1) * 100 AS raw_clv_pct,
  settled.placed_at,
  CASE WHEN settled.profit IS NOT NULL THEN coalesce(settled.recorded_at, settled.placed_at) END AS recorded_at,
  settled.unusable
FROM (
  SELECT
    usable.match_id,
    usable.outcome,
    usable.bookmaker,
    usable.bet_type,
    usable.price,
    usable.net_price,
    usable.stake,
    usable.word,
    usable.said,
    CASE
      WHEN usable.said = 'open' OR (usable.word IS NULL AND usable.profit = 0) THEN NULL
      WHEN usable.profit IS NOT NULL THEN usable.profit
      WHEN usable.said = 'won' THEN usable.stake * (usable.net_price - 1)
      WHEN usable.said = 'lost' THEN -usable.stake
      WHEN usable.said = 'void' THEN 0
    END AS profit,
    usable.closing_price,
    usable.placed_at,
    usable.recorded_at,
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
      CASE WHEN recorded.price > 1 THEN 1 + (recorded.price - 1) * ({{ keeps("recorded.bookmaker") }})::numeric END AS net_price,
      CASE WHEN recorded.stake >= 0 THEN recorded.stake END AS stake,
      recorded.word,
      CASE
        {% for result in ("won", "lost", "void", "open") %}
        WHEN {{ is_one_of("recorded.word", bets[result]) }} THEN '{{ result }}'
        {% endfor %}
      END AS said,
      recorded.profit,
      CASE WHEN recorded.closing_price > 1 THEN recorded.closing_price END AS closing_price,
      recorded.has_price,
      recorded.has_stake,
      recorded.has_profit,
      recorded.has_closing_price AND coalesce(recorded.closing_price <> 0, true) AS has_closing_price,
      recorded.placed_at,
      recorded.recorded_at
    FROM (
      SELECT
        b.{{ c.match }}::text AS match_id,
        b.{{ c.outcome }}::text AS outcome,
        b.{{ c.bookmaker }}::text AS bookmaker,
        {{ "b." ~ c.bet_type if c.bet_type else "NULL" }}::text AS bet_type,
        {{ number(c.price) }} AS price,
        {{ number(c.stake) }} AS stake,
        nullif(trim(b.{{ c.result }}::text), '') AS word,
        {{ number(c.profit) }} AS profit,
        {{ number(c.closing_price) if c.closing_price else "NULL::numeric" }} AS closing_price,
        b.{{ c.price }} IS NOT NULL AS has_price,
        b.{{ c.stake }} IS NOT NULL AS has_stake,
        b.{{ c.profit }} IS NOT NULL AS has_profit,
        {{ "b." ~ c.closing_price ~ " IS NOT NULL" if c.closing_price else "false" }} AS has_closing_price,
        b.{{ c.placed_at }} AS placed_at,
        {{ "b." ~ c.settled_at if c.settled_at else "b." ~ c.placed_at }} AS recorded_at
      FROM {{ bets.table }} AS b
      {% if match %}
      WHERE b.{{ c.match }} = {{ match }}
      {% endif %}
    ) AS recorded
  ) AS usable
) AS settled
