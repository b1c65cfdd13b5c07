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
--   them; the two of a match are a pair. Beyond 30,000 books or so of a sample of the matches, chosen by a hash of the id.
--   has_draw is NULL where nobody offers a draw on a match of a league that has draws.
{% set c = prices.columns %}
{% set outcomes = ["home", "draw", "away"] %}
{% set slices = 12 %}
{% set most = 90000 if prices.form == "per_outcome" else 30000 %}
{% set look_back = "interval '" ~ settings.collection.lookback_seconds ~ " seconds'" %}
{% set same = "interval '" ~ settings.collection.same_seconds ~ " seconds'" %}
WITH sample AS MATERIALIZED (
  SELECT 268435456.0 * {{ most }} / {{ slices * 2 }} / greatest(count(*), 1) AS below
  FROM {{ prices.table }} AS p
  WHERE p.{{ c.collected_at }} > {{ at }} - {{ look_back }} AND p.{{ c.collected_at }} <= {{ at }}
),

-- Written out: with a list of moments the planner reads the whole table.
stored AS (
  {% for slice in range(slices) %}
  {% for is_later in ["true", "false"] %}
  {% set before = (settings.proof.window_seconds / slices * slice) | int + (0 if is_later == "true" else settings.moves.window_seconds) %}
  {% set moment = "(" ~ at ~ " - interval '" ~ before ~ " seconds')" %}
  SELECT
    {{ slice }} AS slice,
    {{ is_later }} AS is_later,
    {{ moment }} AS moment,
    p.{{ c.match }}::text AS match_id,
    p.{{ c.league }}::text AS league,
    p.{{ c.kick_off }} AS kick_off,
    p.{{ c.bookmaker }}::text AS bookmaker,
    {% for outcome in outcomes %}
    {{ price_of("p", outcome) }}::double precision AS {{ outcome }}_price,
    {% endfor %}
    {% if prices.form == "per_outcome" %}
    p.{{ c.outcome }} AS outcome,
    {% endif %}
    {{ offer("p", "draw") }} IS NOT NULL AS offers_draw,
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

numbered AS MATERIALIZED (
  SELECT
    dense_rank() OVER (ORDER BY stored.slice, stored.match_id COLLATE "C") AS pair,
    stored.is_later,
    stored.moment,
    stored.kick_off,
    stored.bookmaker,
    {% for outcome in outcomes %}
    stored.{{ outcome }}_price,
    {% endfor %}
    {% if prices.form == "per_outcome" %}
    stored.outcome,
    {% endif %}
    bool_or(stored.offers_draw) OVER (PARTITION BY stored.slice, stored.match_id COLLATE "C") AS offers_draw,
    bool_or(stored.offers_draw) OVER (PARTITION BY stored.league) AS league_offers_draw,
    stored.collected_at,
    max(stored.collected_at) OVER (PARTITION BY stored.slice, stored.match_id COLLATE "C", stored.is_later) AS ended_at
  FROM stored
),

-- The newest collection of each match at each moment; a match that has started by its newest row is left out.
collected AS (
  SELECT DISTINCT ON (numbered.pair, numbered.is_later, numbered.bookmaker COLLATE "C"{{ ", numbered.outcome" if prices.form == "per_outcome" }})
    numbered.pair,
    numbered.is_later,
    numbered.bookmaker,
    {% for outcome in outcomes %}
    numbered.{{ outcome }}_price,
    {% endfor %}
    CASE WHEN numbered.offers_draw THEN true WHEN NOT numbered.league_offers_draw THEN false END AS has_draw
  FROM numbered
  WHERE numbered.collected_at > numbered.ended_at - {{ same }} AND numbered.kick_off > numbered.moment
  ORDER BY
    numbered.pair,
    numbered.is_later,
    numbered.bookmaker COLLATE "C",
    {% if prices.form == "per_outcome" %}
    numbered.outcome,
    {% endif %}
    numbered.collected_at DESC
)

SELECT
  collected.pair,
  collected.is_later,
  collected.bookmaker,
  {% for outcome in outcomes %}
  {% if prices.form == "per_outcome" %}
  max(collected.{{ outcome }}_price) AS {{ outcome }}_price,
  {% else %}
  collected.{{ outcome }}_price,
  {% endif %}
  {% endfor %}
  collected.has_draw
FROM collected
{% if prices.form == "per_outcome" %}
GROUP BY collected.pair, collected.is_later, collected.bookmaker, collected.has_draw
{% endif %}
