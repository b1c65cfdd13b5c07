-- Matches ahead
-- Question: which matches can be bet on, and where do bookmakers disagree most?
-- Grain: one row per match not started with a current price
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   league_name: text, text, League
--   kick_off: timestamp, time, Kick-off
--   home_best: double precision, price, Home
--   draw_best: double precision, price, Draw
--   away_best: double precision, price, Away
--   spread_pct: double precision, percent, Widest spread
--   bookmakers: bigint, count, Bookmakers
--   last_update: timestamp, time, Last update
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   match (the id of one match), within (an interval in which the match must start)
-- Notes: The best current prices. Widest is the spread of the outcome on which bookmakers disagree most; a price of a single
--   bookmaker has none. Bookmakers counts those of the outcome that most of them offer.
SELECT
  match_extremes.match_id,
  match_extremes.match,
  match_extremes.league,
  {{ league_name("match_extremes.league") }} AS league_name,
  match_extremes.kick_off,
  match_extremes.home_best,
  match_extremes.draw_best,
  match_extremes.away_best,
  round(
    (
      greatest(
        {% for outcome in ["home", "draw", "away"] %}
        CASE
          WHEN match_extremes.{{ outcome }}_bookmakers >= {{ settings.opportunities.min_bookmakers }}
            THEN match_extremes.{{ outcome }}_best / match_extremes.{{ outcome }}_worst - 1
        END{{ "" if loop.last else "," }}
        {% endfor %}
      ) * 100
    )::numeric, 6
  )::double precision AS spread_pct,
  greatest(match_extremes.home_bookmakers, match_extremes.draw_bookmakers, match_extremes.away_bookmakers) AS bookmakers,
  match_extremes.last_update
FROM {{ ref("match_extremes") }}
WHERE greatest(match_extremes.home_bookmakers, match_extremes.draw_bookmakers, match_extremes.away_bookmakers) > 0
