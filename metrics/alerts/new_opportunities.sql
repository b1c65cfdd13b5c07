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
SELECT
  counted.opportunities || ' new opportunities' || coalesce(' · the widest ' || round(counted.widest_pct) || ' %', '') AS subject,
  concat_ws(
    E'\n',
    'New: ' || counted.opportunities || ' outcomes of ' || counted.matches || ' matches',
    'Widest: ' || to_char(counted.widest_pct, 'FM9999999990.0') || ' % · ' || counted.widest,
    'Collected: ' || {{ moment_text("counted.collected_at") }}
  ) AS body,
  counted.opportunities::double precision AS value
FROM (
  SELECT
    count(found.match_id) AS opportunities,
    count(DISTINCT found.match_id) AS matches,
    max(found.spread_pct) AS widest_pct,
    (array_agg(found.match || ', ' || found.outcome ORDER BY found.spread_pct DESC, found.match, found.outcome))[1] AS widest,
    max(last.collected_at) AS collected_at
  FROM (
    SELECT least(max(p.{{ prices.columns.collected_at }}), {{ now }}) AS collected_at
    FROM {{ prices.table }} AS p
  ) AS last
  LEFT JOIN LATERAL (
    SELECT
      wide_spreads.match_id,
      wide_spreads.match,
      wide_spreads.outcome,
      wide_spreads.spread_pct
    FROM {{ ref("wide_spreads") }}
    LEFT JOIN (
      SELECT
        wide_spreads.match_id,
        wide_spreads.outcome
      FROM {{ ref("wide_spreads", at="(last.collected_at - " ~ half ~ ")") }}
    ) AS before ON wide_spreads.match_id = before.match_id AND wide_spreads.outcome = before.outcome
    WHERE before.match_id IS NULL
  ) AS found ON last.collected_at > {{ now }} - {{ half }}
) AS counted
