-- Books of the close
-- Grain: one row per match of `of` and bookmaker with a price in the match's last collection before kick-off
-- Returns:
--   lot: text, text, Lot
--   bookmaker: text, text, Bookmaker
--   home_price: double precision, price, Home
--   draw_price: double precision, price, Draw
--   away_price: double precision, price, Away
--   is_complete: boolean, text, All outcomes have a price
-- Parameters: of (name of a relation in scope with match_id and kick_off, as last known, no match twice)
-- Notes: The lot is the match. The close is the last collection within the longer of `proof.closing_within` and one and a half
--   intervals before kick-off; rows from kick-off on are left out. Of the collection each bookmaker's newest price. Where nobody
--   offers a draw, a book of two prices is complete when it leaves the bookmaker something: no bookmaker pays more than it takes,
--   so a sum of 1 / price below 1 means that the draws are missing. First index entries alone tell which rows these are, then
--   those rows are read. Both joins are lateral: so TimescaleDB unpacks, for each match, only the time of its close.
{% set c = prices.columns %}
{% set outcomes = ["home", "draw", "away"] %}
{% set per_outcome = prices.form == "per_outcome" %}
{% set within = [settings.proof.closing_seconds, settings.collection.interval_seconds * 1.5] | max %}
WITH lasts AS MATERIALIZED (
  SELECT
    newest.match_id,
    newest.bookmaker,
    {% if per_outcome %}
    newest.outcome,
    {% endif %}
    newest.collected_at
  FROM {{ of }} AS given
  CROSS JOIN LATERAL (
    SELECT
      p.{{ c.match }} AS match_id,
      p.{{ c.bookmaker }} AS bookmaker,
      {% if per_outcome %}
      p.{{ c.outcome }} AS outcome,
      {% endif %}
      max(p.{{ c.collected_at }}) AS collected_at
    FROM {{ prices.table }} AS p
    WHERE
      p.{{ c.match }} = given.match_id
      AND p.{{ c.collected_at }} < given.kick_off
      AND p.{{ c.collected_at }} > given.kick_off - interval '{{ within }} seconds'
    GROUP BY p.{{ c.match }}, p.{{ c.bookmaker }}{{ ", p." ~ c.outcome if per_outcome }}
  ) AS newest
),

held AS (
  SELECT
    lasts.match_id,
    lasts.bookmaker,
    {% if per_outcome %}
    lasts.outcome,
    {% endif %}
    lasts.collected_at,
    max(lasts.collected_at) OVER (PARTITION BY lasts.match_id) AS ended_at
  FROM lasts
),

moments AS MATERIALIZED (
  SELECT
    held.match_id,
    {% if per_outcome %}
    held.outcome,
    {% endif %}
    held.collected_at,
    array_agg(held.bookmaker) AS bookmakers
  FROM held
  WHERE held.collected_at > held.ended_at - interval '{{ settings.collection.same_seconds }} seconds'
  GROUP BY held.match_id, {{ "held.outcome, " if per_outcome }}held.collected_at
),

books AS (
  SELECT
    offers.match_id::text AS match_id,
    offers.bookmaker::text AS bookmaker,
    {% for outcome in outcomes %}
    {{ ("max(offers." ~ outcome ~ "_price)") if per_outcome else ("offers." ~ outcome ~ "_price") }}::double precision AS {{ outcome }}_price,
    {% endfor %}
    bool_or({{ "bool_or(offers.offers_draw)" if per_outcome else "offers.offers_draw" }}) OVER (PARTITION BY offers.match_id) AS has_draw
  FROM moments
  CROSS JOIN LATERAL (
    SELECT DISTINCT ON (p.{{ c.match }}, p.{{ c.bookmaker }})
      p.{{ c.match }} AS match_id,
      p.{{ c.bookmaker }} AS bookmaker,
      {% for outcome in outcomes %}
      {{ price_of("p", outcome) }} AS {{ outcome }}_price,
      {% endfor %}
      {{ offer("p", "draw") }} IS NOT NULL AS offers_draw
    FROM {{ prices.table }} AS p
    WHERE
      p.{{ c.match }} = moments.match_id
      AND p.{{ c.bookmaker }} = ANY (moments.bookmakers)
      {% if per_outcome %}
      AND p.{{ c.outcome }} = moments.outcome
      {% endif %}
      AND p.{{ c.collected_at }} = moments.collected_at
    ORDER BY p.{{ c.match }}, p.{{ c.bookmaker }}
  ) AS offers
  {% if per_outcome %}
  GROUP BY offers.match_id, offers.bookmaker
  {% endif %}
)

SELECT
  books.match_id AS lot,
  books.bookmaker,
  {% for outcome in outcomes %}
  books.{{ outcome }}_price,
  {% endfor %}
  books.home_price IS NOT NULL
  AND books.away_price IS NOT NULL
  AND (books.draw_price IS NOT NULL OR (NOT books.has_draw AND 1 / books.home_price + 1 / books.away_price >= 1)) AS is_complete
FROM books
