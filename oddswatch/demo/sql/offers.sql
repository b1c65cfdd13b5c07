-- What could be backed at given moments: the best price of each outcome and what that bookmaker offered at the last of
-- these moments before kick-off.
-- Grain: one row per match, moment and outcome
WITH prices AS (
{% include "market.sql" %}
),

quoted AS (
    SELECT moment, match_id, sport, kick_off, bookmaker, outcome, price
    FROM prices
    CROSS JOIN LATERAL (VALUES ('home', home_odds), ('draw', draw_odds), ('away', away_odds)) AS cells (outcome, price)
    WHERE price IS NOT NULL
),

closing AS (
    SELECT DISTINCT ON (match_id, bookmaker, outcome) match_id, bookmaker, outcome, price
    FROM quoted
    ORDER BY match_id, bookmaker, outcome, moment DESC
),

best AS (
    SELECT
        match_id, moment, outcome, sport, kick_off, avg(price) AS average, max(price) AS price,
        (array_agg(bookmaker ORDER BY price DESC, bookmaker))[1] AS bookmaker
    FROM quoted
    GROUP BY match_id, moment, outcome, sport, kick_off
)

SELECT
    best.match_id, best.sport, best.kick_off, best.moment, best.outcome, best.bookmaker, best.price, best.average,
    closing.price AS closing
FROM best
INNER JOIN closing USING (match_id, bookmaker, outcome)
ORDER BY best.kick_off, best.match_id, best.moment, best.outcome
