-- Suspicious price
-- Grain: one row per match whose best prices would guarantee too much
-- Group: market
-- Fires: value > alerts.suspicious_price.threshold_pct
-- Panel: opportunities / surebets
-- Returns:
--   match_id: text, text, Match id
--   league: text, text, League id
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, percent, Profit
-- Notes: The match is the identity of the alert. No gap between beginning and end: at or below the limit it is a surebet,
--   and must not be both.
SELECT
  surebets.match_id,
  surebets.league,
  concat_ws(
    ' · ',
    'Suspicious price: ' || round(surebets.profit_pct) || ' % profit',
    surebets.match,
    surebets.league_name,
    {{ day_text("surebets.kick_off") }}
  ) AS subject,
  concat_ws(
    E'\n',
    'Match: ' || surebets.match,
    'League: ' || surebets.league_name,
    'Profit: ' || to_char(surebets.profit_pct, 'FM9999999990.0') || ' %, which no market gives away',
    'Doubts: ' || surebets.suspicious,
    {% for outcome in ["home", "draw", "away"] %}
    'Best {{ outcome }}: ' || to_char(surebets.{{ outcome }}_price, 'FM9999999990.00') || ' at ' || surebets.{{ outcome }}_bookmaker
    || ', seen ' || {{ duration_text("surebets." ~ outcome ~ "_age") }} || ' ago',
    {% endfor %}
    'Bookmakers: ' || surebets.bookmakers,
    'Kick-off: ' || {{ moment_text("surebets.kick_off") }} || ', in '
    || {{ duration_text("extract(EPOCH FROM surebets.kick_off - " ~ now ~ ")") }},
    'Your bets: ' || open_bet_notes.note
  ) AS body,
  surebets.profit_pct AS value
FROM {{ ref("surebets") }}
LEFT JOIN {{ ref("open_bet_notes") }} ON surebets.match_id = open_bet_notes.match_id
WHERE surebets.profit_pct > {{ settings.alerts.suspicious_price.threshold_pct }}
