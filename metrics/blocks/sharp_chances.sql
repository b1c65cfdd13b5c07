-- Chances by the sharp bookmaker
-- Grain: one row per lot of `of` in which a sharp bookmaker has a complete book: the first of `value.sharp`
-- Returns:
--   lot: text, text, Lot
--   bookmaker: text, text, Sharp bookmaker
--   home_chance: double precision, share, Chance of home
--   draw_chance: double precision, share, Chance of draw
--   away_chance: double precision, share, Chance of away
-- Parameters: of (name of a relation in scope with lot, bookmaker, the three prices and is_complete)
-- Notes: None with `value.fair: consensus`.
{% set sharp = "ARRAY[" ~ (settings.value.sharp | map("literal") | join(", ")) ~ "]::text[]" %}
WITH first_sharp AS (
  SELECT DISTINCT ON (given.lot)
    given.lot,
    given.bookmaker,
    given.home_price,
    given.draw_price,
    given.away_price
  FROM {{ of }} AS given
  WHERE given.is_complete AND given.bookmaker = ANY ({{ sharp }}){{ " AND false" if settings.value.fair == "consensus" else "" }}
  ORDER BY given.lot, array_position({{ sharp }}, given.bookmaker)
)

SELECT
  chances.lot,
  chances.bookmaker,
  chances.home_chance,
  chances.draw_chance,
  chances.away_chance
FROM {{ ref("chances", of="first_sharp", keep="lot, bookmaker") }}
