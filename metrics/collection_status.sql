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
--   prices"); where there is neither, age counts from the first attempt, or is `collection.forget_league_after`. State is
--   ok, late beyond `collection.late_after_intervals`, stuck beyond twice that. A league further behind the others than
--   `collection.forget_league_after`, and not tried any more, is over and left out; when all are behind none is.
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
      coalesce(
        extract(EPOCH FROM {{ now }} - coalesce(known.last_collection, known.first_attempt)),
        {{ settings.collection.forget_seconds }}
      ),
      0
    )::double precision AS age,
    count(collection_log.collected_at) AS failures_in_a_row,
    greatest(known.last_collection, known.last_attempt) AS last_sign,
    max(greatest(known.last_collection, known.last_attempt)) OVER () AS last_sign_of_any
  FROM (
    SELECT
      named.league,
      logged.first_attempt,
      logged.last_attempt,
      greatest(logged.last_success, priced_leagues.last_price) AS last_collection
    FROM (
      SELECT leagues.league
      FROM {{ ref("leagues") }}
      UNION
      SELECT collection_log.league
      FROM {{ ref("collection_log") }}
      WHERE collection_log.league IS NOT NULL
    ) AS named
    LEFT JOIN (
      SELECT
        collection_log.league,
        min(collection_log.collected_at) AS first_attempt,
        max(collection_log.collected_at) AS last_attempt,
        max(collection_log.collected_at) FILTER (WHERE collection_log.succeeded) AS last_success
      FROM {{ ref("collection_log") }}
      GROUP BY collection_log.league
    ) AS logged ON named.league = logged.league
    LEFT JOIN {{ ref("priced_leagues") }}
      ON named.league = priced_leagues.league
  ) AS known
  LEFT JOIN {{ ref("collection_log") }}
    ON
      known.league = collection_log.league
      AND NOT collection_log.succeeded
      AND collection_log.collected_at > coalesce(known.last_collection, '-infinity')
  GROUP BY known.league, known.last_collection, known.first_attempt, known.last_attempt
) AS watched
WHERE
  watched.last_sign_of_any IS NULL
  OR watched.last_sign > watched.last_sign_of_any - interval '{{ settings.collection.forget_seconds }} seconds'
