-- Bankroll low
-- Grain: one row, once enough bets are settled
-- Group: money
-- Fires: value < alerts.bankroll.limit, until value >= alerts.bankroll.clear_limit
-- Panel: performance / bankroll
-- Returns:
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, number, How many good bettors fall this low, in percent (or the bankroll)
-- Notes: The limits are threshold_luck_pct and clear_luck_pct; with `by: threshold` the value is the bankroll, and they are threshold
--   and clear.
{% set alert = settings.alerts.bankroll %}
{% set value = "betting_summary.fallen_chance_pct" if alert.by == "luck" else "betting_summary.bankroll" %}
{% set sensible = settings.bets.starting_bankroll * settings.value.max_stake_pct / 100 %}
SELECT
  'Bankroll ' || to_char(betting_summary.bankroll, 'FM9999999990.00') || ' · begun with {{ "%.2f" | format(settings.bets.starting_bankroll) }}' AS subject,
  concat_ws(
    E'\n',
    'Bankroll: ' || to_char(betting_summary.bankroll, 'FM9999999990.00') || ', begun with {{ "%.2f" | format(settings.bets.starting_bankroll) }}',
    CASE
      WHEN betting_summary.profit < 0
        THEN
          'Luck: of bettors with an edge of 5 % ' || {{ one_in("betting_summary.fallen_chance_pct / 100") }}
          || ' falls this low with these bets, at stakes of at most {{ "%.2f" | format(sensible) }}'
    END,
    -- Asked only where there may be a mail: this alone reads prices.
    CASE
      WHEN {{ value }} < {{ alert.clear_limit }}
        THEN 'Drawdown: ' || to_char(betting_summary.drawdown_pct, 'FM9999999990.0') || ' % from the highest'
    END,
    'Yield: ' || to_char(betting_summary.yield_pct, 'FM9999999990.0') || ' %',
    'Bets: ' || betting_summary.settled || ' settled, ' || betting_summary.won || ' won',
    'Open: ' || betting_summary.open || ' bets, ' || to_char(betting_summary.exposure, 'FM9999999990.00') || ' at stake'
  ) AS body,
  {{ value }} AS value
FROM {{ ref("betting_summary") }}
WHERE
  betting_summary.settled >= {{ alert.min_settled_bets }}
  AND {{ value }} IS NOT NULL
