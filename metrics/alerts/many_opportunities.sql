-- Many opportunities
-- Grain: one row
-- Group: market
-- Fires: value > alerts.many_opportunities.threshold, until value < alerts.many_opportunities.clear
-- Panel: opportunities / count
-- Returns:
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, count, Opportunities
-- Notes: There is one such alert, so it has no identity of its own.
SELECT
  counted.opportunities || ' opportunities now' || coalesce(' · the widest ' || round(counted.widest_pct) || ' %', '') AS subject,
  concat_ws(
    E'\n',
    'Opportunities: ' || counted.opportunities || ' outcomes of ' || counted.matches || ' matches',
    'Widest: ' || to_char(counted.widest_pct, 'FM9999999990.0') || ' % · ' || counted.widest,
    'Leagues: ' || counted.leagues
  ) AS body,
  counted.opportunities::double precision AS value
FROM (
  SELECT
    coalesce(sum(by_league.opportunities), 0)::bigint AS opportunities,
    coalesce(sum(by_league.matches), 0)::bigint AS matches,
    max(by_league.widest_pct) AS widest_pct,
    (array_agg(by_league.widest ORDER BY by_league.widest_pct DESC, by_league.widest))[1] AS widest,
    string_agg(
      by_league.league_name || ' ' || by_league.opportunities, ', ' ORDER BY by_league.opportunities DESC, by_league.league_name
    ) AS leagues
  FROM (
    SELECT
      current_opportunities.league_name,
      count(*) AS opportunities,
      count(DISTINCT current_opportunities.match_id) AS matches,
      max(current_opportunities.spread_pct) AS widest_pct,
      (
        array_agg(
          current_opportunities.match || ', ' || current_opportunities.outcome
          ORDER BY current_opportunities.spread_pct DESC, current_opportunities.match, current_opportunities.outcome
        )
      )[1] AS widest
    FROM {{ ref("current_opportunities", counted="true") }}
    GROUP BY current_opportunities.league_name
  ) AS by_league
) AS counted
