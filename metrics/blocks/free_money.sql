-- Money that is not at stake
-- Grain: one row
-- Returns:
--   amount: double precision, money, Free
-- Notes: Starting bankroll + profit of the settled bets - stakes of the open ones.
SELECT
  (
    {{ settings.bets.starting_bankroll }}
    + coalesce(sum(bets.profit), 0)
    - coalesce(sum(bets.stake) FILTER (WHERE bets.result = 'open'), 0)
  )::double precision AS amount
FROM {{ ref("bets") }}
