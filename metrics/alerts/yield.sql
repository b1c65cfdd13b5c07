-- Yield low
-- Grain: one row, once enough bets are settled
-- Group: money
-- Fires: value < alerts.yield.threshold_pct, until value >= alerts.yield.clear_pct
-- Panel: performance / yield
-- Returns:
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, percent, Yield
-- Notes: Void bets have no yield and do not count towards the minimum.
SELECT
  'Yield ' || to_char(betting_summary.yield_pct, 'FM9999999990.0') || ' % · '
  || betting_summary.won + betting_summary.lost || ' settled bets' AS subject,
  concat_ws(
    E'\n',
    'Yield: ' || to_char(betting_summary.yield_pct, 'FM9999999990.0') || ' % of ' || to_char(betting_summary.staked, 'FM9999999990.00') || ' staked',
    'Profit: ' || to_char(betting_summary.profit, 'FM9999999990.00'),
    'Bankroll: ' || to_char(betting_summary.bankroll, 'FM9999999990.00'),
    'Bets: ' || betting_summary.won || ' won, ' || betting_summary.lost || ' lost',
    'Closing line: ' || to_char(betting_summary.clv_pct, 'FM9999999990.0') || ' % better than the last price'
  ) AS body,
  betting_summary.yield_pct AS value
FROM {{ ref("betting_summary") }}
WHERE
  betting_summary.won + betting_summary.lost >= {{ settings.alerts.yield_.min_settled_bets }}
  AND betting_summary.yield_pct IS NOT NULL
