-- Log of collections
-- Grain: one row per collection of a league
-- Returns:
--   league: text, text, League
--   collected_at: timestamp, time, Collected
--   succeeded: boolean, text, Succeeded
--   status: text, text, Status
--   matches: bigint, count, Matches
--   prices_stored: bigint, count, Prices stored
--   opportunities: bigint, count, Opportunities
--   requests_left: bigint, count, Requests left
--   duration: double precision, duration, Duration
--   error: text, text, Error
-- Notes: Succeeded when the status is one of `tables.collections.success`, in capitals or not.
{% set c = collections.columns %}
SELECT
  l.{{ c.league }}::text AS league,
  l.{{ c.collected_at }} AS collected_at,
  coalesce({{ is_one_of("l." ~ c.status ~ "::text", collections.success) }}, false) AS succeeded,
  l.{{ c.status }}::text AS status,
  l.{{ c.matches }}::bigint AS matches,
  l.{{ c.prices_stored }}::bigint AS prices_stored,
  l.{{ c.opportunities }}::bigint AS opportunities,
  l.{{ c.requests_left }}::bigint AS requests_left,
  l.{{ c.duration }}::double precision AS duration,
  l.{{ c.error }}::text AS error
FROM {{ collections.table }} AS l
WHERE l.{{ c.collected_at }} IS NOT NULL
