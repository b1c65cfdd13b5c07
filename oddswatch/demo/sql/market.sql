-- The prices that the market shows at given moments.
-- Grain: one row per moment, match ahead and bookmaker that has a price for it
-- Returns: moment timestamptz, match_id, sport, home_team, away_team, kick_off timestamptz, bookmaker,
--          home_odds, draw_odds, away_odds numeric
--
-- Every price is a function of the seed, the match, the bookmaker and the moment: the same question has the same answer
-- always, whichever other moments are asked for. Chance comes from hashes; hash_u(h, k) below is the k-th number from
-- [0, 1) of a 64-bit hash.
{% macro hash_u(hash, k) %}((({{ hash }} >> {{ 20 * k }}) & 1048575) / 1048576.0)::float8{% endmacro %}
WITH moments AS (
    SELECT moment, extract(epoch FROM moment)::float8 AS seconds
    FROM unnest(%(moments)s::timestamptz[]) AS asked (moment)
),

fixtures AS (
    SELECT *
    FROM unnest(
        %(numbers)s::bigint[], %(match_ids)s::text[], %(sports)s::text[], %(home_teams)s::text[],
        %(away_teams)s::text[], %(kick_offs)s::timestamptz[], %(homes)s::float8[], %(aways)s::float8[]
    ) AS listed (number, match_id, sport, home_team, away_team, kick_off, home, away)
),

-- reach: how many of the next matches the bookmaker has on offer.
bookmakers AS (
    SELECT *
    FROM unnest(%(bookmakers)s::text[], %(margins)s::float8[], %(reaches)s::integer[])
        WITH ORDINALITY AS listed (bookmaker, margin, reach, place)
),

-- The next matches at each moment. Their fair chances drift by waves of 6 to 10 days.
ahead AS (
    SELECT
        moments.moment, moments.seconds, fixtures.number, fixtures.match_id, fixtures.sport, fixtures.home_team,
        fixtures.away_team, fixtures.kick_off, fixtures.number - first.number + 1 AS position,
        exp(fixtures.home + drift) AS home_weight, exp(fixtures.away - drift) AS away_weight
    FROM moments
    CROSS JOIN LATERAL (
        SELECT min(fixtures.number) AS number FROM fixtures WHERE fixtures.kick_off > moments.moment
    ) AS first
    INNER JOIN fixtures ON fixtures.number BETWEEN first.number AND first.number + %(ahead)s - 1
    CROSS JOIN LATERAL (SELECT hashint8extended(fixtures.number, %(seed)s) AS hash) AS chance
    CROSS JOIN LATERAL (
        SELECT 0.12 * sin(
            2 * pi() * (moments.seconds / (86400 * (6 + 4 * {{ hash_u("hash", 0) }})) + {{ hash_u("hash", 1) }})
        ) AS drift
    ) AS wave
),

fair AS (
    SELECT
        *,
        home_weight / (home_weight + 1 + away_weight) AS home_chance,
        1 / (home_weight + 1 + away_weight) AS draw_chance,
        away_weight / (home_weight + 1 + away_weight) AS away_chance
    FROM ahead
),

-- Bookmakers that are slow or wrong. The matches ahead are cut into bands of a dozen; in each band at most one match at a time
-- has one such bookmaker, for 14 to 28 hours. So the share of matches over a threshold is much the same at all moments.
--   far       one price more than 50 %% away from another, in the first band
--   surebet   the favourite's price is so high that all outcomes can be backed with a sure profit
--   high, low one price 6 to 9 %% away from the others
errors AS (
    SELECT
        moment, position, hash, age,
        CASE
            WHEN band = 0 THEN 'far'
            WHEN mod(band, 5) IN (1, 2) THEN 'surebet'
            WHEN mod(band, 5) = 3 AND hash & 1 = 0 THEN 'surebet'
            WHEN mod(band, 5) = 4 THEN (ARRAY['high', 'low', 'low', NULL])[1 + (hash & 3)]
        END AS kind
    FROM moments
    CROSS JOIN generate_series(0, %(ahead)s / 12 - 1) AS bands (band)
    CROSS JOIN LATERAL (SELECT hashint8extended(band, %(seed)s) AS hash_of_band) AS band_chance
    CROSS JOIN LATERAL (
        SELECT moments.seconds / (3600 * (14 + 14 * {{ hash_u("hash_of_band", 0) }})) + {{ hash_u("hash_of_band", 1) }} AS time
    ) AS clock
    CROSS JOIN LATERAL (
        SELECT time - floor(time) AS age, hashint8extended(floor(time)::bigint, hash_of_band) AS hash
    ) AS spell
    CROSS JOIN LATERAL (
        SELECT band * 12 + floor(12 * {{ hash_u("hash", 1) }})::bigint AS position
    ) AS place
),

wrong AS (
    SELECT
        fair.moment, fair.number, errors.kind, errors.age, errors.hash,
        -- Not the first bookmaker: it is the sharp one.
        2 + floor({{ hash_u("errors.hash", 2) }} * (
            SELECT count(*) - 1 FROM bookmakers WHERE bookmakers.reach >= fair.position
        ))::bigint AS place,
        CASE
            WHEN errors.kind = 'surebet' THEN
                CASE WHEN home_chance >= away_chance THEN 'home' ELSE 'away' END
            WHEN errors.kind = 'high' AND {{ hash_u("errors.hash", 0) }} < 0.5 THEN 'draw'
            ELSE
                CASE WHEN home_chance < away_chance THEN 'home' ELSE 'away' END
        END AS outcome
    FROM fair
    INNER JOIN errors ON errors.moment = fair.moment AND errors.position = mod(fair.number, %(ahead)s)
    WHERE errors.kind IS NOT NULL
),

wrong_price AS (
    SELECT
        wrong.moment, wrong.number, wrong.place, wrong.outcome,
        CASE wrong.kind
            -- Where an outcome is not very unlikely, a price too low: one too high would be an absurd surebet.
            WHEN 'far' THEN CASE
                WHEN chance < 0.17 THEN (1.66 - 0.1 * age) / (1.045 * chance)
                ELSE 1 / (1.03 * chance) / (1.66 - 0.1 * age)
            END
            -- The other two outcomes cost 1.028 of their chances at the best bookmakers.
            WHEN 'surebet' THEN 1 / (0.956 + 0.012 * {{ hash_u("wrong.hash", 1) }} + 0.012 * age - 1.028 * (1 - chance))
            WHEN 'high' THEN (1.038 - 0.02 * age) / chance
            ELSE 1 / (1.03 * chance) / (1.09 - 0.02 * age)
        END AS price
    FROM wrong
    INNER JOIN fair ON fair.moment = wrong.moment AND fair.number = wrong.number
    CROSS JOIN LATERAL (
        SELECT CASE wrong.outcome
            WHEN 'home' THEN fair.home_chance WHEN 'draw' THEN fair.draw_chance ELSE fair.away_chance
        END AS chance
    ) AS backed
),

-- What stays the same about a bookmaker's offer for a match: its opinion, and what is missing.
offers AS (
    SELECT
        fixtures.number, bookmakers.place,
        place > 1 AND {{ hash_u("hash", 0) }} < %(missing)s::float8 AS is_missing,
        {{ hash_u("hash", 0) }} > 1 - %(missing)s::float8 AS has_no_draw,
        -- Some offers are forgotten: no price any more from up to ten days before kick-off on.
        CASE WHEN place > 1 AND {{ hash_u("hash", 1) }} < %(stale)s::float8
            THEN kick_off - interval '240 hours' * {{ hash_u("hash", 2) }} ELSE kick_off END AS ends,
        (1 + margin) * (1 + 0.015 * ({{ hash_u("opinion", 0) }} - 0.5)) AS home_factor,
        (1 + margin) * (1 + 0.015 * ({{ hash_u("opinion", 1) }} - 0.5)) AS draw_factor,
        (1 + margin) * (1 + 0.015 * ({{ hash_u("opinion", 2) }} - 0.5)) AS away_factor
    FROM fixtures
    CROSS JOIN bookmakers
    CROSS JOIN LATERAL (
        SELECT
            hashint8extended(fixtures.number * 1000 + place, %(seed)s) AS hash,
            hashint8extended(fixtures.number * 1000 + place, %(seed)s + 1) AS opinion
    ) AS chance
)

SELECT
    fair.moment, fair.match_id, fair.sport, fair.home_team, fair.away_team, fair.kick_off, bookmakers.bookmaker,
{% for outcome in ["home", "draw", "away"] %}
    CASE
        WHEN wrong_price.outcome = '{{ outcome }}' THEN round(greatest(wrong_price.price, 1.01)::numeric, 2)
    {% if outcome == "draw" %}
        WHEN offers.has_no_draw THEN NULL
    {% endif %}
        ELSE round(greatest(
            (1 + 0.006 * ({{ hash_u("whim", loop.index0) }} - 0.5)) / (fair.{{ outcome }}_chance * offers.{{ outcome }}_factor), 1.01
        )::numeric, 2)
    END AS {{ outcome }}_odds{{ "," if not loop.last }}
{% endfor %}
FROM fair
INNER JOIN bookmakers ON bookmakers.reach >= fair.position
INNER JOIN offers ON offers.number = fair.number AND offers.place = bookmakers.place
LEFT JOIN wrong_price
    ON wrong_price.moment = fair.moment AND wrong_price.number = fair.number AND wrong_price.place = bookmakers.place
-- A bookmaker looks at its prices every three hours, each at its own time.
CROSS JOIN LATERAL (
    SELECT hashint8extended(
        fair.number * 1000 + offers.place,
        %(seed)s + floor((fair.seconds + 541 * offers.place + 97 * mod(fair.number, 111)) / 10800)::bigint
    ) AS whim
) AS look
WHERE
    fair.sport = ANY(%(wanted)s::text[])
    AND ((NOT offers.is_missing AND offers.ends > fair.moment) OR wrong_price.outcome IS NOT NULL)
