-- Moves of a match since opening
-- Question: which way did the prices move, and who has not followed?
-- Grain: one row per bookmaker with a current price
-- Returns:
--   bookmaker: text, text, Bookmaker id
--   bookmaker_name: text, text, Bookmaker
--   opened_at: timestamp, time, First price
--   home_opening: double precision, price, Home was
--   home_price: double precision, price, Home
--   home_move_pct: double precision, percent, Home move
--   draw_opening: double precision, price, Draw was
--   draw_price: double precision, price, Draw
--   draw_move_pct: double precision, percent, Draw move
--   away_opening: double precision, price, Away was
--   away_price: double precision, price, Away
--   away_move_pct: double precision, percent, Away move
-- Parameters: match (the id of the match)
-- Notes: Move = (current - opening) / opening x 100; the opening price is the bookmaker's first one for the outcome that is
--   stored. For a match that has started, up to kick-off.
{% set c = prices.columns %}
SELECT
  match_prices.bookmaker,
  match_prices.bookmaker_name,
  openings.opened_at,
  {% for outcome in ["home", "draw", "away"] %}
  openings.{{ outcome }}_opening,
  match_prices.{{ outcome }}_price,
  round(((match_prices.{{ outcome }}_price / openings.{{ outcome }}_opening - 1) * 100)::numeric, 6)::double precision AS {{ outcome }}_move_pct{{ "" if loop.last else "," }}
  {% endfor %}
FROM {{ ref("match_prices") }}
INNER JOIN (
  SELECT
    p.{{ c.bookmaker }}::text AS bookmaker,
    {% for outcome in ["home", "draw", "away"] %}
    {% set price = price_of("p", outcome) %}
    (
      array_agg({{ price }} ORDER BY p.{{ c.collected_at }}) FILTER (WHERE {{ price }} IS NOT NULL)
    )[1]::double precision AS {{ outcome }}_opening,
    {% endfor %}
    min(p.{{ c.collected_at }}) AS opened_at
  FROM {{ prices.table }} AS p
  WHERE p.{{ c.match }} = {{ match }}
  GROUP BY p.{{ c.bookmaker }}
) AS openings
  ON match_prices.bookmaker = openings.bookmaker
