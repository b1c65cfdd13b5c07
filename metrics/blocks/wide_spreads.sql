-- Spreads that count as opportunities
-- Grain: one row per match not started and outcome whose spread reaches the configured minimum
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   kick_off: timestamp, time, Kick-off
--   outcome: text, text, Outcome
--   best_price: double precision, price, Best price
--   worst_price: double precision, price, Worst price
--   spread_pct: double precision, percent, Spread
--   bookmakers: bigint, count, Bookmakers
--   last_update: timestamp, time, Last update
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   match (the id of one match), within (an interval in which the match must start)
SELECT
  price_extremes.match_id,
  price_extremes.match,
  price_extremes.league,
  price_extremes.kick_off,
  price_extremes.outcome,
  price_extremes.best_price,
  price_extremes.worst_price,
  price_extremes.spread_pct,
  price_extremes.bookmakers,
  price_extremes.last_update
FROM {{ ref("price_extremes") }}
WHERE
  price_extremes.bookmakers >= {{ settings.opportunities.min_bookmakers }}
  AND price_extremes.spread_pct >= {{ settings.opportunities.min_spread_pct }}
