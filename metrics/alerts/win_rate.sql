-- Win rate
-- Grain: one row, once enough bets are settled
-- Returns:
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, number, Wins in standard errors (or the win rate in percent)
-- Notes: In percent with `alerts.win_rate.by: threshold`. Void bets are neither won nor lost and do not count towards the minimum.
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
