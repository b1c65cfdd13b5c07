-- Time since the last collection
-- Question: is a collector stuck?
-- Grain: one row per league that is being collected
-- Returns:
--   league: text, text, League
--   league_name: text, text, League
--   last_collection: timestamp, time, Last collection
--   age: double precision, duration, Age
--   expected: double precision, duration, Expected every
--   failures_in_a_row: bigint, count, Failures in a row
--   state: text, text, State
-- Notes: The last collection is the later of the last success in the log and the league's last price ("Leagues with
--   prices"); where there is neither, age counts from the first attempt. State is ok, late beyond
--   `collection.late_after_intervals`, stuck beyond twice that. The log is read as far back from its newest row as
--   `collection.forget_league_after`: a league that was not tried since is over and left out; when all are behind none is. One
--   that the log does not know is gone three late spans after its last price.
WITH log AS MATERIALIZED (
  SELECT
    collection_log.league,
    collection_log.collected_at,
    collection_log.succeeded
  FROM {{ ref("collection_log") }}
  WHERE
    collection_log.league IS NOT NULL
    AND collection_log.collected_at > (
      SELECT max(collection_log.collected_at) FROM {{ ref("collection_log") }}
    ) - interval '{{ settings.collection.forget_seconds }} seconds'
)

SELECT
  watched.league,
  {{ league_name("watched.league") }} AS league_name,
  watched.last_collection,
  watched.age,
  {{ settings.collection.interval_seconds }}::double precision AS expected,
  watched.failures_in_a_row,
  CASE
    WHEN watched.age > {{ settings.collection.stuck_seconds }} THEN 'stuck'
    WHEN watched.age > {{ settings.collection.late_seconds }} THEN 'late'
    ELSE 'ok'
  END AS state
FROM (
  SELECT
    known.league,
    known.last_collection,
    greatest(
      extract(EPOCH FROM {{ now }} - coalesce(known.last_collection, known.first_attempt)),
      0
    )::double precision AS age,
    count(log.collected_at) AS failures_in_a_row,
    greatest(known.last_collection, known.last_attempt) AS last_sign,
    max(greatest(known.last_collection, known.last_attempt)) OVER () AS last_sign_of_any
  FROM (
    SELECT
      signs.league,
      min(signs.attempt) AS first_attempt,
      max(signs.attempt) AS last_attempt,
      max(signs.collection) AS last_collection
    FROM (
      SELECT
        priced_leagues.league,
        NULL::{{ moment_type }} AS attempt,
        priced_leagues.last_price AS collection
      FROM {{ ref("priced_leagues") }}
      UNION ALL
      SELECT
        log.league,
        log.collected_at AS attempt,
        CASE WHEN log.succeeded THEN log.collected_at END AS collection
      FROM log
    ) AS signs
    GROUP BY signs.league
  ) AS known
  LEFT JOIN log
    ON
      known.league = log.league
      AND NOT log.succeeded
      AND log.collected_at > coalesce(known.last_collection, '-infinity')
  GROUP BY known.league, known.last_collection, known.first_attempt, known.last_attempt
) AS watched
WHERE
  watched.last_sign_of_any IS NULL
  OR watched.last_sign > watched.last_sign_of_any - interval '{{ settings.collection.forget_seconds }} seconds'
