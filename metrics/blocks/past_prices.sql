-- Prices of past matches
-- Grain: one row per price that was stored of a past match that is looked at
-- Returns:
--   number: integer, number, Number of the match
--   league: text, text, League id
--   kick_off: timestamp, time, Kick-off as it was known
--   bookmaker: text, text, Bookmaker
--   home_price: numeric, price, Home
--   draw_price: numeric, price, Draw
--   away_price: numeric, price, Away
--   about: text, text, The outcome that the row is about, or all
--   offers_draw: boolean, text, Offers a draw
--   collected_at: timestamp, time, Collected
-- Parameters: at (the moment), of (name of a relation in scope: "Past matches that are looked at")
-- Notes: Prices are of the table's type: few need be turned into another. Bookmakers are compared in plain byte order, not as a
--   language would. About is NULL where a row names no outcome.
{% set c = prices.columns %}
{% set outcomes = ["home", "draw", "away"] %}
WITH chosen AS MATERIALIZED (
  SELECT
    given.match_id,
    given.number
  FROM {{ of }} AS given
)

SELECT
  chosen.number,
  p.{{ c.league }}::text AS league,
  p.{{ c.kick_off }} AS kick_off,
  p.{{ c.bookmaker }}::text COLLATE "C" AS bookmaker,
  {% for outcome in outcomes %}
  {{ price_of("p", outcome) }} AS {{ outcome }}_price,
  {% endfor %}
  {% if prices.form == "per_outcome" %}
  CASE{% for outcome in outcomes %} WHEN ({{ offer("p", outcome) }}) IS NOT NULL THEN '{{ outcome }}'{% endfor %} END AS about,
  {% else %}
  'all' AS about,
  {% endif %}
  {{ offer("p", "draw") }} IS NOT NULL AS offers_draw,
  p.{{ c.collected_at }} AS collected_at
FROM chosen
INNER JOIN {{ prices.table }} AS p ON chosen.match_id = p.{{ c.match }}
WHERE
  -- Always so, and the planner does not know: for the few that it expects it looks into the index; it would read all that was ever
  -- collected for more. As an array TimescaleDB would unpack each match's name once for every other.
  chosen.match_id || '' = chosen.match_id
  AND p.{{ c.collected_at }} > {{ at }} - interval '{{ settings.proof.window_seconds }} seconds' - interval '14 days'
  AND p.{{ c.collected_at }} <= {{ at }}
UNION ALL
{{ no_rows(10, 1000) }}
