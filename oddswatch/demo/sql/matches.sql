-- The beginning of a statement: the matches, and what becomes known about each of them until it begins.
--
-- Everything is a function of the seed, the match, the bookmaker and the moment: the same question has the same answer
-- always, whichever other moments are asked for. Chance comes from hashes; hash_u(h, k) below is the k-th number from
-- [0, 1) of a 64-bit hash.
--
-- Chances move by news, and news is as often good as bad: the chance of now is the best guess of the chance at kick-off,
-- by which the result is drawn. A bookmaker that knows all news asks a fair price and its margin; who has not heard them
-- yet offers a price that is too high on one side and too low on the other.
{% macro hash_u(hash, k) %}((({{ hash }} >> {{ 20 * k }}) & 1048575)::float8 / 1048576){% endmacro %}
WITH fixtures AS (
    SELECT *, exp(home) / total AS home_share, 1 / total AS draw_share, exp(away) / total AS away_share
    FROM unnest(
        %(numbers)s::bigint[], %(match_ids)s::text[], %(sports)s::text[], %(home_teams)s::text[],
        %(away_teams)s::text[], %(kick_offs)s::timestamptz[], %(homes)s::float8[], %(aways)s::float8[]
    ) AS listed (number, match_id, sport, home_team, away_team, kick_off, home, away)
    CROSS JOIN LATERAL (SELECT exp(home) + 1 + exp(away) AS total) AS weights
),

-- A dozen pieces of news per match in its last two weeks, most of them in its last days. `side` is good for home and bad
-- for away, `draw` good for a draw.
news AS (
    SELECT
        number, kick_off - interval '14 days' * power({{ hash_u("hash", 0) }}, 2.5) AS moment,
        0.085 * ({{ hash_u("hash", 1) }} - 0.5) AS side, 0.0425 * ({{ hash_u("hash", 2) }} - 0.5) AS draw
    FROM fixtures
    CROSS JOIN generate_series(1, 12) AS pieces (piece)
    CROSS JOIN LATERAL (SELECT hashint8extended(number * 100 + piece, %(seed)s) AS hash) AS chance
),

-- What is known from `since` to `until`: all news so far, added up.
known AS (
    SELECT
        number, moment AS since, lead(moment, 1, 'infinity') OVER course AS until,
        sum(side) OVER course AS side, sum(draw) OVER course AS draw
    FROM (SELECT * FROM news UNION ALL SELECT number, '-infinity', 0, 0 FROM fixtures) AS events
    WINDOW course AS (PARTITION BY number ORDER BY moment)
),
{# The chances of a match after news: to the first order those of log odds of home and away that moved by `side` and
   of draw by `draw`, so that they stay on average what they were. #}
{% macro chances_after(side, draw) %}
SELECT
    home_share * (1 + (1 - home_share + away_share) * side - draw_share * draw) AS home_chance,
    draw_share * (1 + (away_share - home_share) * side + (1 - draw_share) * draw) AS draw_chance,
    away_share * (1 - (1 + home_share - away_share) * side - draw_share * draw) AS away_chance
FROM (
    -- Beyond these, once in a thousand years, chances would fall below 0.
    SELECT least(greatest({{ side }}, -0.4), 0.4) AS side, least(greatest({{ draw }}, -0.2), 0.2) AS draw
    OFFSET 0
) AS heard
OFFSET 0
{%- endmacro %}
