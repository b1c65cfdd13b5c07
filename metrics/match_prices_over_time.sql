-- Prices of a match over time
-- Question: where is it going, and does anybody pay more than fair?
-- Grain: one row per moment of the time range, outcome and curve: each bookmaker, the best of them, the fair price
-- Returns:
--   time: timestamp, time, Time
--   outcome: text, text, Outcome
--   kind: text, text, Kind
--   curve: text, text, Curve
--   price: double precision, price, Price
-- Parameters: match (the id of the match)
-- Notes: Prices after commission, so that what lies above the fair price is worth more than it costs. Kind is fair, best or
--   bookmaker. The fair price is the sharp bookmaker's without its margin, else the median of all where there are at least
--   `value.min_bookmakers` - 1 of them; the best is of `bookmakers.mine`.
{% set outcomes = ["home", "draw", "away"] %}
WITH books AS MATERIALIZED (
  SELECT
    match_history.time::text AS lot,
    match_history.time,
    match_history.bookmaker,
    {% for outcome in outcomes %}
    match_history.{{ outcome }}_price,
    {% endfor %}
    {{ inverse_sum("match_history", "price") }} IS NOT NULL AS is_complete
  FROM {{ ref("match_history") }}
),

-- Nobody's offer: the fair price itself.
asked AS (
  SELECT DISTINCT
    books.lot,
    books.time,
    '' AS bookmaker
  FROM books
),

net AS (
  SELECT
    books.time,
    outcomes.outcome,
    {{ bookmaker_name("books.bookmaker") }} AS curve,
    {{ is_mine("books.bookmaker") }} AS is_mine,
    {{ net_price("outcomes.price", "books.bookmaker") }} AS price
  FROM books
  CROSS JOIN LATERAL (
    VALUES
    {% for outcome in outcomes %}
    ('{{ outcome }}', books.{{ outcome }}_price){{ "" if loop.last else "," }}
    {% endfor %}
  ) AS outcomes (outcome, price)
  WHERE outcomes.price IS NOT NULL
)

SELECT
  net.time,
  net.outcome,
  'bookmaker' AS kind,
  net.curve,
  net.price
FROM net
UNION ALL
SELECT
  net.time,
  net.outcome,
  'best' AS kind,
  'Best price' AS curve,
  max(net.price) AS price
FROM net
WHERE net.is_mine
GROUP BY net.time, net.outcome
UNION ALL
SELECT
  asked.time,
  outcomes.outcome,
  'fair' AS kind,
  'Fair price' AS curve,
  1 / outcomes.chance AS price
FROM asked
INNER JOIN {{ ref("fair_chances", of="books", asked="asked") }}
  ON asked.lot = fair_chances.lot
CROSS JOIN LATERAL (
  VALUES
  {% for outcome in outcomes %}
  ('{{ outcome }}', fair_chances.{{ outcome }}_chance){{ "" if loop.last else "," }}
  {% endfor %}
) AS outcomes (outcome, chance)
WHERE outcomes.chance > 0
