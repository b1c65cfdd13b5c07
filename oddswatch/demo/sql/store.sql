-- The end of a statement that stores what was collected, and a line in the log for each collection that was asked for.
-- Its beginning defines
--   collected  moment timestamptz, match_id, sport, home_team, away_team, kick_off timestamptz, bookmaker, home_odds,
--              draw_odds, away_odds
--   asked      moment timestamptz, sport, message: the error, or NULL for a success
stored AS (
{% if layout.form == "per_match" %}
    INSERT INTO {{ layout.prices }} (
        match_id, sport, home_team, away_team, commence_time, bookmaker, home_odds, away_odds, draw_odds, collected_at
    )
    SELECT
        match_id, sport, home_team, away_team, {{ layout.stored("kick_off") }}, bookmaker,
        home_odds, away_odds, draw_odds, {{ layout.stored("moment") }}
    FROM collected
    ORDER BY moment, sport, kick_off, match_id, bookmaker
{% else %}
    INSERT INTO {{ layout.prices }} (
        match_id, sport, home_team, away_team, bookmaker, outcome, odds_value, commence_time, created_at
    )
    SELECT
        match_id, sport, home_team, away_team, bookmaker, outcome, price,
        {{ layout.stored("kick_off") }}, {{ layout.stored("moment") }}
    FROM collected
    CROSS JOIN LATERAL (VALUES ('home', home_odds), ('away', away_odds), ('draw', draw_odds)) AS quoted (outcome, price)
    WHERE price IS NOT NULL
    ORDER BY moment, sport, kick_off, match_id, bookmaker
{% endif %}
    RETURNING 1
),

matches AS (
    SELECT
        moment, sport, match_id, count(*) AS prices,
        greatest(
            max(home_odds) / min(home_odds), max(draw_odds) / min(draw_odds), max(away_odds) / min(away_odds)
        ) >= 1.05 AS is_opportunity
    FROM collected
    GROUP BY moment, sport, match_id
),

collections AS (
    SELECT
        moment, sport, message, count(match_id) AS matches_count, coalesce(sum(prices), 0) AS odds_stored,
        count(*) FILTER (WHERE is_opportunity) AS opportunities_detected,
        hashtextextended(sport, extract(epoch FROM moment)::bigint) & 1048575 AS chance
    FROM asked
    LEFT JOIN matches USING (moment, sport)
    GROUP BY moment, sport, message
),

logged AS (
    INSERT INTO {{ layout.table("collection_logs") }} (
        sport, matches_count, odds_stored, opportunities_detected, api_requests_remaining, execution_time_seconds,
        status, error_message, collected_at
    )
    SELECT
        sport, matches_count, odds_stored, opportunities_detected,
        -- 500 requests a month, of which 425 are used at an even pace.
        500 - floor(425 * (
            extract(epoch FROM utc - date_trunc('month', utc))
            / extract(epoch FROM interval '1 month' + date_trunc('month', utc) - date_trunc('month', utc))
        )),
        CASE WHEN message IS NULL THEN 1.8 ELSE 30 END + odds_stored * 0.009 + 3.0 * power(chance / 1048576.0, 4),
        CASE WHEN message IS NULL THEN 'success' ELSE 'error' END, message, {{ layout.stored("moment") }}
    FROM collections
    CROSS JOIN LATERAL (SELECT moment AT TIME ZONE 'UTC' AS utc) AS clock
    ORDER BY moment, sport
)

SELECT count(*) FROM stored
