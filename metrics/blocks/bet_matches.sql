-- Matches that were bet on
-- Grain: one row per match with a bet and a price
-- Returns:
--   match_id: text, text, Match id
--   home_team: text, text, Home
--   away_team: text, text, Away
--   league: text, text, League id
--   kick_off: timestamp, time, Kick-off
-- Parameters: match (the id of one match)
-- Notes: As the match's newest price has it: matches are moved. A match whose prices are gone (their retention is often shorter
--   than a bettor's memory) is not here. Nothing but index entries of these matches is read: where the newest row is, is looked
--   for from the last price of a bookmaker that a bet was placed with on, because everything before is older.
{% set c = prices.columns %}
WITH placed AS (
  SELECT
    b.{{ bets.columns.match }} AS match_id,
    b.{{ bets.columns.bookmaker }} AS bookmaker
  FROM {{ bets.table }} AS b
  {% if match %}
  WHERE b.{{ bets.columns.match }} = {{ match }}
  {% endif %}
),

own AS MATERIALIZED (
  SELECT
    p.{{ c.match }} AS match_id,
    max(p.{{ c.collected_at }}) AS last_at
  FROM {{ prices.table }} AS p
  WHERE (p.{{ c.match }}, p.{{ c.bookmaker }}) IN (SELECT placed.match_id, placed.bookmaker FROM placed)
  GROUP BY p.{{ c.match }}
),

sought AS MATERIALIZED (
  SELECT
    placed.match_id,
    coalesce(max(own.last_at), '-infinity') AS since
  FROM placed
  LEFT JOIN own ON placed.match_id = own.match_id
  GROUP BY placed.match_id
),

newest AS MATERIALIZED (
  SELECT DISTINCT ON (p.{{ c.match }})
    p.{{ c.match }} AS match_id,
    p.{{ c.bookmaker }} AS bookmaker,
    p.{{ c.collected_at }} AS collected_at
  FROM sought
  INNER JOIN {{ prices.table }} AS p
    ON
      sought.match_id = p.{{ c.match }}
      AND sought.since <= p.{{ c.collected_at }}
      -- Without a second bound PostgreSQL expects a third of all rows, and reads the table instead of the index.
      AND p.{{ c.collected_at }} < 'infinity'
  ORDER BY p.{{ c.match }}, p.{{ c.collected_at }} DESC, p.{{ c.bookmaker }}
)

SELECT DISTINCT ON (p.{{ c.match }})
  p.{{ c.match }}::text AS match_id,
  p.{{ c.home_team }}::text AS home_team,
  p.{{ c.away_team }}::text AS away_team,
  p.{{ c.league }}::text AS league,
  p.{{ c.kick_off }} AS kick_off
FROM newest
INNER JOIN {{ prices.table }} AS p
  ON
    newest.match_id = p.{{ c.match }}
    AND newest.bookmaker = p.{{ c.bookmaker }}
    AND newest.collected_at = p.{{ c.collected_at }}
ORDER BY p.{{ c.match }}, p.{{ c.kick_off }} DESC
