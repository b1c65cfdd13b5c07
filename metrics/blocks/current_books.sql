-- Books of the newest collection
-- Grain: one row per match not started and bookmaker with a price in the match's newest collection
-- Returns:
--   lot: bigint, number, Lot
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   kick_off: timestamp, time, Kick-off
--   bookmaker: text, text, Bookmaker
--   home_price: double precision, price, Home
--   draw_price: double precision, price, Draw
--   away_price: double precision, price, Away
--   has_draw: boolean, text, Can end in a draw
--   collected_at: timestamp, time, Collected
--   last_update: timestamp, time, Last update
-- Parameters: at (the moment), leagues (ids to keep, a text[]), match (the id of one match),
--   within (an interval in which the match must start), sieve (a condition on all rows `recent` of a match, of whichever
--   collection, with aggregates: a match that does not meet it is left out)
-- Notes: Only what was collected together was ever on offer together. A collection of a match is what was stored within
--   `collection.same_within` (at most half an interval) before its last row, each bookmaker's newest price of it. It counts as
--   soon as it holds as many bookmakers as the one before (which ended with a row after which nothing came for 30 s), or 30 s
--   after its last row; until then the one before counts whole, so that rows that arrive one by one neither begin nor end
--   anything. Teams and kick-off are those of the match's newest row: matches are moved. A first collection counts at once where
--   all its rows have one moment. What is no price (NaN, 1 and less, above max_price) is NULL. has_draw is true where anybody
--   offers a draw for the match, false where nobody does for any match of its league, and NULL where the draws are missing:
--   others of the league have them, or most bookmakers would pay more than they take for two outcomes. Now, prices from a feed
--   whose clock runs ahead count as current.
{% set c = prices.columns %}
{% set outcomes = ["home", "draw", "away"] %}
{% set per_outcome = prices.form == "per_outcome" %}
{% set same = "interval '" ~ settings.collection.same_seconds ~ " seconds'" %}
{% set look_back = "interval '" ~ settings.collection.lookback_seconds ~ " seconds'" %}
{% set quiet = "interval '" ~ settings.collection.quiet_seconds ~ " seconds'" %}
{# All of them, or with a further condition. #}
{% macro rows(more) %}
  SELECT
    p.{{ c.match }}::text AS match_id,
    p.{{ c.league }}::text AS league,
    p.{{ c.home_team }}::text AS home_team,
    p.{{ c.away_team }}::text AS away_team,
    p.{{ c.kick_off }} AS kick_off,
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
    p.{{ c.collected_at }} > {{ at }} - {{ look_back }}
    {% if not at_is_now %}
    AND p.{{ c.collected_at }} <= {{ at }}
    {% endif %}
    {% if leagues %}
    AND p.{{ c.league }} = ANY ({{ leagues }})
    {% endif %}
    {% if match %}
    AND p.{{ c.match }} = {{ match }}
    {% endif %}
    {{ more }}
  UNION ALL
  {{ no_rows(11 if per_outcome else 10, 1000) }}
  -- Joined with matches, PostgreSQL would read all that was ever collected of them instead.
  LIMIT ALL
{% endmacro %}
WITH recent AS {{ "NOT MATERIALIZED" if at_is_now else "MATERIALIZED" }} (
{{ rows("") }}
),

newest AS MATERIALIZED (
  SELECT
    recent.match_id,
    -- All the same: in plain byte order they need not be compared by a language.
    (max(recent.home_team COLLATE "C") || ' – ' || max(recent.away_team COLLATE "C")) COLLATE "default" AS match,
    max(recent.league COLLATE "C") COLLATE "default" AS league,
    min(recent.kick_off) AS first_kick_off,
    max(recent.kick_off) AS last_kick_off,
    max(recent.collected_at) AS ended_at,
    bool_or(recent.draw_offer IS NOT NULL) AS offers_draw
  FROM recent
  GROUP BY recent.match_id
  {% if sieve %}
  HAVING {{ sieve }}
  {% endif %}
),

moved AS (
  SELECT
    newest.match_id,
    max(recent.kick_off) AS kick_off
  FROM newest
  INNER JOIN recent ON newest.match_id = recent.match_id AND newest.ended_at = recent.collected_at
  WHERE newest.first_kick_off < newest.last_kick_off
  GROUP BY newest.match_id
),

-- Collections that may still be on their way; the one before ended with the last row after which nothing came for a while.
course AS (
  SELECT
    newest.match_id,
    newest.ended_at,
    recent.bookmaker,
    recent.collected_at,
    lead(recent.collected_at) OVER (PARTITION BY newest.match_id ORDER BY recent.collected_at) AS next_at
  FROM newest
  INNER JOIN recent ON newest.match_id = recent.match_id
  WHERE newest.ended_at > {{ at }} - {{ quiet }}
),

arriving AS (
  SELECT
    course.match_id,
    course.ended_at,
    course.bookmaker,
    course.collected_at,
    max(course.collected_at) FILTER (WHERE course.next_at > course.collected_at + {{ quiet }}) OVER (PARTITION BY course.match_id) AS ended_before
  FROM course
),

counting AS (
  SELECT
    newest.match_id,
    newest.ended_at
  FROM newest
  WHERE newest.ended_at <= {{ at }} - {{ quiet }}
  UNION ALL
  SELECT
    arriving.match_id,
    CASE
      WHEN
        count(DISTINCT arriving.bookmaker) FILTER (
          WHERE arriving.collected_at <= arriving.ended_before AND arriving.collected_at > arriving.ended_before - {{ same }}
        ) > count(DISTINCT arriving.bookmaker) FILTER (WHERE arriving.collected_at > arriving.ended_at - {{ same }})
        THEN max(arriving.ended_before)
      ELSE max(arriving.ended_at)
    END AS ended_at
  FROM arriving
  GROUP BY arriving.match_id
  HAVING
    max(arriving.ended_before) IS NOT NULL
    -- A first collection whose rows come one by one is waited for.
    OR min(arriving.collected_at) FILTER (WHERE arriving.collected_at > arriving.ended_at - {{ same }}) = max(arriving.ended_at)
),

fixtures AS MATERIALIZED (
  SELECT
    row_number() OVER (ORDER BY newest.match_id COLLATE "C") AS lot,
    newest.match_id,
    newest.match,
    newest.league,
    coalesce(moved.kick_off, newest.last_kick_off) AS kick_off,
    newest.ended_at AS last_update,
    counting.ended_at,
    newest.offers_draw
  FROM newest
  INNER JOIN counting ON newest.match_id = counting.match_id
  LEFT JOIN moved ON newest.match_id = moved.match_id
  WHERE
    coalesce(moved.kick_off, newest.last_kick_off) > {{ at }}
    {% if within %}
    AND coalesce(moved.kick_off, newest.last_kick_off) <= {{ at }} + {{ within }}
    {% endif %}
),

leagues_with_draws AS (
  {% if match or sieve %}
  SELECT DISTINCT fixtures.league
  FROM fixtures
  INNER JOIN {{ prices.table }} AS p ON fixtures.league = p.{{ c.league }}
  WHERE
    NOT fixtures.offers_draw
    AND p.{{ c.collected_at }} > {{ at }} - {{ look_back }}
    {% if not at_is_now %}
    AND p.{{ c.collected_at }} <= {{ at }}
    {% endif %}
    AND {{ offer("p", "draw") }} IS NOT NULL
  {% else %}
  SELECT DISTINCT newest.league
  FROM newest
  WHERE newest.offers_draw
  {% endif %}
),

{% if at_is_now %}
-- Read again, but not what is older than the newest collection of every match.
latest AS NOT MATERIALIZED (
{{ rows("AND p." ~ c.collected_at ~ " > (SELECT min(fixtures.ended_at) FROM fixtures) - " ~ same) }}
),

{% endif %}
offers AS (
  -- Plain byte order: the planner need not ask the language for it.
  SELECT DISTINCT ON (fixtures.lot, recent.bookmaker COLLATE "C"{{ ", recent.outcome" if per_outcome }})
    fixtures.lot,
    recent.bookmaker,
    {% for outcome in outcomes %}
    {{ as_price("recent." ~ outcome ~ "_offer") }}::double precision AS {{ outcome }}_price,
    {% endfor %}
    recent.collected_at
  FROM fixtures
  INNER JOIN {{ "latest" if at_is_now else "recent" }} AS recent
    ON
      fixtures.match_id = recent.match_id
      AND fixtures.ended_at >= recent.collected_at
      AND fixtures.ended_at - {{ same }} < recent.collected_at
  ORDER BY
    fixtures.lot,
    recent.bookmaker COLLATE "C",
    {% if per_outcome %}
    recent.outcome,
    {% endif %}
    recent.collected_at DESC
){{ "," if per_outcome }}

{% if per_outcome %}
books AS (
  SELECT
    offers.lot,
    offers.bookmaker,
    {% for outcome in outcomes %}
    max(offers.{{ outcome }}_price) AS {{ outcome }}_price,
    {% endfor %}
    max(offers.collected_at) AS collected_at
  FROM offers
  GROUP BY offers.lot, offers.bookmaker
)

{% endif %}
SELECT
  fixtures.lot,
  fixtures.match_id,
  fixtures.match,
  fixtures.league,
  fixtures.kick_off,
  books.bookmaker,
  {% for outcome in outcomes %}
  books.{{ outcome }}_price,
  {% endfor %}
  CASE
    WHEN fixtures.offers_draw THEN true
    WHEN leagues_with_draws.league IS NULL AND ({{ lacks_draw("books") }} OVER (PARTITION BY fixtures.lot) > 0.5) IS NOT TRUE THEN false
  END AS has_draw,
  books.collected_at,
  fixtures.last_update
FROM fixtures
LEFT JOIN leagues_with_draws ON fixtures.league = leagues_with_draws.league
INNER JOIN {{ "books" if per_outcome else "offers AS books" }} ON fixtures.lot = books.lot
