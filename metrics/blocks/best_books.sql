-- The book of the best prices
-- Grain: one row per match not started with a price for each outcome
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   kick_off: timestamp, time, Kick-off
--   home_best: double precision, price, Best home
--   draw_best: double precision, price, Best draw
--   away_best: double precision, price, Best away
--   inverse_sum: double precision, number, Sum of 1 / best
--   draws_missing: boolean, text, No draw although its league has draws
--   last_update: timestamp, time, Last update
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   match (the id of one match), within (an interval in which the match must start)
-- Notes: Where nobody offers a draw, the match has two outcomes. draw_best is NULL there.
SELECT
  match_extremes.match_id,
  match_extremes.match,
  match_extremes.league,
  match_extremes.kick_off,
  match_extremes.home_best,
  match_extremes.draw_best,
  match_extremes.away_best,
  1 / match_extremes.home_best
  + coalesce(1 / match_extremes.draw_best, 0)
  + 1 / match_extremes.away_best AS inverse_sum,
  draw_markets.match_id IS NULL AND leagues_with_draws.league IS NOT NULL AS draws_missing,
  match_extremes.last_update
FROM {{ ref("match_extremes") }}
LEFT JOIN {{ ref("draw_markets") }}
  ON match_extremes.match_id = draw_markets.match_id
LEFT JOIN (
  SELECT DISTINCT draw_markets.league
  FROM {{ ref("draw_markets") }}
) AS leagues_with_draws
  ON match_extremes.league = leagues_with_draws.league
WHERE
  match_extremes.home_best IS NOT NULL
  AND match_extremes.away_best IS NOT NULL
  AND (match_extremes.draw_best IS NOT NULL OR draw_markets.match_id IS NULL)
