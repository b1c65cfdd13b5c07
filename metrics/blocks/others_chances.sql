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
--   Who asks is carried along with the books: joined to them afterwards, the planner would compare each with each, or take
--   the margin out of every lot first.
{% set outcomes = ["home", "draw", "away"] %}
WITH asked_books AS MATERIALIZED (
  SELECT
    given.lot,
    given.bookmaker,
    given.home_price,
    given.draw_price,
    given.away_price,
    wanted.askers
  FROM {{ of }} AS given
  INNER JOIN (
    SELECT
      asked.lot,
      array_agg(asked.bookmaker) AS askers
    FROM {{ asked }} AS asked
    GROUP BY asked.lot
  ) AS wanted
    ON given.lot = wanted.lot
  WHERE given.is_complete
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
    chances.lot,
    asked.bookmaker,
    count(*) AS others,
    {% for outcome in outcomes %}
    percentile_cont(0.5) WITHIN GROUP (ORDER BY chances.{{ outcome }}_chance) AS {{ outcome }}{{ "" if loop.last else "," }}
    {% endfor %}
  FROM {{ ref("chances", of="asked_books", keep="lot, bookmaker, askers") }}
  CROSS JOIN LATERAL unnest(chances.askers) AS asked (bookmaker)
  WHERE asked.bookmaker <> chances.bookmaker
  GROUP BY chances.lot, asked.bookmaker
) AS medians
