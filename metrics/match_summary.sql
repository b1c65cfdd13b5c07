-- One match at a glance
-- Question: which match is this, and is there something in it?
-- Grain: one row, or none for an unknown match
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   league_name: text, text, League
--   kick_off: timestamp, time, Kick-off
--   to_kick_off: double precision, duration, Time to kick-off
--   spread_pct: double precision, percent, Widest spread
--   best_margin_pct: double precision, percent, Margin of the best prices
--   bookmakers: bigint, count, Bookmakers
--   age: double precision, duration, Age
-- Parameters: match (the id of the match)
-- Notes: For a match that has started, as it was at kick-off. The margin of the best prices is (sum of 1 / best - 1) x 100:
--   below 0 it is a surebet; NULL without a price for each outcome. Age is that of the newest price.
SELECT
  match_fixture.match_id,
  match_fixture.match,
  match_fixture.league,
  {{ league_name("match_fixture.league") }} AS league_name,
  match_fixture.kick_off,
  extract(EPOCH FROM match_fixture.kick_off - {{ now }})::double precision AS to_kick_off,
  current.spread_pct,
  current.best_margin_pct,
  coalesce(current.bookmakers, 0) AS bookmakers,
  extract(
    EPOCH FROM match_fixture.moment - least(coalesce(current.last_update, match_fixture.last_update), match_fixture.moment)
  )::double precision AS age
FROM {{ ref("match_fixture") }}
LEFT JOIN LATERAL (
  SELECT
    matches_ahead.spread_pct,
    matches_ahead.bookmakers,
    matches_ahead.last_update,
    round(((best_books.inverse_sum - 1) * 100)::numeric, 6)::double precision AS best_margin_pct
  FROM {{ ref("matches_ahead", at="match_fixture.moment") }}
  LEFT JOIN {{ ref("best_books", at="match_fixture.moment") }}
    ON matches_ahead.match_id = best_books.match_id
) AS current ON true
