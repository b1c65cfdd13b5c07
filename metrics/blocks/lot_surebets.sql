-- Surebets of lots
-- Grain: one row per lot whose best prices guarantee a profit
-- Returns:
--   lot: text, text, Lot
--   profit_pct: double precision, percent, Profit
--   gross_profit_pct: double precision, percent, Profit before commission
--   bookmakers: bigint, count, Bookmakers
--   home_price: double precision, price, Home
--   home_bookmaker: text, text, Home at
--   home_stake: double precision, money, Stake home
--   home_collected_at: timestamp, time, Home collected
--   draw_price: double precision, price, Draw
--   draw_bookmaker: text, text, Draw at
--   draw_stake: double precision, money, Stake draw
--   draw_collected_at: timestamp, time, Draw collected
--   away_price: double precision, price, Away
--   away_bookmaker: text, text, Away at
--   away_stake: double precision, money, Stake away
--   away_collected_at: timestamp, time, Away collected
--   doubt: text, text, Doubt
-- Parameters: of (name of a relation in scope with lot, bookmaker, the three prices, has_draw and collected_at)
-- Notes: S = sum of 1 / best price after commission < 1 by more than rounding; profit = (1 / S - 1) x 100; of 100 staked in all, (1 / best) / S x 100
--   goes to an outcome. Prices of `bookmakers.mine`; those shown are before commission. Of equal prices the freshest. A match
--   that cannot end in a draw has two outcomes; where the draws are missing there is no surebet. Doubt names every reason to
--   doubt it: a profit above `alerts.suspicious_price.threshold_pct`, all prices of one bookmaker, or swapped sides: a bookmaker
--   of home or away whose prices on both are nearer to the middle ones of all the other way round. Bookmakers are all that have
--   a price, also beside `bookmakers.mine`.
{% set outcomes = ["home", "draw", "away"] %}
{% set limit = settings.alerts.suspicious_price.threshold_pct %}
WITH net AS MATERIALIZED (
  SELECT
    given.lot,
    given.bookmaker,
    given.has_draw,
    {% for outcome in outcomes %}
    given.{{ outcome }}_price,
    {{ net_price("given." ~ outcome ~ "_price", "given.bookmaker") }} AS {{ outcome }}_net,
    {% endfor %}
    given.collected_at
  FROM {{ of }} AS given
  WHERE {{ is_mine("given.bookmaker") }}
),

best AS (
  SELECT
    net.lot,
    {% for outcome in outcomes %}
    max(net.{{ outcome }}_net) AS {{ outcome }}_net,
    {% endfor %}
    bool_and(net.has_draw) AS has_draw
  FROM net
  GROUP BY net.lot
),

-- Of all bookmakers of a lot that pays.
markets AS (
  SELECT
    given.lot,
    count(coalesce(given.home_price, given.draw_price, given.away_price)) AS bookmakers,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY given.home_price) AS home_price,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY given.away_price) AS away_price
  FROM {{ of }} AS given
  INNER JOIN best ON given.lot = best.lot
  WHERE {{ inverse_sum("best", "net") }} < 1 - 1e-9
  GROUP BY given.lot
),

legs AS (
  SELECT
    best.lot,
    best.has_draw,
    {{ inverse_sum("best", "net") }} AS inverse_sum,
    {% for outcome in outcomes %}
    {% set holders = "ORDER BY net.collected_at DESC, net.bookmaker) FILTER (WHERE net." ~ outcome ~ "_net = best." ~ outcome ~ "_net))[1]" %}
    best.{{ outcome }}_net,
    (array_agg(net.{{ outcome }}_price {{ holders }} AS {{ outcome }}_price,
    (array_agg(net.bookmaker {{ holders }} AS {{ outcome }}_bookmaker,
    (array_agg(net.collected_at {{ holders }} AS {{ outcome }}_collected_at,
    {% if outcome != "draw" %}
    (array_agg({{ sides_swapped("net", "markets.home_price", "markets.away_price") }} {{ holders }} AS {{ outcome }}_is_swapped,
    {% endif %}
    {% endfor %}
    markets.bookmakers
  FROM best
  INNER JOIN markets ON best.lot = markets.lot
  INNER JOIN net ON best.lot = net.lot
  GROUP BY best.lot, best.has_draw, best.home_net, best.draw_net, best.away_net, markets.bookmakers
)

SELECT
  legs.lot,
  round(((1 / legs.inverse_sum - 1) * 100)::numeric, 6)::double precision AS profit_pct,
  round(((1 / ({{ inverse_sum("legs", "price") }}) - 1) * 100)::numeric, 6)::double precision AS gross_profit_pct,
  legs.bookmakers,
  {% for outcome in outcomes %}
  legs.{{ outcome }}_price,
  legs.{{ outcome }}_bookmaker,
  100 / legs.{{ outcome }}_net / legs.inverse_sum AS {{ outcome }}_stake,
  legs.{{ outcome }}_collected_at,
  {% endfor %}
  nullif(
    concat_ws(
      ', ',
      -- Rounded, so that a profit of just the limit is not above it.
      CASE WHEN round(((1 / legs.inverse_sum - 1) * 100)::numeric, 6) > {{ limit }} THEN 'above {{ "%g" | format(limit) }} %' END,
      CASE
        WHEN
          legs.home_bookmaker = legs.away_bookmaker
          AND coalesce(legs.draw_bookmaker, legs.home_bookmaker) = legs.home_bookmaker
          THEN 'one bookmaker'
      END,
      CASE WHEN legs.home_is_swapped OR legs.away_is_swapped THEN 'sides swapped' END
    ),
    ''
  ) AS doubt
FROM legs
