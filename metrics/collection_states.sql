-- Collections as states
-- Question: when did collections fail, or come late?
-- Grain: one row per league and change of its state in the time range
-- Returns:
--   time: timestamp, time, Time
--   league: text, text, League
--   league_name: text, text, League
--   state: bigint, number, State
-- Notes: State is 1 after a success, 0 after a failure, and 2 (late) from `collection.late_after_intervals` after the last
--   collection until the next. From the log.
{% set start = "$__timeFrom()::" ~ moment_type %}
{% set end = "least($__timeTo()::" ~ moment_type ~ ", " ~ now ~ ")" %}
{% set late = "interval '" ~ settings.collection.late_seconds ~ " seconds'" %}
SELECT
  changes.time,
  changes.league,
  {{ league_name("changes.league") }} AS league_name,
  changes.state
FROM (
  SELECT
    greatest(states.time, {{ start }}) AS time,
    states.league,
    states.state,
    lag(states.state) OVER (PARTITION BY states.league ORDER BY states.time) AS state_before
  FROM (
    SELECT
      phases.league,
      phases.time,
      phases.state,
      lead(phases.time, 1, {{ end }}) OVER (PARTITION BY phases.league ORDER BY phases.time) AS until
    FROM (
      SELECT
        events.league,
        phase.time,
        phase.state
      FROM (
        SELECT
          collection_log.league,
          collection_log.collected_at,
          collection_log.succeeded,
          lead(collection_log.collected_at, 1, {{ end }})
            OVER (PARTITION BY collection_log.league ORDER BY collection_log.collected_at) AS following
        FROM {{ ref("collection_log") }}
        WHERE
          -- What came before the range tells the state at its beginning.
          collection_log.collected_at > {{ start }} - interval '{{ settings.collection.forget_seconds }} seconds'
          AND collection_log.collected_at <= {{ end }}
      ) AS events
      CROSS JOIN LATERAL (
        VALUES
        (events.collected_at, CASE WHEN events.succeeded THEN 1 ELSE 0 END::bigint),
        (events.collected_at + {{ late }}, 2::bigint)
      ) AS phase (time, state)
      WHERE phase.state < 2 OR phase.time < events.following
    ) AS phases
  ) AS states
  WHERE states.until > {{ start }}
) AS changes
WHERE changes.state IS DISTINCT FROM changes.state_before
