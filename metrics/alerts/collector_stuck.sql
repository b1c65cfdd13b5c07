-- Collector stuck
-- Grain: one row per league that is being collected
-- Group: collector
-- Fires: value > collection.stuck_seconds
-- Panel: health / status
-- Returns:
--   league: text, text, League id
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, duration, Time since the last collection
SELECT
  collector_late.league,
  'Stuck: ' || collector_late.subject AS subject,
  collector_late.body,
  collector_late.value
FROM {{ ref("collector_late") }}
