-- Bankroll low
-- Grain: one row, once enough bets are settled
-- Group: money
-- Fires: value < alerts.bankroll.threshold, until value >= alerts.bankroll.clear
-- Panel: performance / bankroll
-- Returns:
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, money, Bankroll
{% set alert = settings.alerts.bankroll %}
SELECT
  'Bankroll ' || to_char(betting_summary.bankroll, 'FM9999999990.00') || ' · begun with {{ "%.2f" | format(settings.bets.starting_bankroll) }}' AS subject,
  concat_ws(
    E'\n',
    'Bankroll: ' || to_char(betting_summary.bankroll, 'FM9999999990.00') || ', begun with {{ "%.2f" | format(settings.bets.starting_bankroll) }}',
    'Drawdown: ' || to_char(betting_summary.drawdown_pct, 'FM9999999990.0') || ' % from the highest',
    'Yield: ' || to_char(betting_summary.yield_pct, 'FM9999999990.0') || ' %',
    'Bets: ' || betting_summary.settled || ' settled, ' || betting_summary.won || ' won',
    'Open: ' || betting_summary.open || ' bets, ' || to_char(betting_summary.exposure, 'FM9999999990.00') || ' at stake'
  ) AS body,
  betting_summary.bankroll AS value
FROM {{ ref("betting_summary") }}
WHERE betting_summary.settled >= {{ alert.min_settled_bets }}
