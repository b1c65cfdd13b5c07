-- Collects a market at given moments.
WITH prices AS MATERIALIZED (
{% include "market.sql" %}
),

asked AS (
    SELECT moment, sport, message
    FROM unnest(%(moments)s::timestamptz[]) AS moments (moment)
    CROSS JOIN unnest(%(wanted)s::text[]) AS leagues (sport)
    LEFT JOIN unnest(%(failed_moments)s::timestamptz[], %(failed_sports)s::text[], %(messages)s::text[])
        AS failures (moment, sport, message) USING (moment, sport)
),

-- A collection that failed has stored nothing.
collected AS MATERIALIZED (
    SELECT prices.* FROM prices INNER JOIN asked USING (moment, sport) WHERE message IS NULL
),

{% include "store.sql" %}
