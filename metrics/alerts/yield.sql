-- Yield low
-- Grain: one row, once enough bets are settled
-- Group: money
-- Fires: value < alerts.yield.limit, until value >= alerts.yield.clear_limit
-- Panel: performance / yield
-- Returns:
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, number, Yield in standard errors (or in percent)
-- Notes: The limits are threshold_errors and clear_errors; with `by: threshold` the value is the yield, and they are threshold_pct
--   and clear_pct. Void bets have no yield and do not count towards the minimum.
{% set alert = settings.alerts.yield_ %}
{% set value = "betting_totals.yield_errors" if alert.by == "errors" else "betting_totals.yield_pct" %}
SELECT
  'Yield ' || to_char(betting_totals.yield_pct, 'FM9999999990.0') || ' % · '
  || betting_totals.settled - betting_totals.void || ' settled bets' AS subject,
  concat_ws(
    E'\n',
    'Yield: ' || to_char(betting_totals.yield_pct, 'FM9999999990.0') || ' % of ' || to_char(betting_totals.staked, 'FM9999999990.00') || ' staked',
    CASE
      WHEN betting_totals.yield_errors < 0
        THEN 'Luck: of bettors without an edge ' || {{ one_in(normal_tail("-betting_totals.yield_errors")) }} || ' would be as low by now'
    END,
    -- Asked only where there may be a mail: this alone reads prices.
    CASE
      WHEN {{ value }} < {{ alert.clear_limit }}
        THEN 'Against the final price: ' || (SELECT bets_against_close.likely FROM {{ ref("bets_against_close", ever="true") }})
    END,
    'Profit: ' || to_char(betting_totals.profit, 'FM9999999990.00'),
    'Bankroll: ' || to_char(betting_totals.bankroll, 'FM9999999990.00'),
    'Bets: ' || betting_totals.won || ' won, ' || betting_totals.lost || ' lost'
    || CASE WHEN betting_totals.partly > 0 THEN ', ' || betting_totals.partly || ' partly' ELSE '' END
  ) AS body,
  {{ value }} AS value
FROM {{ ref("betting_totals") }}
WHERE
  betting_totals.settled - betting_totals.void >= {{ alert.min_settled_bets }}
  AND {{ value }} IS NOT NULL
