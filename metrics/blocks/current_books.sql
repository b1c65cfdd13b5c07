-- Books of the newest collection
-- Grain: one row per match not started and bookmaker with a price in the match's newest collection
-- Returns:
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
--   within (an interval in which the match must start)
-- Notes: Only what was collected together was ever on offer together. A collection of a match is what was stored within
--   `collection.same_within` (at most half an interval) before its last row, each bookmaker's newest price of it. It counts
--   as soon as it holds as many bookmakers as the one before (which ended with a row after which nothing came for 30 s), or
--   30 s after its last row; until then the one before counts whole, so that rows that arrive one by one neither begin nor
--   end anything. Teams and kick-off are those of the match's newest row: matches are moved. A first collection counts at
--   once where all its rows have one moment. What is no price (NaN, 1 and less, above max_price) is NULL. has_draw is true
--   where anybody offers a draw for the match, false where nobody does for any match of its league, and NULL where the
--   draws are missing. Now, prices from a feed whose clock runs ahead count as current.
{% set c = prices.columns %}
{% set outcomes = ["home", "draw", "away"] %}
{% set same = "interval '" ~ settings.collection.same_seconds ~ " seconds'" %}
{% set look_back = "interval '" ~ settings.collection.lookback_seconds ~ " seconds'" %}
{% set quiet = "interval '" ~ settings.collection.quiet_seconds ~ " seconds'" %}
WITH recent AS MATERIALIZED (
  SELECT
    p.{{ c.match }}::text AS match_id,
    p.{{ c.league }}::text AS league,
    p.{{ c.home_team }}::text AS home_team,
    p.{{ c.away_team }}::text AS away_team,
    p.{{ c.kick_off }} AS kick_off,
    p.{{ c.bookmaker }}::text AS bookmaker,
    {% for outcome in outcomes %}
    {{ price_of("p", outcome) }} AS {{ outcome }}_price,
    {% endfor %}
    {% if prices.form == "per_outcome" %}
    p.{{ c.outcome }} AS outcome,
    {% endif %}
    {{ offer("p", "draw") }} IS NOT NULL AS offers_draw,
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
),

newest AS (
  SELECT
    recent.match_id,
    -- All the same: in plain byte order they need not be compared by a language.
    (max(recent.home_team COLLATE "C") || ' – ' || max(recent.away_team COLLATE "C")) COLLATE "default" AS match,
    max(recent.league COLLATE "C") COLLATE "default" AS league,
    min(recent.kick_off) AS first_kick_off,
    max(recent.kick_off) AS last_kick_off,
    max(recent.collected_at) AS ended_at,
    bool_or(recent.offers_draw) AS offers_draw
  FROM recent
  GROUP BY recent.match_id
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
finished AS (
  SELECT
    moments.match_id,
    max(moments.collected_at) AS ended_at
  FROM (
    SELECT
      recent.match_id,
      recent.collected_at,
      lead(recent.collected_at) OVER (PARTITION BY recent.match_id ORDER BY recent.collected_at) AS next_at
    FROM newest
    INNER JOIN recent ON newest.match_id = recent.match_id
    WHERE newest.ended_at > {{ at }} - {{ quiet }}
  ) AS moments
  WHERE moments.next_at > moments.collected_at + {{ quiet }}
  GROUP BY moments.match_id
),

arriving AS (
  SELECT
    recent.match_id,
    finished.ended_at AS ended_before,
    min(recent.collected_at) AS began_at,
    count(DISTINCT recent.bookmaker) AS bookmakers
  FROM newest
  INNER JOIN recent ON newest.match_id = recent.match_id AND newest.ended_at - {{ same }} < recent.collected_at
  LEFT JOIN finished ON newest.match_id = finished.match_id
  WHERE newest.ended_at > {{ at }} - {{ quiet }}
  GROUP BY recent.match_id, finished.ended_at
),

standing AS (
  SELECT
    arriving.match_id,
    arriving.ended_before
  FROM arriving
  INNER JOIN recent
    ON
      arriving.match_id = recent.match_id
      AND arriving.ended_before >= recent.collected_at
      AND arriving.ended_before - {{ same }} < recent.collected_at
  GROUP BY arriving.match_id, arriving.ended_before, arriving.bookmakers
  HAVING count(DISTINCT recent.bookmaker) > arriving.bookmakers
),

fixtures AS (
  SELECT
    newest.match_id,
    newest.match,
    newest.league,
    coalesce(moved.kick_off, newest.last_kick_off) AS kick_off,
    newest.ended_at AS last_update,
    coalesce(standing.ended_before, newest.ended_at) AS ended_at,
    newest.offers_draw
  FROM newest
  LEFT JOIN moved ON newest.match_id = moved.match_id
  LEFT JOIN standing ON newest.match_id = standing.match_id
  LEFT JOIN arriving ON newest.match_id = arriving.match_id
  WHERE
    -- A first collection whose rows come one by one is waited for.
    (arriving.ended_before IS NOT NULL OR arriving.began_at IS NULL OR arriving.began_at = newest.ended_at)
    AND coalesce(moved.kick_off, newest.last_kick_off) > {{ at }}
    {% if within %}
    AND coalesce(moved.kick_off, newest.last_kick_off) <= {{ at }} + {{ within }}
    {% endif %}
),

leagues_with_draws AS (
  {% if match %}
  SELECT DISTINCT p.{{ c.league }}::text AS league
  FROM fixtures
  INNER JOIN {{ prices.table }} AS p ON fixtures.league = p.{{ c.league }}
  WHERE
    NOT fixtures.offers_draw
    AND p.{{ c.collected_at }} > {{ at }} - {{ look_back }}
    AND p.{{ c.collected_at }} <= {{ at }}
    AND {{ offer("p", "draw") }} IS NOT NULL
  {% else %}
  SELECT DISTINCT newest.league
  FROM newest
  WHERE newest.offers_draw
  {% endif %}
),

books AS (
  -- Plain byte order: the planner need not ask the language for it.
  SELECT DISTINCT ON (fixtures.match_id COLLATE "C", recent.bookmaker COLLATE "C"{{ ", recent.outcome" if prices.form == "per_outcome" else "" }})
    fixtures.match_id,
    recent.bookmaker,
    {% for outcome in outcomes %}
    recent.{{ outcome }}_price,
    {% endfor %}
    recent.collected_at
  FROM fixtures
  INNER JOIN recent
    ON
      fixtures.match_id = recent.match_id
      AND fixtures.ended_at >= recent.collected_at
      AND fixtures.ended_at - {{ same }} < recent.collected_at
  ORDER BY
    fixtures.match_id COLLATE "C",
    recent.bookmaker COLLATE "C",
    {% if prices.form == "per_outcome" %}
    recent.outcome,
    {% endif %}
    recent.collected_at DESC
)

SELECT
  fixtures.match_id,
  fixtures.match,
  fixtures.league,
  fixtures.kick_off,
  books.bookmaker,
  {% for outcome in outcomes %}
  {{ ("max(books." ~ outcome ~ "_price)") if prices.form == "per_outcome" else ("books." ~ outcome ~ "_price") }}::double precision AS {{ outcome }}_price,
  {% endfor %}
  CASE
    WHEN fixtures.offers_draw THEN true
    WHEN leagues_with_draws.league IS NULL THEN false
  END AS has_draw,
  {{ "max(books.collected_at)" if prices.form == "per_outcome" else "books.collected_at" }} AS collected_at,
  fixtures.last_update
FROM fixtures
INNER JOIN books ON fixtures.match_id = books.match_id
LEFT JOIN leagues_with_draws ON fixtures.league = leagues_with_draws.league
{% if prices.form == "per_outcome" %}
GROUP BY
  fixtures.match_id,
  fixtures.match,
  fixtures.league,
  fixtures.kick_off,
  books.bookmaker,
  fixtures.offers_draw,
  leagues_with_draws.league,
  fixtures.last_update
{% endif %}
