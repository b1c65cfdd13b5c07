-- Collections of past matches
-- Grain: one row per past match and collection that counted before kick-off
-- Returns:
--   lot: bigint, number, Lot
--   number: integer, number, Number of the match
--   league: text, text, League id
--   kick_off: timestamp, time, Kick-off
--   seen_at: timestamp, time, Seen
--   is_gathered: boolean, text, Of several moments
--   is_close: boolean, text, Is the close
--   has_draw: boolean, text, Can end in a draw
--   home_best: double precision, price, Best home
--   home_worst: double precision, price, Worst home
--   home_bookmakers: bigint, count, Bookmakers with a home price
--   draw_best: double precision, price, Best draw
--   draw_worst: double precision, price, Worst draw
--   draw_bookmakers: bigint, count, Bookmakers with a draw price
--   away_best: double precision, price, Best away
--   away_worst: double precision, price, Worst away
--   away_bookmakers: bigint, count, Bookmakers with an away price
-- Parameters: at (the moment), of (name of a relation in scope: "Prices of past matches")
-- Notes: What "Books of the newest collection" said when the collection had come, from what was in the table then: the kick-off
--   as it was known, no row from it on, and a collection that was never whole and never quiet for 30 s is none. Appending later
--   rows changes nothing. kick_off is the last known one. The close is the last collection within the longer of
--   `proof.closing_within` and one and a half intervals before it. Best and worst prices before commission: the best is one of
--   `bookmakers.mine`, the worst of all.
{% set outcomes = ["home", "draw", "away"] %}
{% set per_outcome = prices.form == "per_outcome" %}
{% set same = "interval '" ~ settings.collection.same_seconds ~ " seconds'" %}
{% set look_back = "interval '" ~ settings.collection.lookback_seconds ~ " seconds'" %}
{% set quiet = "interval '" ~ settings.collection.quiet_seconds ~ " seconds'" %}
{% set close = "interval '" ~ ([settings.proof.closing_seconds, settings.collection.interval_seconds * 1.5] | max) ~ " seconds'" %}
{% macro extremes(row) %}
{% for outcome in outcomes %}
max({{ row }}.{{ outcome }}_price) FILTER (WHERE {{ is_mine(row ~ ".bookmaker") }}) AS {{ outcome }}_best,
min({{ row }}.{{ outcome }}_price) AS {{ outcome }}_worst,
count({{ row }}.{{ outcome }}_price) AS {{ outcome }}_bookmakers{{ "" if loop.last else "," }}
{% endfor %}
{% endmacro %}
WITH {% if per_outcome %}books AS (
  SELECT
    given.number,
    max(given.league COLLATE "C") AS league,
    max(given.kick_off) AS kick_off,
    given.bookmaker,
    {% for outcome in outcomes %}
    max(given.{{ outcome }}_price) AS {{ outcome }}_price,
    {% endfor %}
    bool_or(given.offers_draw) AS offers_draw,
    given.collected_at
  FROM {{ of }} AS given
  GROUP BY given.number, given.collected_at, given.bookmaker
),

{% endif %}moments AS MATERIALIZED (
  SELECT
    row_number() OVER () AS lot,
    given.number,
    given.collected_at AS seen_at,
    -- All the same: in plain byte order they need not be compared by a language.
    max(given.league COLLATE "C") AS league,
    max(given.kick_off) AS known_kick_off,
    CASE WHEN bool_or(given.offers_draw) THEN given.collected_at END AS draw_at,
    {{ lacks_draw("given") }} > 0.5 AS lacks_draw,
    count(*) AS bookmakers,
    {{ extremes("given") | trim | indent(4) }}
  FROM {{ "books" if per_outcome else of }} AS given
  GROUP BY given.number, given.collected_at
),

ordered AS MATERIALIZED (
  SELECT
    moments.lot,
    moments.number,
    moments.seen_at,
    moments.known_kick_off,
    moments.bookmakers,
    last_value(moments.known_kick_off) OVER whole AS kick_off,
    lag(moments.seen_at) OVER course AS previous_at,
    lead(moments.seen_at) OVER course AS next_at,
    first_value(moments.seen_at) OVER within AS began_at,
    max(moments.draw_at) OVER course AS match_draw_at,
    max(moments.draw_at) OVER (PARTITION BY moments.league ORDER BY moments.seen_at) AS league_draw_at
  FROM moments
  WINDOW
    course AS (PARTITION BY moments.number ORDER BY moments.seen_at),
    within AS (
      PARTITION BY moments.number ORDER BY moments.seen_at
      RANGE BETWEEN INTERVAL '{{ settings.collection.same_seconds - 0.000001 }} seconds' PRECEDING AND CURRENT ROW
    ),
    whole AS (
      PARTITION BY moments.number ORDER BY moments.seen_at
      RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),

-- Only where moments of a match are closer together than a collection may last, they have to be put together.
crowded AS MATERIALIZED (
  SELECT
    ordered.number,
    ordered.seen_at
  FROM ordered
  WHERE ordered.previous_at > ordered.seen_at - {{ same }}
),

gathered AS MATERIALIZED (
  SELECT
    gathered_books.number,
    gathered_books.seen_at,
    {{ lacks_draw("gathered_books") }} > 0.5 AS lacks_draw,
    count(*) AS bookmakers,
    {{ extremes("gathered_books") | trim | indent(4) }}
  FROM {{ ref("gathered_books", lots="crowded") }}
  GROUP BY gathered_books.number, gathered_books.seen_at
  UNION ALL
  {{ no_rows(13, 1000) }}
),

counted AS (
  SELECT
    bursts.lot,
    bursts.number,
    bursts.seen_at,
    bursts.known_kick_off,
    bursts.bookmakers,
    bursts.kick_off,
    bursts.next_at,
    bursts.began_at,
    bursts.match_draw_at,
    bursts.league_draw_at,
    max(CASE WHEN bursts.is_last THEN bursts.bookmakers END) OVER burst_before AS bookmakers_before,
    max(CASE WHEN bursts.is_last THEN bursts.seen_at END) OVER burst_before AS ended_before
  FROM (
    SELECT
      ordered.lot,
      ordered.number,
      ordered.seen_at,
      ordered.known_kick_off,
      coalesce(gathered.bookmakers, ordered.bookmakers) AS bookmakers,
      ordered.kick_off,
      ordered.next_at,
      ordered.began_at,
      ordered.match_draw_at,
      ordered.league_draw_at,
      -- Rows that come without a pause are one burst; its last row is the one before that of the next.
      ordered.next_at > ordered.seen_at + {{ quiet }} AS is_last,
      count(*) FILTER (WHERE ordered.next_at > ordered.seen_at + {{ quiet }}) OVER earlier AS burst
    FROM ordered
    LEFT JOIN gathered ON ordered.number = gathered.number AND ordered.seen_at = gathered.seen_at
    WINDOW earlier AS (
      PARTITION BY ordered.number ORDER BY ordered.seen_at
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
  ) AS bursts
  WINDOW burst_before AS (PARTITION BY bursts.number ORDER BY bursts.burst GROUPS BETWEEN 1 PRECEDING AND 1 PRECEDING)
),

collections AS MATERIALIZED (
  SELECT
    counted.lot,
    counted.kick_off,
    counted.seen_at = max(counted.seen_at) FILTER (WHERE counted.seen_at < counted.kick_off) OVER (PARTITION BY counted.number)
    AND counted.seen_at > counted.kick_off - {{ close }} AS is_close,
    CASE
      WHEN counted.match_draw_at > counted.seen_at - {{ look_back }} THEN true
      WHEN counted.league_draw_at > counted.seen_at - {{ look_back }} THEN NULL
      ELSE false
    END AS has_draw
  FROM counted
  WHERE
    counted.known_kick_off > counted.seen_at
    AND counted.kick_off > {{ proof_since(at) }}
    AND counted.kick_off <= {{ at }}
    AND (
      -- Quiet for long enough,
      coalesce(counted.next_at, {{ at }}) > counted.seen_at + {{ quiet }}
      -- as large as the one before,
      OR counted.bookmakers >= CASE WHEN counted.ended_before > counted.seen_at - {{ look_back }} THEN counted.bookmakers_before END
      -- or a first one that came at once.
      OR (
        (counted.ended_before IS NULL OR counted.ended_before <= counted.seen_at - {{ look_back }})
        AND counted.began_at = counted.seen_at
      )
    )
  UNION ALL
  {{ no_rows(4, 1000) }}
)

SELECT
  collections.lot,
  moments.number,
  moments.league COLLATE "default" AS league,
  collections.kick_off,
  moments.seen_at,
  gathered.seen_at IS NOT NULL AS is_gathered,
  coalesce(collections.is_close, false) AS is_close,
  CASE
    WHEN collections.has_draw THEN true
    WHEN CASE WHEN gathered.seen_at IS NULL THEN moments.lacks_draw ELSE gathered.lacks_draw END IS NOT TRUE THEN collections.has_draw
  END AS has_draw,
  {% for outcome in outcomes %}
  {% for found, type in (("best", "double precision"), ("worst", "double precision"), ("bookmakers", "bigint")) %}
  CASE WHEN gathered.seen_at IS NULL THEN moments.{{ outcome }}_{{ found }} ELSE gathered.{{ outcome }}_{{ found }} END::{{ type }} AS {{ outcome }}_{{ found }}{{ "" if outcome == "away" and loop.last else "," }}
  {% endfor %}
  {% endfor %}
FROM collections
INNER JOIN moments ON collections.lot = moments.lot
LEFT JOIN gathered ON moments.number = gathered.number AND moments.seen_at = gathered.seen_at
