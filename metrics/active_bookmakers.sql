-- Active bookmakers
-- Question: who offers prices, and who offers the best ones?
-- Grain: one row per bookmaker with a current price
-- Returns:
--   bookmaker: text, text, Bookmaker
--   matches: bigint, count, Matches
--   prices: bigint, count, Prices
--   best_prices: bigint, count, Best prices
--   best_pct: double precision, percent, Best share
--   last_update: timestamp, time, Last update
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   match (the id of one match), within (an interval in which the match must start)
-- Notes: Best share = best prices / prices of this bookmaker x 100. A best price that several offer counts for each.
SELECT
  latest_prices.bookmaker,
  count(DISTINCT latest_prices.match_id) AS matches,
  count(*) AS prices,
  count(*) FILTER (WHERE latest_prices.price = price_extremes.best_price) AS best_prices,
  count(*) FILTER (WHERE latest_prices.price = price_extremes.best_price) * 100.0::double precision / count(*) AS best_pct,
  max(latest_prices.collected_at) AS last_update
FROM {{ ref("latest_prices") }}
INNER JOIN {{ ref("price_extremes") }}
  ON
    latest_prices.match_id = price_extremes.match_id
    AND latest_prices.outcome = price_extremes.outcome
GROUP BY latest_prices.bookmaker
