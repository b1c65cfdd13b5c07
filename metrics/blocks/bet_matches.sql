-- Matches that were bet on
-- Grain: one row per match with a bet and a price
-- Returns:
--   match_id: text, text, Match id
--   home_team: text, text, Home
--   away_team: text, text, Away
--   league: text, text, League id
--   kick_off: timestamp, time, Kick-off
--   last_price: timestamp, time, Last price
-- Parameters: match (the id of one match)
-- Notes: As the match's newest price has it: matches are moved. A match whose prices are gone (their retention is often shorter
--   than a bettor's memory) is not here. The newest price is looked for from one on that a bookmaker had when a bet was placed
--   with it, or later, because everything before is older; where it had none, from the match's last one on. All joins are
--   lateral: so TimescaleDB unpacks, for each match, only the times that are asked for.
{% set c = prices.columns %}
WITH placed AS (
  SELECT
    b.{{ bets.columns.match }} AS match_id,
    b.{{ bets.columns.bookmaker }} AS bookmaker,
    b.{{ bets.columns.placed_at }} AS placed_at
  FROM {{ bets.table }} AS b
  {% if match %}
  WHERE b.{{ bets.columns.match }} = {{ match }}
  {% endif %}
),

own AS MATERIALIZED (
  SELECT
    lasts.match_id,
    max(lasts.last_at) AS last_at
  FROM placed
  CROSS JOIN LATERAL (
    SELECT
      p.{{ c.match }} AS match_id,
      max(p.{{ c.collected_at }}) AS last_at
    FROM {{ prices.table }} AS p
    WHERE
      p.{{ c.match }} = placed.match_id
      AND p.{{ c.bookmaker }} = placed.bookmaker
      AND p.{{ c.collected_at }} > placed.placed_at - interval '{{ settings.collection.lookback_seconds }} seconds'
      AND p.{{ c.collected_at }} < placed.placed_at + interval '7 days'
    GROUP BY p.{{ c.match }}
  ) AS lasts
  GROUP BY lasts.match_id
),

sought AS MATERIALIZED (
  SELECT
    own.match_id,
    own.last_at AS since
  FROM own
  UNION ALL
  SELECT
    lasts.match_id,
    lasts.last_at
  FROM (
    SELECT DISTINCT placed.match_id
    FROM placed
    LEFT JOIN own ON placed.match_id = own.match_id
    WHERE own.match_id IS NULL
  ) AS others
  CROSS JOIN LATERAL (
    SELECT
      p.{{ c.match }} AS match_id,
      max(p.{{ c.collected_at }}) AS last_at
    FROM {{ prices.table }} AS p
    WHERE p.{{ c.match }} = others.match_id
    GROUP BY p.{{ c.match }}
  ) AS lasts
)

SELECT
  newest.match_id,
  newest.home_team,
  newest.away_team,
  newest.league,
  newest.kick_off,
  newest.last_price
FROM sought
CROSS JOIN LATERAL (
  SELECT DISTINCT ON (p.{{ c.match }})
    p.{{ c.match }}::text AS match_id,
    p.{{ c.home_team }}::text AS home_team,
    p.{{ c.away_team }}::text AS away_team,
    p.{{ c.league }}::text AS league,
    p.{{ c.kick_off }} AS kick_off,
    p.{{ c.collected_at }} AS last_price
  FROM {{ prices.table }} AS p
  WHERE p.{{ c.match }} = sought.match_id AND p.{{ c.collected_at }} >= sought.since
  ORDER BY p.{{ c.match }}, p.{{ c.collected_at }} DESC, p.{{ c.bookmaker }}, p.{{ c.kick_off }} DESC
) AS newest
