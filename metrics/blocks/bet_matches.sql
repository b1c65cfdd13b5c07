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
--   with it, or later, because everything before is older; where it had none, from the match's last one on. Finding it takes as
--   long as reading every price of the match. So where all bets on a match were won or lost, and the last price of a bookmaker
--   of these bets, from up to 7 days after placing, was less than an interval older than the kick-off that it names, that is
--   believed: the match was played as it had announced. Kick-off is at least a day within these 7 days then: a match that was
--   moved would be seen. Last price is the newest that was looked at. All joins are lateral: so TimescaleDB unpacks, for each
--   match, only the times that are asked for.
{% set c = prices.columns %}
{% macro newest(condition) %}
  SELECT DISTINCT ON (p.{{ c.match }})
    p.{{ c.match }}::text AS match_id,
    p.{{ c.home_team }}::text AS home_team,
    p.{{ c.away_team }}::text AS away_team,
    p.{{ c.league }}::text AS league,
    p.{{ c.kick_off }} AS kick_off,
    p.{{ c.collected_at }} AS last_price
  FROM {{ prices.table }} AS p
  WHERE {{ condition }}
  ORDER BY p.{{ c.match }}, p.{{ c.collected_at }} DESC, p.{{ c.bookmaker }}, p.{{ c.kick_off }} DESC
{% endmacro %}
WITH placed AS (
  SELECT
    b.{{ bets.columns.match }} AS match_id,
    b.{{ bets.columns.bookmaker }} AS bookmaker,
    b.{{ bets.columns.placed_at }} AS placed_at,
    bool_and(coalesce({{ is_one_of("b." ~ bets.columns.result ~ "::text", bets.won + bets.lost) }}, false))
      OVER (PARTITION BY b.{{ bets.columns.match }}) AS is_played
  FROM {{ bets.table }} AS b
  {% if match %}
  WHERE b.{{ bets.columns.match }} = {{ match }}
  {% endif %}
),

own AS MATERIALIZED (
  SELECT DISTINCT ON (lasts.match_id)
    lasts.match_id,
    lasts.bookmaker,
    lasts.last_at,
    placed.placed_at,
    placed.is_played
  FROM placed
  CROSS JOIN LATERAL (
    SELECT
      p.{{ c.match }} AS match_id,
      p.{{ c.bookmaker }} AS bookmaker,
      max(p.{{ c.collected_at }}) AS last_at
    FROM {{ prices.table }} AS p
    WHERE
      p.{{ c.match }} = placed.match_id
      AND p.{{ c.bookmaker }} = placed.bookmaker
      AND p.{{ c.collected_at }} > placed.placed_at - interval '{{ settings.collection.lookback_seconds }} seconds'
      AND p.{{ c.collected_at }} < placed.placed_at + interval '7 days'
    GROUP BY p.{{ c.match }}, p.{{ c.bookmaker }}
  ) AS lasts
  ORDER BY lasts.match_id, lasts.last_at DESC, lasts.bookmaker, placed.placed_at DESC
),

told AS MATERIALIZED (
  SELECT
    own.match_id AS id,
    newest.match_id,
    newest.home_team,
    newest.away_team,
    newest.league,
    newest.kick_off,
    newest.last_price,
    own.is_played
    AND newest.kick_off < newest.last_price + interval '{{ settings.collection.interval_seconds }} seconds'
    AND newest.kick_off < own.placed_at + interval '6 days' AS is_followed
  FROM own
  CROSS JOIN LATERAL (
    {{ newest("p." ~ c.match ~ " = own.match_id AND p." ~ c.bookmaker ~ " = own.bookmaker AND p." ~ c.collected_at ~ " = own.last_at") }}
  ) AS newest
),

sought AS MATERIALIZED (
  SELECT
    told.id AS match_id,
    told.last_price AS since
  FROM told
  WHERE told.is_followed IS NOT TRUE
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
  told.match_id,
  told.home_team,
  told.away_team,
  told.league,
  told.kick_off,
  told.last_price
FROM told
WHERE told.is_followed
UNION ALL
SELECT
  newest.match_id,
  newest.home_team,
  newest.away_team,
  newest.league,
  newest.kick_off,
  newest.last_price
FROM sought
CROSS JOIN LATERAL (
  {{ newest("p." ~ c.match ~ " = sought.match_id AND p." ~ c.collected_at ~ " >= sought.since") }}
) AS newest
