-- New opportunities
-- Grain: one row
-- Group: market
-- Fires: value > alerts.new_opportunities.threshold
-- Panel: opportunities / over-time
-- Returns:
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, count, New opportunities
-- Notes: New is what was no opportunity half a collection interval before the last collection, that is after the one before
--   it. It stays new for half an interval, so that the next collection can bring a mail of its own. Always from the prices:
--   a view has no past. No gap between beginning and end: the number changes with a collection only, and then it is
--   another number.
{% set half = "interval '" ~ settings.collection.interval_seconds / 2 ~ " seconds'" %}
{% set c = prices.columns %}
WITH last AS MATERIALIZED (
  SELECT least(newest.collected_at, {{ now }}) AS collected_at
  FROM (
    SELECT max(p.{{ c.collected_at }}) AS collected_at
    FROM {{ prices.table }} AS p
    WHERE p.{{ c.collected_at }} > {{ now }} - interval '{{ settings.collection.lookback_seconds }} seconds'
  ) AS newest
  WHERE newest.collected_at IS NOT NULL
)

SELECT
  counted.opportunities || ' new opportunities' || coalesce(' · the widest ' || round(counted.widest_pct) || ' %', '') AS subject,
  concat_ws(
    E'\n',
    'New: ' || counted.opportunities || ' outcomes of ' || counted.matches || ' matches',
    'Widest: ' || to_char(counted.widest_pct, 'FM9999999990.0') || ' % · ' || counted.widest,
    'Collected: ' || {{ moment_text("(SELECT last.collected_at FROM last)") }}
  ) AS body,
  counted.opportunities::double precision AS value
FROM (
  SELECT
    count(*) AS opportunities,
    count(DISTINCT wide_spreads.match_id) AS matches,
    max(wide_spreads.spread_pct) AS widest_pct,
    (
      array_agg(
        wide_spreads.match || ', ' || wide_spreads.outcome
        ORDER BY wide_spreads.spread_pct DESC, wide_spreads.match, wide_spreads.outcome
      )
    )[1] AS widest
  FROM {{ ref("wide_spreads") }}
  LEFT JOIN (
    SELECT
      wide_spreads.match_id,
      wide_spreads.outcome
    FROM {{ ref("wide_spreads", at="(SELECT last.collected_at - " ~ half ~ " FROM last)") }}
  ) AS before ON wide_spreads.match_id = before.match_id AND wide_spreads.outcome = before.outcome
  WHERE
    before.match_id IS NULL
    AND (SELECT last.collected_at FROM last) > {{ now }} - {{ half }}
) AS counted
