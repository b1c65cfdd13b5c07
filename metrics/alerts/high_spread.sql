-- High spread
-- Grain: one row per match and outcome whose spread has not fallen below the clearing value
-- Group: signals
-- Fires: value >= alerts.high_spread.threshold_pct, until value < alerts.high_spread.clear_pct
-- Panel: opportunities / opportunities
-- Record: proof
-- Returns:
--   match_id: text, text, Match id
--   league: text, text, League id
--   outcome: text, text, Outcome
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, percent, Spread
-- Notes: Match, league and outcome are the identity of the alert; the texts change with the prices.
SELECT
  current_opportunities.match_id,
  current_opportunities.league,
  current_opportunities.outcome,
  concat_ws(
    ' · ',
    'Spread ' || round(current_opportunities.spread_pct) || ' %',
    current_opportunities.match || ', ' || current_opportunities.outcome,
    current_opportunities.league_name,
    {{ day_text("current_opportunities.kick_off") }}
  ) AS subject,
  concat_ws(
    E'\n',
    'Match: ' || current_opportunities.match,
    'Outcome: ' || current_opportunities.outcome,
    'League: ' || current_opportunities.league_name,
    'Best price: ' || to_char(current_opportunities.best_price, 'FM9999999990.00') || coalesce(' at ' || current_opportunities.best_bookmaker, ''),
    'Worst price: ' || to_char(current_opportunities.worst_price, 'FM9999999990.00') || coalesce(' at ' || current_opportunities.worst_bookmaker, ''),
    'Best price is worth: ' || coalesce(
      {{ signed("current_opportunities.worth_pct") }} || ' %: fair '
      || to_char(current_opportunities.fair_price, 'FM9999999990.00') || ' by ' || current_opportunities.fair_from,
      'not known'
    ),
    'The odd one out: the ' || current_opportunities.odd_one || ' price',
    'Spread: ' || to_char(current_opportunities.spread_pct, 'FM9999999990.0') || ' % over ' || current_opportunities.bookmakers || ' bookmakers',
    'Prices: at most ' || {{ duration_text("current_opportunities.age") }} || ' old',
    'Kick-off: ' || {{ moment_text("current_opportunities.kick_off") }} || ', in '
    || {{ duration_text("extract(EPOCH FROM current_opportunities.kick_off - " ~ now ~ ")") }},
    'Your bets: ' || open_bet_notes.note
  ) AS body,
  current_opportunities.spread_pct AS value
FROM {{ ref("current_opportunities", least=settings.alerts.high_spread.clear_pct | string) }}
LEFT JOIN {{ ref("open_bet_notes") }} ON current_opportunities.match_id = open_bet_notes.match_id
WHERE current_opportunities.spread_pct >= {{ settings.alerts.high_spread.clear_pct }}
