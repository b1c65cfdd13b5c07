-- Collections as states
-- Question: when did collections fail, or come late?
-- Grain: one row per league and moment of the time range at which any league's state changes, and its end
-- Returns:
--   time: timestamp, time, Time
--   league: text, text, League
--   league_name: text, text, League
--   state: bigint, number, State
-- Notes: State is 1 after a success, 0 after a failure, and 2 (late) from `collection.late_after_intervals` after the last
--   collection until the next. From the log. Every league has a row at each of the moments: a chart would take a missing
--   one for an unknown state. Without any collection one row without a state says so.
{% set start = "$__timeFrom()::" ~ moment_type %}
{% set end = "least($__timeTo()::" ~ moment_type ~ ", " ~ now ~ ")" %}
{% set late = "interval '" ~ settings.collection.late_seconds ~ " seconds'" %}
WITH changes AS MATERIALIZED (
  SELECT
    compared.time,
    compared.league,
    compared.state,
    lead(compared.time, 1, 'infinity') OVER (PARTITION BY compared.league ORDER BY compared.time) AS until
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
  ) AS compared
  WHERE compared.state IS DISTINCT FROM compared.state_before
)

SELECT
  moments.time,
  changes.league,
  {{ league_name("changes.league") }} AS league_name,
  changes.state
FROM (
  SELECT changes.time
  FROM changes
  UNION
  SELECT {{ end }}
) AS moments
INNER JOIN changes ON moments.time >= changes.time AND moments.time < changes.until
UNION ALL
SELECT {{ end }}, NULL, 'No collections logged', NULL
WHERE NOT EXISTS (SELECT 1 AS one FROM changes)
