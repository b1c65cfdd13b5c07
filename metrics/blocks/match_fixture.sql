-- One match
-- Grain: one row, or none for an unknown match
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   home_team: text, text, Home
--   away_team: text, text, Away
--   league: text, text, League id
--   kick_off: timestamp, time, Kick-off
--   last_update: timestamp, time, Last update
--   moment: timestamp, time, Moment
-- Parameters: match (the id of the match)
-- Notes: As its newest price has it: matches are moved. Moment is the one for which its current prices are shown: now, or
--   the kick-off of a match that has started; with a feed whose clock runs ahead that of its last price. Sorted by something
--   that no index knows: else PostgreSQL walks back in time over the prices of all matches until it meets this one.
{% set c = prices.columns %}
SELECT
  newest.match_id,
  newest.home_team || ' – ' || newest.away_team AS match,
  newest.home_team,
  newest.away_team,
  newest.league,
  newest.kick_off,
  newest.last_update,
  least(greatest({{ now }}, newest.last_update), newest.kick_off - interval '1 millisecond') AS moment
FROM (
  SELECT
    p.{{ c.match }}::text AS match_id,
    p.{{ c.home_team }}::text AS home_team,
    p.{{ c.away_team }}::text AS away_team,
    p.{{ c.league }}::text AS league,
    p.{{ c.kick_off }} AS kick_off,
    p.{{ c.collected_at }} AS last_update
  FROM {{ prices.table }} AS p
  WHERE p.{{ c.match }} = {{ match }}
  ORDER BY p.{{ c.collected_at }} + interval '0' DESC, p.{{ c.kick_off }} DESC
  LIMIT 1
) AS newest
