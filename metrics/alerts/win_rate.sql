-- Win rate low
-- Grain: one row, once enough bets are settled
-- Group: money
-- Fires: value < alerts.win_rate.limit, until value >= alerts.win_rate.clear_limit
-- Panel: performance / win-rate
-- Returns:
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, number, Wins in standard errors (or the win rate in percent)
-- Notes: The limits are threshold_errors and clear_errors; with `by: threshold` the value is the win rate, and they are
--   threshold_pct and clear_pct. Void bets are neither won nor lost and do not count towards the minimum.
{% set alert = settings.alerts.win_rate %}
{% set value = "betting_totals.win_errors" if alert.by == "errors" else "betting_totals.win_rate_pct" %}
SELECT
  'Win rate ' || to_char(betting_totals.win_rate_pct, 'FM9999999990.0') || ' % · ' || betting_totals.won || ' of '
  || betting_totals.won + betting_totals.lost || ' bets won' AS subject,
  concat_ws(
    E'\n',
    'Win rate: ' || to_char(betting_totals.win_rate_pct, 'FM9999999990.0') || ' %, ' || betting_totals.won || ' won and '
    || betting_totals.lost || ' lost',
    'Needed: ' || to_char(betting_totals.needed_won, 'FM9999999990.0') || ' wins to break even at these prices',
    CASE
      WHEN betting_totals.win_errors < 0
        THEN 'Luck: of bettors without an edge ' || {{ one_in(normal_tail("-betting_totals.win_errors")) }} || ' would have won so few'
    END,
    'Yield: ' || to_char(betting_totals.yield_pct, 'FM9999999990.0') || ' %',
    'Bankroll: ' || to_char(betting_totals.bankroll, 'FM9999999990.00')
  ) AS body,
  {{ value }} AS value
FROM {{ ref("betting_totals") }}
WHERE
  betting_totals.won + betting_totals.lost >= {{ alert.min_settled_bets }}
  AND {{ value }} IS NOT NULL
