-- Books of a sample of collections
-- Grain: one row per match, moment of the sample and bookmaker
-- Returns:
--   pair: bigint, number, Pair
--   is_later: boolean, text, The later one of the pair
--   bookmaker: text, text, Bookmaker
--   home_price: double precision, price, Home
--   draw_price: double precision, price, Draw
--   away_price: double precision, price, Away
--   has_draw: boolean, text, Can end in a draw
-- Parameters: at (the moment)
-- Notes: The newest collection of each match not started at 12 moments of `proof.window`, and `moves.window` before each of
--   them; the two of a match are a pair. Beyond 20,000 books or so of a sample of the matches, chosen by a hash of the id.
--   has_draw is NULL where nobody offers a draw on a match of a league that has draws, or where most books of a match would
--   pay more than they take without one; prices without a league are one league.
{% set c = prices.columns %}
{% set outcomes = ["home", "draw", "away"] %}
{% set slices = 12 %}
{% set per_outcome = prices.form == "per_outcome" %}
{% set most = 60000 if per_outcome else 20000 %}
{% set look_back = "interval '" ~ settings.collection.lookback_seconds ~ " seconds'" %}
{% set same = "interval '" ~ settings.collection.same_seconds ~ " seconds'" %}
WITH sample AS MATERIALIZED (
  -- A whole number: compared with a decimal, each hash would be turned into one.
  SELECT ceil(268435456.0 * {{ most }} / {{ slices * 2 }} / greatest(count(*), 1))::bigint AS below
  FROM {{ prices.table }} AS p
  WHERE p.{{ c.collected_at }} > {{ at }} - {{ look_back }} AND p.{{ c.collected_at }} <= {{ at }}
),

-- Written out: with a list of moments the planner reads the whole table. A moment in a SELECT of its own is found once and not
-- for each row. Offers become numbers only where they count, below.
stored AS MATERIALIZED (
  {% for slice in range(slices) %}
  {% for is_later in ["true", "false"] %}
  {% set before = (settings.proof.window_seconds / slices * slice) | int + (0 if is_later == "true" else settings.moves.window_seconds) %}
  {% set moment = at ~ " - interval '" ~ before ~ " seconds'" %}
  SELECT
    {{ slice }} AS slice,
    {{ is_later }} AS is_later,
    p.{{ c.kick_off }} > (SELECT {{ moment }}) AS is_ahead,
    p.{{ c.match }}::text AS match_id,
    coalesce(p.{{ c.league }}::text, '') AS league,
    p.{{ c.bookmaker }}::text AS bookmaker,
    {% for outcome in outcomes %}
    {{ offer("p", outcome) }} AS {{ outcome }}_offer,
    {% endfor %}
    {% if per_outcome %}
    p.{{ c.outcome }} AS outcome,
    {% endif %}
    p.{{ c.collected_at }} AS collected_at
  FROM {{ prices.table }} AS p
  WHERE
    p.{{ c.collected_at }} > {{ moment }} - {{ look_back }}
    AND p.{{ c.collected_at }} <= {{ moment }}
    -- The first 28 bits of a hash of the id, so that nothing about a match decides and a choice stays.
    AND (hashtextextended(p.{{ c.match }}::text, 0) >> 36) + 134217728 < (SELECT sample.below FROM sample)
  {{ "UNION ALL" if not loop.last }}
  {% endfor %}
  {{ "UNION ALL" if not loop.last }}
  {% endfor %}
),

numbered AS (
  SELECT
    dense_rank() OVER (ORDER BY stored.slice, stored.match_id COLLATE "C") AS pair,
    stored.is_later,
    stored.league,
    stored.is_ahead,
    stored.bookmaker,
    {% for outcome in outcomes %}
    stored.{{ outcome }}_offer,
    {% endfor %}
    {% if per_outcome %}
    stored.outcome,
    {% endif %}
    stored.collected_at,
    count(stored.draw_offer) OVER fixture AS draws,
    max(stored.collected_at) FILTER (WHERE stored.is_later) OVER fixture AS later_ended_at,
    max(stored.collected_at) FILTER (WHERE NOT stored.is_later) OVER fixture AS earlier_ended_at
  FROM stored
  WINDOW fixture AS (PARTITION BY stored.slice, stored.match_id COLLATE "C")
),

drawn AS (
  SELECT DISTINCT stored.league
  FROM stored
  WHERE stored.draw_offer IS NOT NULL
),

-- The newest collection of each match at each moment; a match that has started by its newest row is left out.
collected AS (
  SELECT DISTINCT ON (numbered.pair, numbered.bookmaker COLLATE "C", numbered.is_later{{ ", numbered.outcome" if per_outcome }})
    numbered.pair,
    numbered.is_later,
    numbered.bookmaker,
    {% for outcome in outcomes %}
    {{ as_price("numbered." ~ outcome ~ "_offer") }}::double precision AS {{ outcome }}_price,
    {% endfor %}
    CASE WHEN numbered.draws > 0 THEN true WHEN numbered.league NOT IN (SELECT drawn.league FROM drawn) THEN false END AS has_draw
  FROM numbered
  WHERE
    numbered.collected_at > CASE WHEN numbered.is_later THEN numbered.later_ended_at ELSE numbered.earlier_ended_at END - {{ same }}
    AND numbered.is_ahead
  ORDER BY
    numbered.pair,
    numbered.bookmaker COLLATE "C",
    numbered.is_later,
    {% if per_outcome %}
    numbered.outcome,
    {% endif %}
    numbered.collected_at DESC
){% if per_outcome %},

books AS (
  SELECT
    collected.pair,
    collected.is_later,
    collected.bookmaker,
    {% for outcome in outcomes %}
    max(collected.{{ outcome }}_price) AS {{ outcome }}_price,
    {% endfor %}
    collected.has_draw
  FROM collected
  GROUP BY collected.pair, collected.is_later, collected.bookmaker, collected.has_draw
){% endif %}


SELECT
  books.pair,
  books.is_later,
  books.bookmaker,
  {% for outcome in outcomes %}
  books.{{ outcome }}_price,
  {% endfor %}
  CASE WHEN books.has_draw OR ({{ lacks_draw("books") }} OVER (PARTITION BY books.pair) > 0.5) IS NOT TRUE THEN books.has_draw END AS has_draw
FROM {{ "books" if per_outcome else "collected AS books" }}
