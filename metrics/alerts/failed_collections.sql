-- Failed collections
-- Grain: one row per league that is being collected
-- Group: collector
-- Fires: value >= alerts.failed_collections.threshold
-- Panel: health / errors
-- Returns:
--   league: text, text, League id
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, count, Failures in a row
-- Notes: The league is the identity of the alert. A success, or a stored price, ends the row of failures.
SELECT
  collection_status.league,
  collection_status.failures_in_a_row || ' failed collections in a row · ' || collection_status.league_name AS subject,
  concat_ws(
    E'\n',
    'League: ' || collection_status.league_name,
    'Failures in a row: ' || collection_status.failures_in_a_row,
    'Last error: ' || coalesce(left(failed.error, 500), 'not said'),
    'Last collection: ' || coalesce({{ moment_text("collection_status.last_collection") }}, 'none known')
  ) AS body,
  collection_status.failures_in_a_row::double precision AS value
FROM {{ ref("collection_status") }}
LEFT JOIN (
  SELECT DISTINCT ON (collection_log.league)
    collection_log.league,
    coalesce(collection_log.error, collection_log.status) AS error
  FROM {{ ref("collection_log") }}
  WHERE
    NOT collection_log.succeeded
    AND collection_log.collected_at > (
      SELECT max(collection_log.collected_at) FROM {{ ref("collection_log") }}
    ) - interval '{{ settings.collection.forget_seconds }} seconds'
  ORDER BY collection_log.league, collection_log.collected_at DESC
) AS failed ON collection_status.league = failed.league AND collection_status.failures_in_a_row > 0
