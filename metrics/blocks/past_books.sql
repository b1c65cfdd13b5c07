-- Books of past collections
-- Grain: one row per lot and bookmaker with a row in it
-- Returns:
--   lot: bigint, number, Lot
--   number: integer, number, Number of the match
--   seen_at: timestamp, time, Seen
--   bookmaker: text, text, Bookmaker
--   home_price: double precision, price, Home
--   draw_price: double precision, price, Draw
--   away_price: double precision, price, Away
--   has_draw: boolean, text, Can end in a draw
--   is_complete: boolean, text, Has a price for each outcome
--   collected_at: timestamp, time, Collected
-- Parameters: of (name of a relation in scope: "Prices of past matches"), lots (name of a relation in scope with lot, number,
--   seen_at, is_gathered and has_draw: some of "Collections of past matches")
{% set outcomes = ["home", "draw", "away"] %}
{% set per_outcome = prices.form == "per_outcome" %}
WITH wanted AS MATERIALIZED (
  SELECT
    lots.lot,
    lots.number,
    lots.seen_at,
    lots.is_gathered,
    lots.has_draw
  FROM {{ lots }} AS lots
  -- Always so, and the planner does not know: where it expects a hundred it looks them up, for more it sorts all prices.
  WHERE lots.lot + 0 = lots.lot AND lots.lot - 0 = lots.lot
  UNION ALL
  {{ no_rows(5, 100) }}
),

gathered AS (
  SELECT
    wanted.number,
    wanted.seen_at
  FROM wanted
  WHERE wanted.is_gathered
)

SELECT
  wanted.lot,
  wanted.number,
  wanted.seen_at,
  books.bookmaker,
  {% for outcome in outcomes %}
  books.{{ outcome }}_price::double precision AS {{ outcome }}_price,
  {% endfor %}
  wanted.has_draw,
  books.home_price IS NOT NULL
  AND books.away_price IS NOT NULL
  AND (books.draw_price IS NOT NULL OR wanted.has_draw IS FALSE) AS is_complete,
  books.collected_at
FROM wanted
INNER JOIN (
  SELECT
    given.number,
    given.collected_at AS seen_at,
    false AS is_gathered,
    given.bookmaker,
    {% for outcome in outcomes %}
    {{ ("max(given." ~ outcome ~ "_price)") if per_outcome else ("given." ~ outcome ~ "_price") }} AS {{ outcome }}_price,
    {% endfor %}
    given.collected_at
  FROM {{ of }} AS given
  {% if per_outcome %}
  GROUP BY given.number, given.collected_at, given.bookmaker
  {% endif %}
  UNION ALL
  SELECT
    gathered_books.number,
    gathered_books.seen_at,
    true AS is_gathered,
    gathered_books.bookmaker,
    {% for outcome in outcomes %}
    gathered_books.{{ outcome }}_price,
    {% endfor %}
    gathered_books.collected_at
  FROM {{ ref("gathered_books", lots="gathered") }}
) AS books
  ON wanted.number = books.number AND wanted.seen_at = books.seen_at AND wanted.is_gathered = books.is_gathered
UNION ALL
{{ no_rows(10, 1000) }}
