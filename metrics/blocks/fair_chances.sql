-- Fair chances for offers
-- Grain: one row per row of `asked` for which there is a fair chance
-- Returns:
--   lot: text, text, Lot
--   bookmaker: text, text, Bookmaker whose offer is judged
--   fair_from: text, text, Fair price from
--   home_chance: double precision, share, Chance of home
--   draw_chance: double precision, share, Chance of draw
--   away_chance: double precision, share, Chance of away
-- Parameters: of (name of a relation in scope with lot, bookmaker, the three prices and is_complete), asked (name of a
--   relation in scope with lot and bookmaker, no pair twice; the bookmaker '' asks for the fair price itself, for nobody's offer)
-- Notes: The sharp bookmaker's chance, else the median of the others where there are at least `value.min_bookmakers` - 1 of
--   them; never that of the bookmaker whose offer is judged.
{% set outcomes = ["home", "draw", "away"] %}
WITH sharp AS MATERIALIZED {{ whole("sharp_chances") }},

unmeasured AS (
  SELECT
    asked.lot,
    asked.bookmaker
  FROM {{ asked }} AS asked
  LEFT JOIN sharp ON asked.lot = sharp.lot AND asked.bookmaker <> sharp.bookmaker
  WHERE sharp.lot IS NULL
)

SELECT
  asked.lot,
  asked.bookmaker,
  {{ bookmaker_name("sharp.bookmaker") }} AS fair_from,
  {% for outcome in outcomes %}
  sharp.{{ outcome }}_chance{{ "" if loop.last else "," }}
  {% endfor %}
FROM {{ asked }} AS asked
INNER JOIN sharp ON asked.lot = sharp.lot AND asked.bookmaker <> sharp.bookmaker
UNION ALL
SELECT
  others_chances.lot,
  others_chances.bookmaker,
  others_chances.others || CASE others_chances.bookmaker WHEN '' THEN ' bookmakers' ELSE ' others' END AS fair_from,
  {% for outcome in outcomes %}
  others_chances.{{ outcome }}_chance{{ "" if loop.last else "," }}
  {% endfor %}
FROM {{ ref("others_chances", asked="unmeasured") }}
WHERE others_chances.others >= {{ settings.value.min_bookmakers - 1 }}
