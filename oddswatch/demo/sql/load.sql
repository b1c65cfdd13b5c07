-- Stores prices that were collected elsewhere.
WITH collected AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(moments)s::timestamptz[], %(match_ids)s::text[], %(sports)s::text[], %(home_teams)s::text[],
        %(away_teams)s::text[], %(kick_offs)s::timestamptz[], %(bookmakers)s::text[],
        %(homes)s::numeric[], %(draws)s::numeric[], %(aways)s::numeric[]
    ) AS listed (
        moment, match_id, sport, home_team, away_team, kick_off, bookmaker, home_odds, draw_odds, away_odds
    )
),

asked AS (
    SELECT DISTINCT moment, sport, NULL AS message FROM collected
),

{% include "store.sql" %}
