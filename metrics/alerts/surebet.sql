-- Surebet
-- Grain: one row per match with a believable guaranteed profit that has not fallen below the clearing value
-- Group: signals
-- Fires: value >= alerts.surebet.threshold_pct, until value < alerts.surebet.clear_pct
-- Panel: opportunities / surebets
-- Record: proof
-- Returns:
--   match_id: text, text, Match id
--   league: text, text, League id
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, percent, Profit
-- Notes: The match is the identity of the alert. Believable is what "Surebets" finds no reason to doubt: no stale leg, no
--   profit that is too good, more than one bookmaker.
{% set alert = settings.alerts.surebet %}
SELECT
  surebets.match_id,
  surebets.league,
  concat_ws(
    ' · ',
    'Surebet ' || to_char(surebets.profit_pct, 'FM9999999990.0') || ' %',
    surebets.match,
    surebets.league_name,
    {{ day_text("surebets.kick_off") }}
  ) AS subject,
  concat_ws(
    E'\n',
    'Match: ' || surebets.match,
    'League: ' || surebets.league_name,
    'Profit: ' || to_char(surebets.profit_pct, 'FM9999999990.00') || ' % whatever the result: '
    || to_char(100 + surebets.profit_pct, 'FM9999999990.00') || ' back for 100',
    {% for outcome in ["home", "draw", "away"] %}
    'Stake {{ outcome }}: ' || to_char(surebets.{{ outcome }}_stake, 'FM9999999990.00') || ' at ' || surebets.{{ outcome }}_bookmaker
    || ', price ' || to_char(surebets.{{ outcome }}_price, 'FM9999999990.00') || ', seen ' || {{ duration_text("surebets." ~ outcome ~ "_age") }} || ' ago',
    {% endfor %}
    'Bookmakers: ' || surebets.bookmakers,
    'Kick-off: ' || {{ moment_text("surebets.kick_off") }} || ', in '
    || {{ duration_text("extract(EPOCH FROM surebets.kick_off - " ~ now ~ ")") }},
    'Your bets: ' || open_bet_notes.note
  ) AS body,
  surebets.profit_pct AS value
FROM {{ ref("surebets") }}
LEFT JOIN {{ ref("open_bet_notes") }} ON surebets.match_id = open_bet_notes.match_id
WHERE
  surebets.profit_pct >= {{ alert.clear_pct }}
  AND surebets.profit_pct <= {{ settings.alerts.suspicious_price.threshold_pct }}
  AND surebets.bookmakers >= {{ alert.min_bookmakers }}
  AND surebets.suspicious IS NULL
