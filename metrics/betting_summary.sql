-- Betting summary
-- Question: am I winning?
-- Grain: one row
-- Returns:
--   bankroll: double precision, money, Bankroll
--   profit: double precision, money, Profit
--   staked: double precision, money, Staked
--   yield_pct: double precision, percent, Yield
--   yield_errors: double precision, number, Yield in standard errors
--   win_rate_pct: double precision, percent, Win rate
--   win_errors: double precision, number, Wins in standard errors
--   needed_won: double precision, number, Wins to break even
--   fallen_chance_pct: double precision, percent, How many good bettors fall this low
--   settled: bigint, count, Settled bets
--   won: bigint, count, Won
--   lost: bigint, count, Lost
--   void: bigint, count, Void
--   partly: bigint, count, Partly won or lost
--   open: bigint, count, Open bets
--   exposure: double precision, money, Exposure
--   drawdown_pct: double precision, percent, Drawdown now
--   max_drawdown_pct: double precision, percent, Largest drawdown
--   raw_clv_pct: double precision, percent, Against the recorded closing price
-- Notes: "Totals of all bets", and the drawdowns of "Steps of the bankroll". What the bets were worth by the final prices says
--   "Bets against the close".
SELECT
  betting_totals.bankroll,
  betting_totals.profit,
  betting_totals.staked,
  betting_totals.yield_pct,
  betting_totals.yield_errors,
  betting_totals.win_rate_pct,
  betting_totals.win_errors,
  betting_totals.needed_won,
  betting_totals.fallen_chance_pct,
  betting_totals.settled,
  betting_totals.won,
  betting_totals.lost,
  betting_totals.void,
  betting_totals.partly,
  betting_totals.open,
  betting_totals.exposure,
  -- Subqueries: who asks for something else does not pay for these.
  coalesce(
    (SELECT (array_agg(bankroll_steps.drawdown_pct ORDER BY bankroll_steps.time DESC))[1] FROM {{ ref("bankroll_steps") }}), 0
  ) AS drawdown_pct,
  coalesce((SELECT max(bankroll_steps.drawdown_pct) FROM {{ ref("bankroll_steps") }}), 0) AS max_drawdown_pct,
  betting_totals.raw_clv_pct
FROM {{ ref("betting_totals") }}
