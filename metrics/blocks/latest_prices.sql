-- Latest prices
-- Grain: one row per match not started, bookmaker and outcome; the latest price within the look-back
-- Returns:
--   match_id: text, text, Match id
--   league: text, text, League id
--   home_team: text, text, Home
--   away_team: text, text, Away
--   kick_off: timestamp, time, Kick-off
--   bookmaker: text, text, Bookmaker
--   outcome: text, text, Outcome
--   price: double precision, price, Price
--   collected_at: timestamp, time, Collected
-- Parameters: at (the moment the prices were current), leagues (ids to keep, a text[]),
--   bookmakers (names to keep, a text[]), match (the id of one match), within (an interval in which the match must start)
SELECT
  latest_rows.match_id,
  latest_rows.league,
  latest_rows.home_team,
  latest_rows.away_team,
  latest_rows.kick_off,
  latest_rows.bookmaker,
  outcomes.outcome,
  outcomes.price::double precision AS price,
  latest_rows.collected_at
FROM {{ ref("latest_rows") }}
CROSS JOIN LATERAL (
  VALUES
  ('home', latest_rows.home_price),
  ('draw', latest_rows.draw_price),
  ('away', latest_rows.away_price)
) AS outcomes (outcome, price)
WHERE outcomes.price IS NOT NULL
