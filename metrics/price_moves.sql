-- Prices that fell together
-- Question: on which outcome did the market change its mind, and is there anything left?
-- Grain: one row per match not started and outcome whose price fell by `least` or more at the median bookmaker
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   league_name: text, text, League
--   kick_off: timestamp, time, Kick-off
--   outcome: text, text, Outcome
--   drop_pct: double precision, percent, Drop
--   bookmakers: bigint, count, Bookmakers
--   fallen: bigint, count, Of them fallen
--   best_price: double precision, price, Best price left
--   best_bookmaker: text, text, Best at
--   net_price: double precision, price, Net price
--   fair_price: double precision, price, Fair price
--   fair_from: text, text, Fair by
--   worth_pct: double precision, percent, Value left
--   age: double precision, duration, Age
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names whose offers count, a text[]),
--   match (the id of one match), within (an interval in which the match must start), least (a drop in percent; without it
--   `moves.drop_pct`)
-- Notes: Drop = (1 - price now / price then) x 100, the median over the bookmakers with a price in the newest collection and in
--   the one that stood `moves.window` before, at least `moves.min_bookmakers` of them: one bookmaker's error is no move. A move
--   is news, not a tip: value left says what the best price that is left at `bookmakers.mine` is worth (net price x fair chance
--   - 1, see "Fair chances for offers"). Of equal prices the freshest. Moves come from all bookmakers.
{% set outcomes = ["home", "draw", "away"] %}
{% set then = "(" ~ at ~ " - interval '" ~ settings.moves.window_seconds ~ " seconds')" %}
WITH books AS MATERIALIZED (
  SELECT
    current_books.match_id AS lot,
    current_books.match,
    current_books.league,
    current_books.kick_off,
    current_books.bookmaker,
    {% for outcome in outcomes %}
    current_books.{{ outcome }}_price,
    {% endfor %}
    {{ inverse_sum("current_books", "price") }} IS NOT NULL AS is_complete,
    current_books.collected_at
  FROM {{ ref("current_books") }}
),

-- Grouped and not joined, so that a planner who takes both for a handful of rows does no harm.
pairs AS (
  SELECT
    moments.lot,
    {% for outcome in outcomes %}
    max(moments.{{ outcome }}_price) FILTER (WHERE moments.is_now) AS {{ outcome }}_price,
    max(moments.{{ outcome }}_price) FILTER (WHERE NOT moments.is_now) AS {{ outcome }}_before{{ "" if loop.last else "," }}
    {% endfor %}
  FROM (
    SELECT
      books.lot,
      books.bookmaker,
      {% for outcome in outcomes %}
      books.{{ outcome }}_price,
      {% endfor %}
      true AS is_now
    FROM books
    UNION ALL
    SELECT
      current_books.match_id AS lot,
      current_books.bookmaker,
      {% for outcome in outcomes %}
      current_books.{{ outcome }}_price,
      {% endfor %}
      false AS is_now
    FROM {{ ref("current_books", at=then, within=none) }}
  ) AS moments
  GROUP BY moments.lot, moments.bookmaker
),

drops AS (
  SELECT
    pairs.lot,
    {% for outcome in outcomes %}
    -- Rounded, so that from 2.00 to 1.80 is 10 % and not a hair less.
    round(
      percentile_cont(0.5) WITHIN GROUP (ORDER BY (1 - pairs.{{ outcome }}_price / pairs.{{ outcome }}_before) * 100)::numeric, 6
    )::double precision AS {{ outcome }}_drop,
    count(pairs.{{ outcome }}_price / pairs.{{ outcome }}_before) AS {{ outcome }}_bookmakers,
    count(*) FILTER (WHERE pairs.{{ outcome }}_price < pairs.{{ outcome }}_before) AS {{ outcome }}_fallen{{ "" if loop.last else "," }}
    {% endfor %}
  FROM pairs
  GROUP BY pairs.lot
),

moves AS MATERIALIZED (
  SELECT
    drops.lot,
    outcomes.outcome,
    outcomes.drop_pct,
    outcomes.bookmakers,
    outcomes.fallen
  FROM drops
  CROSS JOIN LATERAL (
    VALUES
    {% for outcome in outcomes %}
    ('{{ outcome }}', drops.{{ outcome }}_drop, drops.{{ outcome }}_bookmakers, drops.{{ outcome }}_fallen){{ "" if loop.last else "," }}
    {% endfor %}
  ) AS outcomes (outcome, drop_pct, bookmakers, fallen)
  WHERE
    outcomes.bookmakers >= {{ settings.moves.min_bookmakers }}
    AND outcomes.drop_pct >= {{ least or settings.moves.drop_pct }}
),

-- Only what moved is judged.
moved AS MATERIALIZED (
  SELECT
    books.lot,
    books.match,
    books.league,
    books.kick_off,
    books.bookmaker,
    {% for outcome in outcomes %}
    books.{{ outcome }}_price,
    {% endfor %}
    books.is_complete,
    books.collected_at
  FROM books
  WHERE books.lot IN (SELECT moves.lot FROM moves)
),

fixtures AS (
  SELECT DISTINCT
    moved.lot,
    moved.match,
    moved.league,
    moved.kick_off
  FROM moved
),

offers AS MATERIALIZED (
  SELECT DISTINCT ON (moves.lot, moves.outcome)
    moves.lot,
    moves.outcome,
    moved.bookmaker,
    outcome.price,
    {{ net_price("outcome.price", "moved.bookmaker") }} AS net_price,
    moved.collected_at
  FROM moves
  INNER JOIN moved ON moves.lot = moved.lot
  CROSS JOIN LATERAL (
    SELECT {{ by_outcome("moves.outcome", "moved", "price") }} AS price
  ) AS outcome
  WHERE
    outcome.price IS NOT NULL
    AND {{ is_mine("moved.bookmaker") }}
    {% if bookmakers %}
    AND moved.bookmaker = ANY ({{ bookmakers }})
    {% endif %}
  ORDER BY moves.lot, moves.outcome, net_price DESC, moved.collected_at DESC, moved.bookmaker
),

asked AS (
  SELECT DISTINCT
    offers.lot,
    offers.bookmaker
  FROM offers
),

-- Once, however many offers the planner expects.
fair AS MATERIALIZED {{ whole("fair_chances", of="moved", asked="asked") }}

SELECT
  moves.lot AS match_id,
  fixtures.match,
  fixtures.league,
  {{ league_name("fixtures.league") }} AS league_name,
  fixtures.kick_off,
  moves.outcome,
  moves.drop_pct,
  moves.bookmakers,
  moves.fallen,
  offers.price AS best_price,
  {{ bookmaker_name("offers.bookmaker") }} AS best_bookmaker,
  offers.net_price,
  1 / {{ by_outcome("moves.outcome", "fair", "chance") }} AS fair_price,
  fair.fair_from,
  round(
    ((offers.net_price * {{ by_outcome("moves.outcome", "fair", "chance") }} - 1) * 100)::numeric, 6
  )::double precision AS worth_pct,
  greatest(extract(EPOCH FROM {{ at }} - offers.collected_at), 0)::double precision AS age
FROM moves
INNER JOIN fixtures ON moves.lot = fixtures.lot
LEFT JOIN offers ON moves.lot = offers.lot AND moves.outcome = offers.outcome
LEFT JOIN fair ON offers.lot = fair.lot AND offers.bookmaker = fair.bookmaker
