-- Win rate low
-- Grain: one row, once enough bets are settled
-- Group: money
-- Fires: value < alerts.win_rate.threshold_pct, until value >= alerts.win_rate.clear_pct
-- Panel: performance / win-rate
-- Returns:
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, percent, Win rate
-- Notes: Void bets are neither won nor lost and do not count towards the minimum.
SELECT
  'Win rate ' || to_char(betting_summary.win_rate_pct, 'FM9999999990.0') || ' % · ' || betting_summary.won || ' of '
  || betting_summary.won + betting_summary.lost || ' bets won' AS subject,
  concat_ws(
    E'\n',
    'Win rate: ' || to_char(betting_summary.win_rate_pct, 'FM9999999990.0') || ' %, ' || betting_summary.won || ' won and '
    || betting_summary.lost || ' lost',
    'Yield: ' || to_char(betting_summary.yield_pct, 'FM9999999990.0') || ' %',
    'Bankroll: ' || to_char(betting_summary.bankroll, 'FM9999999990.00')
  ) AS body,
  betting_summary.win_rate_pct AS value
FROM {{ ref("betting_summary") }}
WHERE
  betting_summary.won + betting_summary.lost >= {{ settings.alerts.win_rate.min_settled_bets }}
  AND betting_summary.win_rate_pct IS NOT NULL
