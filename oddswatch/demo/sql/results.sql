-- How the matches end: drawn by their chances at kick-off. Some are abandoned.
-- Grain: one row per match
-- Returns: match_id, result: home, draw, away, or NULL for an abandoned match
{% include "matches.sql" %}
{% from "matches.sql" import hash_u, chances_after %}

final AS (
    SELECT
        match_id, home_chance, draw_chance, {{ hash_u("hash", 0) }} AS luck, {{ hash_u("hash", 1) }} < 0.02 AS is_abandoned
    FROM fixtures
    INNER JOIN known ON known.number = fixtures.number AND known.until = 'infinity'
    CROSS JOIN LATERAL (
        {{ chances_after("known.side", "known.draw") | indent(8) }}
    ) AS chances
    CROSS JOIN LATERAL (SELECT hashint8extended(fixtures.number, %(seed)s + 2) AS hash) AS chance
)

SELECT
    match_id,
    CASE
        WHEN is_abandoned THEN NULL
        WHEN luck < home_chance THEN 'home'
        WHEN luck < home_chance + draw_chance THEN 'draw'
        ELSE 'away'
    END AS result
FROM final
