-- Chances behind books of prices
-- Grain: one row per row of `of`
-- Returns:
--   home_chance: double precision, share, Chance of home
--   draw_chance: double precision, share, Chance of draw
--   away_chance: double precision, share, Chance of away
-- Parameters: of (name of a relation in scope with home_price, draw_price (NULL where there is no draw) and away_price, all
--   double precision and complete), keep (its columns that come back too, with commas between them)
-- Notes: The bookmaker's margin taken out by `value.method`, so that the chances sum to 1; x = 1 / price.
--   power: x ^ k (Clarke, Kovalchik and Ingram 2017). shin: (sqrt(z ^ 2 + 4 (1 - z) x ^ 2 / sum(x)) - z) / (2 (1 - z))
--   (Shin 1993; Štrumbelj 2014). additive: x - (sum(x) - 1) / n; for two outcomes the same as shin. multiplicative: x / sum(x).
--   k and z by Newton's method on functions that are convex and fall: from the left it cannot overshoot. 6 steps are exact
--   to 1e-9 for margins up to 30 %. LIMIT 1 keeps PostgreSQL from writing each step out into the next one, which would cost a
--   hundred times as much. An additive chance of 0 or less is none.
{% set method = settings.value.method %}
{% set outcomes = ["home", "draw", "away"] %}
{% set steps = 6 if method in ("power", "shin") else 0 %}
SELECT
  {% for column in (keep or "").split(",") if column %}
  margins.{{ column.strip() }},
  {% endfor %}
  {% for outcome in outcomes %}
  {% set x = "margins." ~ outcome ~ "_x" %}
  {% if method == "multiplicative" %}
  {{ x }} / margins.total AS {{ outcome }}_chance{{ "" if loop.last else "," }}
  {% elif method == "additive" %}
  CASE WHEN {{ x }} > (margins.total - 1) / margins.outcomes THEN {{ x }} - (margins.total - 1) / margins.outcomes END AS {{ outcome }}_chance{{ "" if loop.last else "," }}
  {% elif method == "power" %}
  exp(step{{ steps }}.k * step.{{ outcome }}_log) AS {{ outcome }}_chance{{ "" if loop.last else "," }}
  {% else %}
  (sqrt(step{{ steps }}.z ^ 2 + 4 * (1 - step{{ steps }}.z) * step.{{ outcome }}_square) - step{{ steps }}.z)
  / (2 * (1 - step{{ steps }}.z)) AS {{ outcome }}_chance{{ "" if loop.last else "," }}
  {% endif %}
  {% endfor %}
FROM (
  SELECT
    {% for column in (keep or "").split(",") if column %}
    given.{{ column.strip() }},
    {% endfor %}
    1 / given.home_price AS home_x,
    1 / given.draw_price AS draw_x,
    1 / given.away_price AS away_x,
    1 / given.home_price + coalesce(1 / given.draw_price, 0) + 1 / given.away_price AS total,
    CASE WHEN given.draw_price IS NULL THEN 2 ELSE 3 END AS outcomes
  FROM {{ of }} AS given
) AS margins
{% if method == "power" %}
CROSS JOIN LATERAL (
  SELECT
    ln(margins.home_x) AS home_log,
    ln(margins.draw_x) AS draw_log,
    ln(margins.away_x) AS away_log
  LIMIT 1
) AS step
CROSS JOIN LATERAL (SELECT 1::double precision AS k LIMIT 1) AS step0
{% for number in range(1, steps + 1) %}
CROSS JOIN LATERAL (
  SELECT
    e.k - ln(e.home + e.draw + e.away) * (e.home + e.draw + e.away)
    / (e.home * step.home_log + e.draw * coalesce(step.draw_log, 0) + e.away * step.away_log) AS k
  FROM (
    SELECT
      step{{ number - 1 }}.k,
      exp(step{{ number - 1 }}.k * step.home_log) AS home,
      coalesce(exp(step{{ number - 1 }}.k * step.draw_log), 0) AS draw,
      exp(step{{ number - 1 }}.k * step.away_log) AS away
    LIMIT 1
  ) AS e
  LIMIT 1
) AS step{{ number }}
{% endfor %}
{% elif method == "shin" %}
CROSS JOIN LATERAL (
  SELECT
    margins.home_x ^ 2 / margins.total AS home_square,
    margins.draw_x ^ 2 / margins.total AS draw_square,
    margins.away_x ^ 2 / margins.total AS away_square
  LIMIT 1
) AS step
CROSS JOIN LATERAL (SELECT 0::double precision AS z LIMIT 1) AS step0
{% for number in range(1, steps + 1) %}
CROSS JOIN LATERAL (
  SELECT
    r.z - (r.home + coalesce(r.draw, 0) + r.away - 2 - (margins.outcomes - 2) * r.z)
    / (
      (r.z - 2 * step.home_square) / r.home
      + coalesce((r.z - 2 * step.draw_square) / r.draw, 0)
      + (r.z - 2 * step.away_square) / r.away
      - (margins.outcomes - 2)
    ) AS z
  FROM (
    SELECT
      step{{ number - 1 }}.z,
      {% for outcome in outcomes %}
      sqrt(step{{ number - 1 }}.z ^ 2 + 4 * (1 - step{{ number - 1 }}.z) * step.{{ outcome }}_square) AS {{ outcome }}{{ "" if loop.last else "," }}
      {% endfor %}
    LIMIT 1
  ) AS r
  LIMIT 1
) AS step{{ number }}
{% endfor %}
{% endif %}
