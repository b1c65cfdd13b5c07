-- Books of every collection of past matches
-- Grain: one row per past match, collection that counted before kick-off, and bookmaker with a price in it
-- Returns:
--   lot: bigint, number, Lot
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   kick_off: timestamp, time, Kick-off
--   seen_at: timestamp, time, Seen
--   is_close: boolean, text, Is the close
--   bookmaker: text, text, Bookmaker
--   home_price: double precision, price, Home
--   draw_price: double precision, price, Draw
--   away_price: double precision, price, Away
--   has_draw: boolean, text, Can end in a draw
--   collected_at: timestamp, time, Collected
-- Parameters: at (the moment)
-- Notes: The matches of "Past matches that are looked at". What "Books of the newest collection" said when the collection had
--   come, from what was in the table then: the kick-off as it was known, no row from it on, and a collection that was never
--   whole and never quiet for 30 s is none. Appending later rows changes nothing. kick_off is the last known one. The close is
--   the last collection within the longer of `proof.closing_within` and one and a half intervals before it.
{% set c = prices.columns %}
{% set outcomes = ["home", "draw", "away"] %}
{% set per_outcome = prices.form == "per_outcome" %}
{% set same = "interval '" ~ settings.collection.same_seconds ~ " seconds'" %}
{% set look_back = "interval '" ~ settings.collection.lookback_seconds ~ " seconds'" %}
{% set quiet = "interval '" ~ settings.collection.quiet_seconds ~ " seconds'" %}
{% set close = "interval '" ~ ([settings.proof.closing_seconds, settings.collection.interval_seconds * 1.5] | max) ~ " seconds'" %}
{% set bucket = "floor(extract(EPOCH FROM %s) / " ~ settings.collection.same_seconds ~ ")::bigint" %}
{% set begin = at ~ " - interval '" ~ settings.proof.window_seconds ~ " seconds'" %}
{% if settings.proof.since %}
{% set begin = "greatest(" ~ begin ~ ", " ~ from_local("timestamp '" ~ settings.proof.since ~ "'") ~ ")" %}
{% endif %}
WITH chosen AS MATERIALIZED (
  SELECT past_matches.match_id
  FROM {{ ref("past_matches") }}
),

stored AS MATERIALIZED (
  SELECT
    p.{{ c.match }}::text AS match_id,
    p.{{ c.league }}::text AS league,
    p.{{ c.home_team }} || ' – ' || p.{{ c.away_team }} AS match,
    p.{{ c.kick_off }} AS kick_off,
    p.{{ c.bookmaker }}::text AS bookmaker,
    {% for outcome in outcomes %}
    {{ price_of("p", outcome) }} AS {{ outcome }}_price,
    {{ ("(" ~ offer("p", outcome) ~ ") IS NOT NULL") if per_outcome else "true" }} AS names_{{ outcome }},
    {% endfor %}
    {{ offer("p", "draw") }} IS NOT NULL AS offers_draw,
    p.{{ c.collected_at }} AS collected_at
  FROM {{ prices.table }} AS p
  WHERE
    -- As an array, whose matches PostgreSQL looks up in the index; joined it would read all that was ever collected.
    p.{{ c.match }} = ANY ((SELECT array_agg(chosen.match_id) FROM chosen)::text[])
    AND p.{{ c.collected_at }} > {{ at }} - interval '{{ settings.proof.window_seconds }} seconds' - interval '14 days'
    AND p.{{ c.collected_at }} <= {{ at }}
),

moments AS (
  SELECT
    stored.match_id,
    -- All the same: in plain byte order they need not be compared by a language.
    max(stored.match COLLATE "C") COLLATE "default" AS match,
    max(stored.league COLLATE "C") COLLATE "default" AS league,
    stored.collected_at,
    max(stored.kick_off) AS known_kick_off,
    count({{ "DISTINCT stored.bookmaker" if per_outcome else "*" }}) AS bookmakers,
    CASE WHEN bool_or(stored.offers_draw) THEN stored.collected_at END AS draws_at
  FROM stored
  GROUP BY stored.match_id, stored.collected_at
),

ordered AS MATERIALIZED (
  SELECT
    moments.match_id,
    moments.match,
    moments.league,
    moments.collected_at,
    moments.known_kick_off,
    moments.bookmakers,
    last_value(moments.known_kick_off) OVER whole AS kick_off,
    lag(moments.collected_at) OVER course AS previous_at,
    lead(moments.collected_at) OVER course AS next_at,
    first_value(moments.collected_at) OVER within AS began_at,
    max(moments.draws_at) OVER course AS match_draws_at,
    max(moments.draws_at) OVER (PARTITION BY moments.league ORDER BY moments.collected_at) AS league_draws_at
  FROM moments
  {{ taken_for_many }}
  WINDOW
    course AS (PARTITION BY moments.match_id ORDER BY moments.collected_at),
    within AS (
      PARTITION BY moments.match_id ORDER BY moments.collected_at
      RANGE BETWEEN INTERVAL '{{ settings.collection.same_seconds - 0.000001 }} seconds' PRECEDING AND CURRENT ROW
    ),
    whole AS (
      PARTITION BY moments.match_id ORDER BY moments.collected_at
      RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),

-- Only where rows of a match come closer together than a collection may last, they have to be put together.
crowded AS MATERIALIZED (
  SELECT
    ordered.match_id,
    ordered.collected_at AS seen_at,
    {{ bucket | replace("%s", "ordered.collected_at") }} AS bucket
  FROM ordered
  WHERE ordered.previous_at > ordered.collected_at - {{ same }}
),

-- Rows at which, before or after which another came as closely.
close_rows AS (
  SELECT
    ordered.match_id,
    ordered.collected_at
  FROM ordered
  WHERE
    ordered.previous_at > ordered.collected_at - {{ same }}
    OR ordered.next_at < ordered.collected_at + {{ same }}
  GROUP BY ordered.match_id, ordered.collected_at
),

crowd AS MATERIALIZED (
  SELECT
    crowded.match_id,
    crowded.seen_at,
    stored.bookmaker,
    {% for outcome in outcomes %}
    (array_agg(stored.{{ outcome }}_price ORDER BY stored.collected_at DESC) FILTER (WHERE stored.names_{{ outcome }}))[1] AS {{ outcome }}_price,
    {% endfor %}
    max(stored.collected_at) AS collected_at
  FROM crowded
  INNER JOIN (
    SELECT
      stored.match_id,
      stored.bookmaker,
      {% for outcome in outcomes %}
      stored.{{ outcome }}_price,
      stored.names_{{ outcome }},
      {% endfor %}
      stored.collected_at,
      {{ bucket | replace("%s", "stored.collected_at") }} + steps.step AS bucket
    FROM stored
    INNER JOIN close_rows ON stored.match_id = close_rows.match_id AND stored.collected_at = close_rows.collected_at
    CROSS JOIN (VALUES (0), (1)) AS steps (step)
  ) AS stored
    ON
      crowded.match_id = stored.match_id
      AND crowded.bucket = stored.bucket
      AND crowded.seen_at >= stored.collected_at
      AND crowded.seen_at - {{ same }} < stored.collected_at
  GROUP BY crowded.match_id, crowded.seen_at, stored.bookmaker
),

sizes AS (
  SELECT
    crowd.match_id,
    crowd.seen_at,
    count(*) AS bookmakers
  FROM crowd
  GROUP BY crowd.match_id, crowd.seen_at
),

counted AS (
  SELECT
    sized.match_id,
    sized.match,
    sized.league,
    sized.collected_at,
    sized.known_kick_off,
    sized.kick_off,
    sized.next_at,
    sized.began_at,
    sized.match_draws_at,
    sized.league_draws_at,
    sized.is_crowded,
    sized.held,
    max(CASE WHEN sized.is_last THEN sized.held END) OVER burst_before AS held_before,
    max(CASE WHEN sized.is_last THEN sized.collected_at END) OVER burst_before AS ended_before
  FROM (
    SELECT
      ordered.match_id,
      ordered.match,
      ordered.league,
      ordered.collected_at,
      ordered.known_kick_off,
      ordered.kick_off,
      ordered.next_at,
      ordered.began_at,
      ordered.match_draws_at,
      ordered.league_draws_at,
      -- Rows that come without a pause are one burst; its last row is the one before that of the next.
      ordered.next_at > ordered.collected_at + {{ quiet }} AS is_last,
      count(*) FILTER (WHERE ordered.next_at > ordered.collected_at + {{ quiet }}) OVER earlier AS burst,
      sizes.bookmakers IS NOT NULL AS is_crowded,
      coalesce(sizes.bookmakers, ordered.bookmakers) AS held
    FROM ordered
    LEFT JOIN sizes ON ordered.match_id = sizes.match_id AND ordered.collected_at = sizes.seen_at
    WINDOW earlier AS (
      PARTITION BY ordered.match_id ORDER BY ordered.collected_at
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
  ) AS sized
  WINDOW burst_before AS (PARTITION BY sized.match_id ORDER BY sized.burst GROUPS BETWEEN 1 PRECEDING AND 1 PRECEDING)
),

collections AS MATERIALIZED (
  SELECT
    row_number() OVER () AS lot,
    whole.match_id,
    whole.match,
    whole.league,
    whole.kick_off,
    whole.collected_at AS seen_at,
    whole.is_crowded,
    whole.collected_at = max(whole.collected_at) FILTER (WHERE whole.collected_at < whole.kick_off) OVER (PARTITION BY whole.match_id)
    AND whole.collected_at > whole.kick_off - {{ close }} AS is_close,
    CASE
      WHEN whole.match_draws_at > whole.collected_at - {{ look_back }} THEN true
      WHEN whole.league_draws_at > whole.collected_at - {{ look_back }} THEN NULL
      ELSE false
    END AS has_draw
  FROM counted AS whole
  WHERE
    whole.known_kick_off > whole.collected_at
    AND whole.kick_off > {{ begin }}
    AND whole.kick_off <= {{ at }}
    AND (
      -- Quiet for long enough,
      coalesce(whole.next_at, {{ at }}) > whole.collected_at + {{ quiet }}
      -- as large as the one before,
      OR whole.held >= CASE WHEN whole.ended_before > whole.collected_at - {{ look_back }} THEN whole.held_before END
      -- or a first one that came at once.
      OR (
        (whole.ended_before IS NULL OR whole.ended_before <= whole.collected_at - {{ look_back }})
        AND whole.began_at = whole.collected_at
      )
    )
)

SELECT
  collections.lot,
  collections.match_id,
  collections.match,
  collections.league,
  collections.kick_off,
  collections.seen_at,
  coalesce(collections.is_close, false) AS is_close,
  books.bookmaker,
  {% for outcome in outcomes %}
  books.{{ outcome }}_price::double precision AS {{ outcome }}_price,
  {% endfor %}
  collections.has_draw,
  books.collected_at
FROM collections
INNER JOIN (
  SELECT
    stored.match_id,
    stored.collected_at AS seen_at,
    false AS is_crowded,
    stored.bookmaker,
    {% for outcome in outcomes %}
    {{ ("max(stored." ~ outcome ~ "_price)") if per_outcome else ("stored." ~ outcome ~ "_price") }} AS {{ outcome }}_price,
    {% endfor %}
    stored.collected_at
  FROM stored
  {% if per_outcome %}
  GROUP BY stored.match_id, stored.collected_at, stored.bookmaker
  {% endif %}
  UNION ALL
  SELECT
    crowd.match_id,
    crowd.seen_at,
    true AS is_crowded,
    crowd.bookmaker,
    {% for outcome in outcomes %}
    crowd.{{ outcome }}_price,
    {% endfor %}
    crowd.collected_at
  FROM crowd
) AS books
  ON
    collections.match_id = books.match_id
    AND collections.seen_at = books.seen_at
    AND collections.is_crowded = books.is_crowded
{{ taken_for_many }}
