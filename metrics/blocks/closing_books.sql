-- Books of the close
-- Grain: one row per match of `of` and bookmaker with a price in the match's last collection before kick-off
-- Returns:
--   lot: text, text, Lot
--   bookmaker: text, text, Bookmaker
--   home_price: double precision, price, Home
--   draw_price: double precision, price, Draw
--   away_price: double precision, price, Away
--   is_complete: boolean, text, All outcomes have a price
-- Parameters: of (name of a relation in scope with match_id, and kick_off and last_price as known, no match twice)
-- Notes: The lot is the match. The close is the last collection within the longer of `proof.closing_within` and one and a half
--   intervals before kick-off; rows from kick-off on, the match's or the one that they name themselves, are left out. Of the
--   collection each bookmaker's newest price. Where nobody offers a draw, books of two prices are complete, unless most of
--   the match's would pay more than they take: no bookmaker does, so the draws are missing.
--   What is older than a last price from before kick-off, whoever had it, is not in the last collection, and is not read. The
--   join is lateral: so TimescaleDB unpacks, for each match, only the time of its close.
{% set c = prices.columns %}
{% set outcomes = ["home", "draw", "away"] %}
{% set per_outcome = prices.form == "per_outcome" %}
{% set within = [settings.proof.closing_seconds, settings.collection.interval_seconds * 1.5] | max %}
{% set same = "interval '" ~ settings.collection.same_seconds ~ " seconds'" %}
WITH lasts AS (
  SELECT
    newest.match_id,
    newest.bookmaker,
    {% for outcome in outcomes %}
    newest.{{ outcome }}_price,
    {% endfor %}
    newest.offers_draw,
    newest.collected_at,
    max(newest.collected_at) OVER (PARTITION BY newest.match_id) AS ended_at
  FROM {{ of }} AS given
  CROSS JOIN LATERAL (
    SELECT DISTINCT ON (p.{{ c.match }}, p.{{ c.bookmaker }}{{ ", p." ~ c.outcome if per_outcome }})
      p.{{ c.match }}::text AS match_id,
      p.{{ c.bookmaker }}::text AS bookmaker,
      {% for outcome in outcomes %}
      {{ price_of("p", outcome) }}::double precision AS {{ outcome }}_price,
      {% endfor %}
      {{ offer("p", "draw") }} IS NOT NULL AS offers_draw,
      p.{{ c.collected_at }} AS collected_at
    FROM {{ prices.table }} AS p
    WHERE
      p.{{ c.match }} = given.match_id
      AND p.{{ c.collected_at }} < given.kick_off
      AND (p.{{ c.kick_off }} IS NULL OR p.{{ c.collected_at }} < p.{{ c.kick_off }})
      AND p.{{ c.collected_at }} > greatest(
        given.kick_off - interval '{{ within }} seconds', CASE WHEN given.last_price < given.kick_off THEN given.last_price - {{ same }} END
      )
    -- As the index on match, bookmaker and moment has them, backwards.
    ORDER BY p.{{ c.match }} DESC, p.{{ c.bookmaker }} DESC, {{ "p." ~ c.outcome ~ " DESC, " if per_outcome }}p.{{ c.collected_at }} DESC
  ) AS newest
),

books AS (
  SELECT
    lasts.match_id,
    lasts.bookmaker,
    {% for outcome in outcomes %}
    {{ ("max(lasts." ~ outcome ~ "_price)") if per_outcome else ("lasts." ~ outcome ~ "_price") }} AS {{ outcome }}_price,
    {% endfor %}
    bool_or({{ "bool_or(lasts.offers_draw)" if per_outcome else "lasts.offers_draw" }}) OVER (PARTITION BY lasts.match_id) AS has_draw
  FROM lasts
  WHERE lasts.collected_at > lasts.ended_at - {{ same }}
  {% if per_outcome %}
  GROUP BY lasts.match_id, lasts.bookmaker
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
  AND (books.draw_price IS NOT NULL OR NOT (books.has_draw OR {{ lacks_draw("books") }} OVER (PARTITION BY books.match_id) > 0.5))
    AS is_complete
FROM books
