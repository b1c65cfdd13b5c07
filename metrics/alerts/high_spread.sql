-- High spread
-- Grain: one row per match and outcome whose spread has not fallen below the clearing value
-- Returns:
--   match_id: text, text, Match id
--   league: text, text, League
--   outcome: text, text, Outcome
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   rank: text, number, Position in a mail of several
--   value: double precision, percent, Spread
-- Notes: Match, league and outcome are the identity of the alert; the texts change with the prices.
{% set alert = settings.alerts.high_spread %}
SELECT
  current_opportunities.match_id,
  current_opportunities.league,
  current_opportunities.outcome,
  format(
    'Spread %s %% · %s, %s · %s · %s',
    round(current_opportunities.spread_pct), current_opportunities.match, current_opportunities.outcome, {{ league_name("current_opportunities.league") }},
    to_char({{ local("current_opportunities.kick_off") }}, 'Dy HH24:MI')
  ) AS subject,
  concat_ws(
    E'\n',
    current_opportunities.match || ', ' || current_opportunities.outcome,
    {{ league_name("current_opportunities.league") }},
    'Best price ' || to_char(current_opportunities.best_price, 'FM9990.00') || coalesce(' at ' || current_opportunities.best_bookmaker, ''),
    'Worst price ' || to_char(current_opportunities.worst_price, 'FM9990.00') || coalesce(' at ' || current_opportunities.worst_bookmaker, ''),
    'Spread ' || to_char(current_opportunities.spread_pct, 'FM999990.0') || ' % over ' || current_opportunities.bookmakers || ' bookmakers',
    'Prices at most ' || {{ duration_text("current_opportunities.age") }} || ' old',
    'Kick-off ' || to_char({{ local("current_opportunities.kick_off") }}, 'Dy DD Mon YYYY HH24:MI') || ' {{ settings.time_zone }}, in '
    || {{ duration_text("extract(EPOCH FROM current_opportunities.kick_off - " ~ at ~ ")") }}
  ) AS body,
  row_number() OVER (PARTITION BY current_opportunities.league ORDER BY current_opportunities.spread_pct DESC, current_opportunities.match_id, current_opportunities.outcome)::text AS rank,
  current_opportunities.spread_pct AS value
FROM {{ ref("current_opportunities") }}
WHERE current_opportunities.spread_pct >= {{ alert.clear_pct }}
