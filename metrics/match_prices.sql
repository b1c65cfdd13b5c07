-- Latest prices of a match
-- Question: who offers what, and who offers most?
-- Grain: one row per bookmaker with a current price
-- Returns:
--   bookmaker: text, text, Bookmaker
--   home_price: double precision, price, Home
--   home_is_best: boolean, text, Best home
--   draw_price: double precision, price, Draw
--   draw_is_best: boolean, text, Best draw
--   away_price: double precision, price, Away
--   away_is_best: boolean, text, Best away
--   overround_pct: double precision, percent, Margin
--   age: double precision, duration, Age
-- Parameters: match (the id of the match)
-- Notes: For a match that has started, the prices that were current at kick-off. Several can be best. The margin (overround)
--   is (sum of 1 / price - 1) x 100, over home and away only where nobody offers a draw.
SELECT
  books.bookmaker,
  {% for outcome in ["home", "draw", "away"] %}
  books.{{ outcome }}_price,
  books.{{ outcome }}_price = max(books.{{ outcome }}_price) OVER () AS {{ outcome }}_is_best,
  {% endfor %}
  CASE
    WHEN books.draw_price IS NOT NULL OR NOT books.has_draw
      THEN round(
        ((1 / books.home_price + coalesce(1 / books.draw_price, 0) + 1 / books.away_price - 1) * 100)::numeric, 6
      )::double precision
  END AS overround_pct,
  extract(EPOCH FROM books.moment - least(books.collected_at, books.moment))::double precision AS age
FROM (
  SELECT
    latest_prices.bookmaker,
    max(match_fixture.moment) AS moment,
    bool_or(draw_markets.match_id IS NOT NULL) AS has_draw,
    {% for outcome in ["home", "draw", "away"] %}
    max(latest_prices.price) FILTER (WHERE latest_prices.outcome = '{{ outcome }}') AS {{ outcome }}_price,
    {% endfor %}
    min(latest_prices.collected_at) AS collected_at
  FROM {{ ref("match_fixture") }}
  CROSS JOIN LATERAL {{ ref("latest_prices", at="match_fixture.moment") }}
  LEFT JOIN LATERAL {{ ref("draw_markets", at="match_fixture.moment") }} ON true
  GROUP BY latest_prices.bookmaker
) AS books
