-- The prices that the market shows at given moments.
-- Grain: one row per moment, match ahead and bookmaker that has a price for it
-- Returns: moment timestamptz, match_id, sport, home_team, away_team, kick_off timestamptz, bookmaker,
--          home_odds, draw_odds, away_odds numeric
{% include "matches.sql" %}
{% from "matches.sql" import hash_u, chances_after %}

-- reach: how many of the next matches the bookmaker has on offer; pace: seconds from one look at its prices to the next;
-- opinion: how far its own view is from the news.
bookmakers AS (
    SELECT *
    FROM unnest(
        %(bookmakers)s::text[], %(margins)s::float8[], %(reaches)s::integer[], %(paces)s::integer[],
        %(opinions)s::float8[]
    ) WITH ORDINALITY AS listed (bookmaker, margin, reach, pace, opinion, place)
),

-- Each day from four in the morning on another bookmaker looks at nothing for 14 hours; those who look all the time do.
moments AS (
    SELECT
        moment, seconds, day + 14400 AS asleep_since,
        CASE WHEN seconds < day + 64800 THEN
            2 + mod(hashint8extended(day::bigint, %(seed)s) & 1048575, cardinality(%(bookmakers)s::text[]) - 1)
        END AS asleep
    FROM unnest(%(moments)s::timestamptz[]) AS asked (moment)
    CROSS JOIN LATERAL (SELECT extract(epoch FROM moment)::float8 AS seconds) AS clock
    CROSS JOIN LATERAL (SELECT floor((seconds - 14400) / 86400) * 86400 AS day) AS calendar
),

-- The next matches at each moment. One in ten is moved: to the next day, six hours before it should have begun, or to
-- three hours earlier, five days before.
ahead AS (
    SELECT
        moments.*, fixtures.number, fixtures.match_id, fixtures.sport, fixtures.home_team, fixtures.away_team,
        fixtures.kick_off, fixtures.number - first.number + 1 AS position, home_share, draw_share, away_share,
        CASE
            WHEN luck < 0.05 AND moment < kick_off - interval '30 hours' THEN kick_off - interval '24 hours'
            WHEN luck > 0.95 AND moment < kick_off - interval '5 days' THEN kick_off + interval '3 hours'
            ELSE kick_off
        END AS known_kick_off
    FROM moments
    CROSS JOIN LATERAL (
        SELECT min(fixtures.number) AS number FROM fixtures WHERE fixtures.kick_off > moments.moment
    ) AS first
    INNER JOIN fixtures ON fixtures.number BETWEEN first.number AND first.number + %(ahead)s - 1
    CROSS JOIN LATERAL (SELECT hashint8extended(fixtures.number, %(seed)s) AS hash) AS chance
    CROSS JOIN LATERAL (SELECT {{ hash_u("hash", 0) }} AS luck) AS move
),

-- Prices that are typed wrong: too low, for one too high would be taken at once. The matches ahead are cut into bands of
-- a dozen, and in each of them one match at a time has such a price, for 14 to 28 hours: in the first band less than two
-- thirds of the others', in the others a twentieth to a quarter too low.
slips AS (
    SELECT
        ahead.moment, ahead.number,
        -- Not the first bookmaker: it is the sharp one.
        2 + floor({{ hash_u("hash", 2) }} * (
            SELECT count(*) - 1 FROM bookmakers WHERE bookmakers.reach >= ahead.position
        ))::bigint AS place,
        -- Not a clear favourite: its price cannot be much lower.
        CASE
            WHEN greatest(home_share, away_share) > 0.5 THEN 'draw'
            WHEN home_share > away_share THEN 'home'
            ELSE 'away'
        END AS outcome,
        CASE WHEN band = 0 THEN 0.6 + 0.03 * age ELSE 0.75 + 0.2 * {{ hash_u("hash", 0) }} END AS factor
    FROM moments
    CROSS JOIN generate_series(0, %(ahead)s / 12 - 1) AS bands (band)
    CROSS JOIN LATERAL (SELECT hashint8extended(band, %(seed)s) AS hash_of_band) AS band_chance
    CROSS JOIN LATERAL (
        SELECT moments.seconds / (3600 * (14 + 14 * {{ hash_u("hash_of_band", 0) }})) + {{ hash_u("hash_of_band", 1) }} AS time
    ) AS clock
    CROSS JOIN LATERAL (
        SELECT time - floor(time) AS age, hashint8extended(floor(time)::bigint, hash_of_band) AS hash
    ) AS spell
    INNER JOIN ahead
        ON ahead.moment = moments.moment AND mod(ahead.number, %(ahead)s) = band * 12 + floor(12 * {{ hash_u("hash", 1) }})
),

-- What stays the same about a bookmaker's offer for a match: its opinion, and what is missing.
offers AS (
    SELECT
        fixtures.number, bookmakers.*,
        place > 1 AND {{ hash_u("hash", 0) }} < %(missing)s::float8 AS is_missing,
        place > 1 AND {{ hash_u("hash", 0) }} > 1 - %(missing)s::float8 AS has_no_draw,
        -- Some offers are forgotten: no price any more from up to ten days before kick-off on.
        CASE WHEN place > 1 AND {{ hash_u("hash", 1) }} < %(stale)s::float8
            THEN kick_off - interval '240 hours' * {{ hash_u("hash", 2) }} ELSE kick_off END AS ends,
        opinion * 2 * ({{ hash_u("opinion_hash", 0) }} - 0.5) AS side,
        opinion * ({{ hash_u("opinion_hash", 1) }} - 0.5) AS draw,
        541 * place + 97 * mod(fixtures.number, 111) AS phase
    FROM fixtures
    CROSS JOIN bookmakers
    CROSS JOIN LATERAL (
        SELECT
            hashint8extended(fixtures.number * 1000 + place, %(seed)s) AS hash,
            hashint8extended(fixtures.number * 1000 + place, %(seed)s + 1) AS opinion_hash
    ) AS chance
),

-- What each bookmaker believed when it last looked. The opinions of the sharp one shrink in the last three days and are
-- gone at kick-off.
views AS (
    SELECT
        ahead.moment, ahead.match_id, ahead.sport, ahead.home_team, ahead.away_team, ahead.known_kick_off AS kick_off,
        offers.bookmaker, offers.margin, offers.has_no_draw, slips.outcome AS slip, slips.factor, chances.*
    FROM ahead
    INNER JOIN offers ON offers.number = ahead.number AND offers.reach >= ahead.position
    LEFT JOIN slips
        ON slips.moment = ahead.moment AND slips.number = ahead.number AND slips.place = offers.place
    CROSS JOIN LATERAL (
        SELECT floor((
            CASE WHEN asleep = offers.place AND pace > 3600 THEN asleep_since ELSE seconds END + phase
        ) / pace)::bigint AS number
        OFFSET 0
    ) AS look
    CROSS JOIN LATERAL (
        SELECT
            to_timestamp(look.number * pace - phase) AS moment,
            hashint8extended(offers.number * 1000 + offers.place, %(seed)s + look.number) AS whim,
            CASE
                WHEN offers.place > 1 THEN 1
                ELSE least(extract(epoch FROM ahead.kick_off - ahead.moment) / 259200, 1)::float8
            END AS weight
        OFFSET 0
    ) AS looked
    INNER JOIN known ON known.number = ahead.number AND known.since <= looked.moment AND known.until > looked.moment
    CROSS JOIN LATERAL (
        {{ chances_after(
            "known.side + weight * (offers.side + 0.4 * opinion * (" ~ hash_u("whim", 0) ~ " - 0.5))",
            "known.draw + weight * (offers.draw + 0.4 * opinion * (" ~ hash_u("whim", 1) ~ " - 0.5))"
        ) | indent(8) }}
    ) AS chances
    WHERE
        ahead.sport = ANY(%(wanted)s::text[])
        AND ((NOT is_missing AND ends > ahead.moment) OR slips.outcome IS NOT NULL)
)

-- Margins weigh on outsiders: 1 / price = chance ^ (1 - margin / entropy), which adds up to 1 + margin.
SELECT
    moment, match_id, sport, home_team, away_team, kick_off, bookmaker,
{% for outcome in ["home", "draw", "away"] %}
    {{ "CASE WHEN NOT has_no_draw OR slip = 'draw' THEN " if outcome == "draw" }}round(greatest(
        power({{ outcome }}_chance, bent) * CASE WHEN slip = '{{ outcome }}' THEN factor ELSE 1 END, 1.01
    )::numeric, 2){{ " END" if outcome == "draw" }} AS {{ outcome }}_odds{{ "," if not loop.last }}
{% endfor %}
FROM views
CROSS JOIN LATERAL (
    SELECT margin / -(
        home_chance * ln(home_chance) + draw_chance * ln(draw_chance) + away_chance * ln(away_chance)
    ) - 1 AS bent
    OFFSET 0
) AS book
