-- Steps of the bankroll
-- Grain: one row per moment at which bets were settled
-- Returns:
--   time: timestamp, time, Time
--   bankroll: double precision, money, Bankroll
--   drawdown_pct: double precision, percent, Drawdown
-- Notes: Bankroll = starting bankroll + profit of all bets settled until then. Drawdown = (highest bankroll so far -
--   bankroll) / highest bankroll so far x 100; the starting bankroll is the first high. Bets settled at the same moment are
--   one step, so that no order has to be invented between them.
{% set start = settings.bets.starting_bankroll ~ "::numeric" %}
SELECT
  running.time,
  running.bankroll::double precision AS bankroll,
  ((running.high - running.bankroll) / running.high * 100)::double precision AS drawdown_pct
FROM (
  SELECT
    summed.time,
    summed.bankroll,
    greatest({{ start }}, max(summed.bankroll) OVER (ORDER BY summed.time)) AS high
  FROM (
    SELECT
      bets_with_match.settled_at AS time,
      {{ start }} + sum(sum(bets_with_match.profit)) OVER (ORDER BY bets_with_match.settled_at) AS bankroll
    FROM {{ ref("bets_with_match") }}
    WHERE bets_with_match.result <> 'open'
    GROUP BY bets_with_match.settled_at
  ) AS summed
) AS running
