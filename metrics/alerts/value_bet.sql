-- Value bet
-- Grain: one row per match and outcome with an offer that no guard doubts and that has not fallen below the clearing value
-- Group: signals
-- Fires: value >= value.min_ev_pct, until value < value.clear_ev_pct
-- Panel: opportunities / value-bets
-- Record: proof
-- Returns:
--   match_id: text, text, Match id
--   league: text, text, League id
--   outcome: text, text, Outcome
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, percent, Value
-- Parameters: at (the moment)
-- Notes: Match, league and outcome are the identity of the alert: when another bookmaker takes the lead, or the price moves,
--   it stays the same one. Between the two limits it goes on, and its texts invite no bet any more.
{% set fallen = "value_bets.ev_pct < " ~ settings.value.min_ev_pct %}
SELECT
  value_bets.match_id,
  value_bets.league,
  value_bets.outcome,
  concat_ws(
    ' · ',
    CASE WHEN {{ fallen }} THEN 'Value fallen to ' ELSE 'Value ' END || {{ signed("value_bets.ev_pct") }} || ' %',
    value_bets.bet,
    value_bets.match,
    value_bets.league_name,
    {{ day_text("value_bets.kick_off") }}
  ) AS subject,
  concat_ws(
    E'\n',
    'Match: ' || value_bets.match,
    'Bet: ' || value_bets.bet,
    CASE
      WHEN value_bets.net_price < value_bets.price
        THEN 'After commission: ' || to_char(value_bets.net_price, 'FM9999999990.00')
    END,
    'Fair price: ' || to_char(value_bets.fair_price, 'FM9999999990.00') || ' by ' || value_bets.fair_from,
    'Value: ' || {{ signed("value_bets.ev_pct") }} || ' % of the stake; by all others ' || {{ signed("value_bets.others_ev_pct") }} || ' %',
    CASE WHEN {{ fallen }} THEN 'Worth a bet again from: ' ELSE 'Worth it down to: ' END || to_char(value_bets.price_down_to, 'FM9999999990.00')
    || coalesce('; the next best price is ' || to_char(value_bets.next_price, 'FM9999999990.00'), ''),
    CASE
      WHEN NOT {{ fallen }}
        THEN
          'Stake at most: ' || to_char(value_bets.stake, 'FM9999999990.00') || '; at the lowest price '
          || to_char(value_bets.stake_down_to, 'FM9999999990.00')
    END,
    'Price: seen ' || {{ duration_text("value_bets.age") }} || ' ago, of ' || value_bets.bookmakers || ' bookmakers',
    'Kick-off: ' || {{ moment_text("value_bets.kick_off") }} || ', in '
    || {{ duration_text("extract(EPOCH FROM value_bets.kick_off - " ~ at ~ ")") }},
    'Your bets: ' || open_bet_notes.note
  ) AS body,
  value_bets.ev_pct AS value
FROM {{ ref("value_bets", least=(settings.value.clear_ev_pct / 100) | string) }}
LEFT JOIN {{ ref("open_bet_notes") }} ON value_bets.match_id = open_bet_notes.match_id
WHERE value_bets.doubt IS NULL
