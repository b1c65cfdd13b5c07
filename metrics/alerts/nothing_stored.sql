-- Nothing stored
-- Grain: one row per league that was collected lately
-- Group: collector
-- Fires: value >= alerts.nothing_stored.threshold
-- Panel: health / stored
-- Returns:
--   league: text, text, League id
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, count, Successful collections in a row that left no price
-- Notes: The league is the identity of the alert. A collection left no price when the table has none of that league in the
--   half interval before it was logged, or later. Collections that found no match have nothing to store. How far back is
--   looked depends on the threshold alone.
{% set alert = settings.alerts.nothing_stored %}
{% set c = prices.columns %}
{% set interval = settings.collection.interval_seconds %}
{% set lookback = interval * (alert.threshold + 2) %}
SELECT
  counted.league,
  counted.collections || ' collections stored nothing · ' || {{ league_name("counted.league") }} AS subject,
  concat_ws(
    E'\n',
    'League: ' || {{ league_name("counted.league") }},
    'Last collection: ' || {{ moment_text("counted.last_collection") }} || ', logged as a success',
    'It logged: ' || coalesce(counted.prices_logged || ' prices stored', 'nothing about prices'),
    'Last price: ' || coalesce({{ moment_text("counted.last_price") }}, 'none in ' || {{ duration_text(lookback | string) }})
  ) AS body,
  counted.collections::double precision AS value
FROM (
  SELECT
    collection_log.league,
    count(*) FILTER (
      WHERE
      coalesce(collection_log.matches, 1) > 0
      AND (stored.last_price IS NULL OR collection_log.collected_at > stored.last_price + interval '{{ interval / 2 }} seconds')
    ) AS collections,
    max(collection_log.collected_at) AS last_collection,
    (array_agg(collection_log.prices_stored ORDER BY collection_log.collected_at DESC))[1] AS prices_logged,
    max(stored.last_price) AS last_price
  FROM {{ ref("collection_log") }}
  LEFT JOIN (
    SELECT
      p.{{ c.league }}::text AS league,
      max(p.{{ c.collected_at }}) AS last_price
    FROM {{ prices.table }} AS p
    WHERE p.{{ c.collected_at }} > {{ now }} - interval '{{ lookback }} seconds'
    GROUP BY p.{{ c.league }}
  ) AS stored ON collection_log.league = stored.league
  WHERE
    collection_log.succeeded
    AND collection_log.league IS NOT NULL
    AND collection_log.collected_at > {{ now }} - interval '{{ lookback }} seconds'
  GROUP BY collection_log.league
) AS counted
