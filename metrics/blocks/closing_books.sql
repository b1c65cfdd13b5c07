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
--   those rows are read.
{% set c = prices.columns %}
{% set outcomes = ["home", "draw", "away"] %}
{% set per_outcome = prices.form == "per_outcome" %}
{% set within = [settings.proof.closing_seconds, settings.collection.interval_seconds * 1.5] | max %}
WITH lasts AS MATERIALIZED (
  SELECT
    p.{{ c.match }} AS match_id,
    p.{{ c.bookmaker }} AS bookmaker,
    {% if per_outcome %}
    p.{{ c.outcome }} AS outcome,
    {% endif %}
    max(p.{{ c.collected_at }}) AS collected_at
  FROM {{ of }} AS given
  INNER JOIN {{ prices.table }} AS p
    ON
      given.match_id = p.{{ c.match }}
      AND given.kick_off > p.{{ c.collected_at }}
      AND given.kick_off - interval '{{ within }} seconds' < p.{{ c.collected_at }}
  GROUP BY p.{{ c.match }}, p.{{ c.bookmaker }}{{ ", p." ~ c.outcome if per_outcome }}
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

books AS (
  SELECT
    p.{{ c.match }}::text AS match_id,
    p.{{ c.bookmaker }}::text AS bookmaker,
    {% for outcome in outcomes %}
    {{ ("max(" ~ price_of("p", outcome) ~ ")") if per_outcome else price_of("p", outcome) }}::double precision AS {{ outcome }}_price,
    {% endfor %}
    bool_or({{ ("bool_or(" ~ offer("p", "draw") ~ " IS NOT NULL)") if per_outcome else (offer("p", "draw") ~ " IS NOT NULL") }}) OVER (PARTITION BY p.{{ c.match }}) AS has_draw
  FROM held
  INNER JOIN {{ prices.table }} AS p
    ON
      held.match_id = p.{{ c.match }}
      AND held.bookmaker = p.{{ c.bookmaker }}
      {% if per_outcome %}
      AND held.outcome = p.{{ c.outcome }}
      {% endif %}
      AND held.collected_at = p.{{ c.collected_at }}
  WHERE held.collected_at > held.ended_at - interval '{{ settings.collection.same_seconds }} seconds'
  {% if per_outcome %}
  GROUP BY p.{{ c.match }}, p.{{ c.bookmaker }}
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
