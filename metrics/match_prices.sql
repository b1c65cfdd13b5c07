-- Latest prices of a match
-- Question: who pays more than fair?
-- Grain: one row per bookmaker with a price within the look-back
-- Returns:
--   bookmaker: text, text, Bookmaker id
--   bookmaker_name: text, text, Bookmaker
--   is_mine: boolean, text, Mine
--   home_price: double precision, price, Home
--   home_net: double precision, price, Home after commission
--   home_fair: double precision, price, Fair home
--   home_value_pct: double precision, percent, Value of home
--   home_is_best: boolean, text, Best home
--   draw_price: double precision, price, Draw
--   draw_net: double precision, price, Draw after commission
--   draw_fair: double precision, price, Fair draw
--   draw_value_pct: double precision, percent, Value of draw
--   draw_is_best: boolean, text, Best draw
--   away_price: double precision, price, Away
--   away_net: double precision, price, Away after commission
--   away_fair: double precision, price, Fair away
--   away_value_pct: double precision, percent, Value of away
--   away_is_best: boolean, text, Best away
--   fair_from: text, text, Fair by
--   overround_pct: double precision, percent, Margin
--   age: double precision, duration, Age
--   remark: text, text, Remark
-- Parameters: match (the id of the match)
-- Notes: For a match that has started, what stood at kick-off. Value = (price after commission / fair price - 1) x 100, the
--   fair price from "Fair chances for offers". The sharp bookmaker's own prices are the measure and have no value. A price
--   that is not of the match's newest collection is shown, and neither judged nor best. Several can be best: after
--   commission, of `bookmakers.mine`. The margin (overround) is (sum of 1 / price - 1) x 100 after commission; NULL where a
--   price is missing.
{% set outcomes = ["home", "draw", "away"] %}
WITH books AS MATERIALIZED (
  SELECT
    match_books.lot,
    match_books.bookmaker,
    {% for outcome in outcomes %}
    match_books.{{ outcome }}_price,
    match_books.{{ outcome }}_net,
    {% endfor %}
    match_books.has_draw,
    match_books.is_complete,
    match_books.is_offered,
    match_books.collected_at,
    match_books.moment
  FROM {{ ref("match_books") }}
),

offered AS (
  SELECT
    books.lot,
    books.bookmaker,
    {% for outcome in outcomes %}
    books.{{ outcome }}_price,
    {% endfor %}
    books.is_complete
  FROM books
  WHERE books.is_offered
)

SELECT
  books.bookmaker,
  {{ bookmaker_name("books.bookmaker") }} AS bookmaker_name,
  {{ is_mine("books.bookmaker") }} AS is_mine,
  {% for outcome in outcomes %}
  books.{{ outcome }}_price,
  books.{{ outcome }}_net,
  1 / fair_chances.{{ outcome }}_chance AS {{ outcome }}_fair,
  CASE
    WHEN sharp_chances.bookmaker IS NULL
      THEN round(((books.{{ outcome }}_net * fair_chances.{{ outcome }}_chance - 1) * 100)::numeric, 6)::double precision
  END AS {{ outcome }}_value_pct,
  coalesce(
    books.is_offered
    AND {{ is_mine("books.bookmaker") }}
    AND books.{{ outcome }}_net = max(books.{{ outcome }}_net) FILTER (WHERE books.is_offered AND {{ is_mine("books.bookmaker") }}) OVER (),
    false
  ) AS {{ outcome }}_is_best,
  {% endfor %}
  fair_chances.fair_from,
  {{ margin_pct("books") }} AS overround_pct,
  extract(EPOCH FROM books.moment - least(books.collected_at, books.moment))::double precision AS age,
  CASE
    WHEN NOT books.is_offered THEN 'older price'
    WHEN sharp_chances.bookmaker IS NOT NULL THEN 'sets the fair price'
  END AS remark
FROM books
LEFT JOIN {{ ref("fair_chances", of="offered", asked="offered") }}
  ON books.bookmaker = fair_chances.bookmaker AND books.is_offered
LEFT JOIN {{ ref("sharp_chances", of="offered") }}
  ON books.bookmaker = sharp_chances.bookmaker AND books.is_offered
