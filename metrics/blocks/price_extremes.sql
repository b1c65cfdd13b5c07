-- Best and worst prices of an outcome
-- Grain: one row per match not started and outcome with a price
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
-- Notes: Spread = (best - worst) / worst x 100.
SELECT
  match_extremes.match_id,
  match_extremes.match,
  match_extremes.league,
  match_extremes.kick_off,
  outcomes.outcome,
  outcomes.best_price,
  outcomes.worst_price,
  {{ spread_pct("outcomes.best_price", "outcomes.worst_price") }} AS spread_pct,
  outcomes.bookmakers,
  match_extremes.last_update
FROM {{ ref("match_extremes") }}
CROSS JOIN LATERAL (
  VALUES
  ('home', match_extremes.home_best, match_extremes.home_worst, match_extremes.home_bookmakers),
  ('draw', match_extremes.draw_best, match_extremes.draw_worst, match_extremes.draw_bookmakers),
  ('away', match_extremes.away_best, match_extremes.away_worst, match_extremes.away_bookmakers)
) AS outcomes (outcome, best_price, worst_price, bookmakers)
WHERE outcomes.best_price IS NOT NULL
