-- Chances by the other bookmakers
-- Grain: one row per row of `asked` for which any other bookmaker of the lot has a complete book
-- Returns:
--   lot: text, text, Lot
--   bookmaker: text, text, Bookmaker whose offer is judged
--   others: bigint, count, Other bookmakers
--   home_chance: double precision, share, Chance of home
--   draw_chance: double precision, share, Chance of draw
--   away_chance: double precision, share, Chance of away
-- Parameters: of (name of a relation in scope with lot, bookmaker, the three prices and is_complete), asked (name of a
--   relation in scope with lot and bookmaker, no pair twice)
-- Notes: The median of the others' chances, made to sum to 1 again: one book whose sides are swapped moves a mean by points
--   and a median hardly. Never from the bookmaker whose offer is judged. The margin is taken out only in lots that are asked.
{% set outcomes = ["home", "draw", "away"] %}
WITH asked_books AS (
  SELECT
    given.lot,
    given.bookmaker,
    given.home_price,
    given.draw_price,
    given.away_price
  FROM {{ of }} AS given
  WHERE given.is_complete AND given.lot IN (SELECT asked.lot FROM {{ asked }} AS asked)
),

book_chances AS MATERIALIZED (
  SELECT
    chances.lot,
    chances.bookmaker,
    chances.home_chance,
    chances.draw_chance,
    chances.away_chance
  FROM {{ ref("chances", of="asked_books", keep="lot, bookmaker") }}
)

SELECT
  medians.lot,
  medians.bookmaker,
  medians.others,
  {% for outcome in outcomes %}
  medians.{{ outcome }} / (medians.home + coalesce(medians.draw, 0) + medians.away) AS {{ outcome }}_chance{{ "" if loop.last else "," }}
  {% endfor %}
FROM (
  SELECT
    asked.lot,
    asked.bookmaker,
    count(*) AS others,
    {% for outcome in outcomes %}
    percentile_cont(0.5) WITHIN GROUP (ORDER BY book_chances.{{ outcome }}_chance) AS {{ outcome }}{{ "" if loop.last else "," }}
    {% endfor %}
  FROM {{ asked }} AS asked
  INNER JOIN book_chances ON asked.lot = book_chances.lot AND asked.bookmaker <> book_chances.bookmaker
  GROUP BY asked.lot, asked.bookmaker
) AS medians
