-- Prices of one match over time
-- Grain: one row per moment of the time range and bookmaker with a price that was on offer then
-- Returns:
--   time: timestamp, time, Time
--   bookmaker: text, text, Bookmaker
--   home_price: double precision, price, Home
--   draw_price: double precision, price, Draw
--   away_price: double precision, price, Away
--   has_draw: boolean, text, Can end in a draw
-- Parameters: match (the id of the match)
-- Notes: A price holds until the bookmaker's next one, until a collection of the match without the bookmaker has come, at most
--   for the look-back, and not beyond kick-off, as the newest price has it. It is shown on a grid of 200 moments that does not
--   move with the clock, and at the end of the range: however often prices are collected, a screen gets what it can draw. One
--   pass over the match's rows; no search per moment. has_draw is true where anybody offered a draw in the time range, false
--   where nobody did at the match's moment for any match of its league, and NULL where the draws are missing: also where most
--   books of a moment would pay more than they take without one.
{% set c = prices.columns %}
{% set per_match = prices.form == "per_match" %}
{% set outcomes = ["home", "draw", "away"] %}
{% set same = "interval '" ~ settings.collection.same_seconds ~ " seconds'" %}
{% set look_back = "interval '" ~ settings.collection.lookback_seconds ~ " seconds'" %}
WITH fixture AS MATERIALIZED (
  SELECT
    match_fixture.league,
    match_fixture.kick_off,
    match_fixture.moment
  FROM {{ ref("match_fixture") }}
),

held AS MATERIALIZED (
  SELECT
    p.{{ c.bookmaker }}::text AS bookmaker,
    {% for outcome in outcomes %}
    {{ price_of("p", outcome) }} AS {{ outcome }}_price,
    {% endfor %}
    {{ offer("p", "draw") }} IS NOT NULL AS offers_draw,
    extract(EPOCH FROM p.{{ c.collected_at }})::double precision AS from_second,
    extract(EPOCH FROM least(
      lead(p.{{ c.collected_at }}) OVER (
        PARTITION BY p.{{ c.bookmaker }}{% if not per_match %}, p.{{ c.outcome }}{% endif %}

        ORDER BY p.{{ c.collected_at }}
      ),
      first_value(p.{{ c.collected_at }}) OVER (
        ORDER BY p.{{ c.collected_at }} RANGE BETWEEN INTERVAL '{{ settings.collection.same_seconds }} seconds' FOLLOWING AND UNBOUNDED FOLLOWING
      ) + {{ same }},
      p.{{ c.collected_at }} + {{ look_back }},
      (SELECT fixture.kick_off FROM fixture)
    ))::double precision AS to_second
  FROM {{ prices.table }} AS p
  WHERE
    p.{{ c.match }} = {{ match }}
    AND p.{{ c.collected_at }} > $__timeFrom()::{{ moment_type }} - {{ look_back }}
    AND p.{{ c.collected_at }} <= $__timeTo()::{{ moment_type }}
),

leagues_with_draws AS (
  SELECT DISTINCT p.{{ c.league }}::text AS league
  FROM fixture
  INNER JOIN {{ prices.table }} AS p ON fixture.league = p.{{ c.league }}
  WHERE
    NOT (SELECT bool_or(held.offers_draw) AS offers_draw FROM held)
    AND p.{{ c.collected_at }} > (SELECT fixture.moment FROM fixture) - {{ look_back }}
    AND p.{{ c.collected_at }} <= (SELECT fixture.moment FROM fixture)
    AND {{ offer("p", "draw") }} IS NOT NULL
),

draws AS (
  SELECT
    CASE
      WHEN (SELECT bool_or(held.offers_draw) AS offers_draw FROM held) THEN true
      WHEN NOT EXISTS (SELECT 1 AS one FROM leagues_with_draws) THEN false
    END AS has_draw
),

slots AS (
  SELECT
    held.bookmaker,
    {% for outcome in outcomes %}
    held.{{ outcome }}_price,
    {% endfor %}
    span.step,
    span.last_second,
    ceil(greatest(held.from_second, span.first_second) / span.step) AS first_slot,
    ceil(least(held.to_second, span.last_second) / span.step) - 1 AS last_slot,
    held.from_second <= span.last_second AND held.to_second > span.last_second AS is_last
  FROM held
  CROSS JOIN (
    SELECT
      extract(EPOCH FROM $__timeFrom()::{{ moment_type }})::double precision AS first_second,
      extract(EPOCH FROM least($__timeTo()::{{ moment_type }}, {{ now }}))::double precision AS last_second,
      greatest(extract(EPOCH FROM $__timeTo()::{{ moment_type }} - $__timeFrom()::{{ moment_type }})::double precision / 200, 1) AS step
  ) AS span
),

books AS (
  SELECT
    {{ to_moment("shown.second") }} AS time,
    slots.bookmaker,
    {% for outcome in outcomes %}
    max(slots.{{ outcome }}_price)::double precision AS {{ outcome }}_price,
    {% endfor %}
    draws.has_draw
  FROM slots
  CROSS JOIN LATERAL (
    SELECT slot * slots.step AS second
    FROM generate_series(slots.first_slot::bigint, slots.last_slot::bigint) AS numbers (slot)
    UNION ALL
    SELECT slots.last_second
    WHERE slots.is_last
  ) AS shown
  CROSS JOIN draws
  -- Most prices fall between two moments of the grid.
  WHERE slots.first_slot <= slots.last_slot OR slots.is_last
  GROUP BY shown.second, slots.bookmaker, draws.has_draw
)

SELECT
  books.time,
  books.bookmaker,
  {% for outcome in outcomes %}
  books.{{ outcome }}_price,
  {% endfor %}
  CASE WHEN books.has_draw OR ({{ lacks_draw("books") }} OVER (PARTITION BY books.time) > 0.5) IS NOT TRUE THEN books.has_draw END AS has_draw
FROM books
