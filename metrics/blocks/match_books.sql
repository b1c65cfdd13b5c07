-- Books of one match
-- Grain: one row per bookmaker with a price within the look-back before the match's moment
-- Returns:
--   lot: text, text, Match id
--   bookmaker: text, text, Bookmaker
--   home_price: double precision, price, Home
--   draw_price: double precision, price, Draw
--   away_price: double precision, price, Away
--   home_net: double precision, price, Home after commission
--   draw_net: double precision, price, Draw after commission
--   away_net: double precision, price, Away after commission
--   has_draw: boolean, text, Can end in a draw
--   is_complete: boolean, text, Has a price for each outcome
--   is_offered: boolean, text, Of the newest collection
--   collected_at: timestamp, time, Collected
--   moment: timestamp, time, Moment
-- Parameters: match (the id of the match)
-- Notes: For a match that has started, what stood at kick-off. What does not belong to the match's newest collection (see
--   "Books of the newest collection") is a price of yesterday: shown with its age, and nothing is judged by it.
{% set c = prices.columns %}
{% set outcomes = ["home", "draw", "away"] %}
{% set moment = "(SELECT fixture.moment FROM fixture)" %}
WITH fixture AS MATERIALIZED (
  SELECT match_fixture.moment
  FROM {{ ref("match_fixture") }}
),

offered AS MATERIALIZED (
  SELECT
    current_books.bookmaker,
    {% for outcome in outcomes %}
    current_books.{{ outcome }}_price,
    {% endfor %}
    current_books.has_draw,
    current_books.collected_at
  FROM {{ ref("current_books", at=moment) }}
),

older AS (
  SELECT DISTINCT ON (p.{{ c.bookmaker }}{{ ", p." ~ c.outcome if prices.form == "per_outcome" }})
    p.{{ c.bookmaker }}::text AS bookmaker,
    {% for outcome in outcomes %}
    {{ price_of("p", outcome) }} AS {{ outcome }}_price,
    {% endfor %}
    p.{{ c.collected_at }} AS collected_at
  FROM {{ prices.table }} AS p
  WHERE
    p.{{ c.match }} = {{ match }}
    AND p.{{ c.collected_at }} > {{ moment }} - interval '{{ settings.collection.lookback_seconds }} seconds'
    AND p.{{ c.collected_at }} <= {{ moment }}
    AND p.{{ c.bookmaker }} NOT IN (SELECT offered.bookmaker FROM offered)
  ORDER BY
    p.{{ c.bookmaker }},
    {% if prices.form == "per_outcome" %}
    p.{{ c.outcome }},
    {% endif %}
    p.{{ c.collected_at }} DESC
),

books AS (
  SELECT
    offered.bookmaker,
    {% for outcome in outcomes %}
    offered.{{ outcome }}_price,
    {% endfor %}
    offered.has_draw,
    true AS is_offered,
    offered.collected_at
  FROM offered
  UNION ALL
  SELECT
    older.bookmaker,
    {% for outcome in outcomes %}
    max(older.{{ outcome }}_price)::double precision AS {{ outcome }}_price,
    {% endfor %}
    (SELECT bool_and(offered.has_draw) AS has_draw FROM offered) AS has_draw,
    false AS is_offered,
    max(older.collected_at) AS collected_at
  FROM older
  GROUP BY older.bookmaker
)

SELECT
  {{ match }}::text AS lot,
  books.bookmaker,
  {% for outcome in outcomes %}
  books.{{ outcome }}_price,
  {% endfor %}
  {% for outcome in outcomes %}
  {{ net_price("books." ~ outcome ~ "_price", "books.bookmaker") }} AS {{ outcome }}_net,
  {% endfor %}
  books.has_draw,
  {{ inverse_sum("books", "price") }} IS NOT NULL AS is_complete,
  books.is_offered,
  books.collected_at,
  {{ moment }} AS moment
FROM books
