-- Best and worst prices of a match
-- Grain: one row per match not started
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   kick_off: timestamp, time, Kick-off
--   home_best: double precision, price, Best home
--   home_worst: double precision, price, Worst home
--   home_bookmakers: bigint, count, Bookmakers with a home price
--   draw_best: double precision, price, Best draw
--   draw_worst: double precision, price, Worst draw
--   draw_bookmakers: bigint, count, Bookmakers with a draw price
--   away_best: double precision, price, Best away
--   away_worst: double precision, price, Worst away
--   away_bookmakers: bigint, count, Bookmakers with an away price
--   last_update: timestamp, time, Last update
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   match (the id of one match), within (an interval in which the match must start)
-- Notes: The aggregation comes before the outcomes are spread over rows, which is three times fewer rows to group; the
--   bookmakers' names are left to those who show them.
SELECT
  latest_rows.match_id,
  max(latest_rows.home_team) || ' – ' || max(latest_rows.away_team) AS match,
  max(latest_rows.league) AS league,
  max(latest_rows.kick_off) AS kick_off,
  {% for outcome in ["home", "draw", "away"] %}
  max(latest_rows.{{ outcome }}_price)::double precision AS {{ outcome }}_best,
  min(latest_rows.{{ outcome }}_price)::double precision AS {{ outcome }}_worst,
  count(latest_rows.{{ outcome }}_price) AS {{ outcome }}_bookmakers,
  {% endfor %}
  max(latest_rows.collected_at) AS last_update
FROM {{ ref("latest_rows") }}
GROUP BY latest_rows.match_id
