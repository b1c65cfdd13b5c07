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
--   has_draw: boolean, text, Can end in a draw
--   last_update: timestamp, time, Last update
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   match (the id of one match), within (an interval in which the match must start)
-- Notes: Of one collection (see "Books of the newest collection"), before commission. Best prices are those of
--   `bookmakers.mine`, worst prices and bookmakers of all.
{% set outcomes = ["home", "draw", "away"] %}
SELECT
  -- The same in all rows of a match: grouped by one column it is faster than by all.
  max(current_books.match_id COLLATE "C") COLLATE "default" AS match_id,
  max(current_books.match COLLATE "C") COLLATE "default" AS match,
  max(current_books.league COLLATE "C") COLLATE "default" AS league,
  max(current_books.kick_off) AS kick_off,
  {% for outcome in outcomes %}
  max(current_books.{{ outcome }}_price) FILTER (WHERE {{ is_mine("current_books.bookmaker") }}) AS {{ outcome }}_best,
  min(current_books.{{ outcome }}_price) AS {{ outcome }}_worst,
  count(current_books.{{ outcome }}_price) AS {{ outcome }}_bookmakers,
  {% endfor %}
  bool_or(current_books.has_draw) AS has_draw,
  max(current_books.last_update) AS last_update
FROM {{ ref("current_books") }}
{% if bookmakers %}
WHERE current_books.bookmaker = ANY ({{ bookmakers }})
{% endif %}
GROUP BY current_books.lot
