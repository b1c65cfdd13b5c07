-- Collects again, at a later moment, what was the last price of each bookmaker for each match ahead.
WITH latest AS (
{% if layout.form == "per_match" %}
    SELECT DISTINCT ON (match_id, bookmaker)
        match_id, sport, home_team, away_team, commence_time, bookmaker, home_odds, draw_odds, away_odds,
        {{ layout.collected }} AS collected
    FROM {{ layout.prices }}
    WHERE commence_time > {{ layout.stored("%(moment)s::timestamptz") }}
    ORDER BY match_id, bookmaker, collected_at DESC
{% else %}
    SELECT
        match_id, sport, home_team, away_team, commence_time, bookmaker,
        max(odds_value) FILTER (WHERE outcome = 'home') AS home_odds,
        max(odds_value) FILTER (WHERE outcome = 'draw') AS draw_odds,
        max(odds_value) FILTER (WHERE outcome = 'away') AS away_odds,
        max(created_at) AS collected
    FROM (
        SELECT *, rank() OVER (PARTITION BY match_id, bookmaker ORDER BY created_at DESC) AS place
        FROM {{ layout.prices }}
        WHERE commence_time > {{ layout.stored("%(moment)s::timestamptz") }}
    ) AS ranked
    WHERE place = 1
    GROUP BY match_id, sport, home_team, away_team, commence_time, bookmaker
{% endif %}
),

collected AS MATERIALIZED (
    SELECT
        %(moment)s::timestamptz AS moment, match_id, sport, home_team, away_team,
        {{ "commence_time AT TIME ZONE 'UTC'" if layout.times == "naive_utc" else "commence_time" }} AS kick_off,
        bookmaker, home_odds, draw_odds, away_odds
    FROM latest
    -- What was collected at this very moment is there already.
    WHERE collected < {{ layout.stored("%(moment)s::timestamptz") }}
),

asked AS (
    SELECT DISTINCT moment, sport, NULL AS message FROM collected
),

{% include "store.sql" %}
