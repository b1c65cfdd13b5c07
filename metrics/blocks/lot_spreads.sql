-- Spreads of lots
-- Grain: one row per lot and outcome with a price that a person can take
-- Returns:
--   lot: text, text, Lot
--   outcome: text, text, Outcome
--   best_price: double precision, price, Best price
--   worst_price: double precision, price, Worst price
--   spread_pct: double precision, percent, Spread
--   bookmakers: bigint, count, Bookmakers
-- Parameters: of (name of a relation in scope with lot, bookmaker and the three prices)
-- Notes: Spread = (best - worst) / worst x 100, before commission. The best price is one of `bookmakers.mine`, the worst of all.
{% set outcomes = ["home", "draw", "away"] %}
SELECT
  extremes.lot,
  outcomes.outcome,
  outcomes.best_price,
  outcomes.worst_price,
  {{ spread_pct("outcomes.best_price", "outcomes.worst_price") }} AS spread_pct,
  outcomes.bookmakers
FROM (
  SELECT
    given.lot,
    {% for outcome in outcomes %}
    max(given.{{ outcome }}_price) FILTER (WHERE {{ is_mine("given.bookmaker") }}) AS {{ outcome }}_best,
    min(given.{{ outcome }}_price) AS {{ outcome }}_worst,
    count(given.{{ outcome }}_price) AS {{ outcome }}_bookmakers{{ "" if loop.last else "," }}
    {% endfor %}
  FROM {{ of }} AS given
  GROUP BY given.lot
) AS extremes
CROSS JOIN LATERAL (
  VALUES
  {% for outcome in outcomes %}
  ('{{ outcome }}', extremes.{{ outcome }}_best, extremes.{{ outcome }}_worst, extremes.{{ outcome }}_bookmakers){{ "" if loop.last else "," }}
  {% endfor %}
) AS outcomes (outcome, best_price, worst_price, bookmakers)
WHERE outcomes.best_price IS NOT NULL
