-- Betting summary
-- Question: am I winning?
-- Grain: one row
-- Returns:
--   bankroll: double precision, money, Bankroll
--   profit: double precision, money, Profit
--   staked: double precision, money, Staked
--   yield_pct: double precision, percent, Yield
--   win_rate_pct: double precision, percent, Win rate
--   settled: bigint, count, Settled bets
--   won: bigint, count, Won
--   lost: bigint, count, Lost
--   void: bigint, count, Void
--   open: bigint, count, Open bets
--   exposure: double precision, money, Exposure
--   drawdown_pct: double precision, percent, Drawdown now
--   max_drawdown_pct: double precision, percent, Largest drawdown
--   clv_pct: double precision, percent, Closing line value
-- Notes: Over all bets. Bankroll = starting bankroll + profit. Yield = profit / staked over settled bets that are not void
--   (also called ROI; not the return on the bankroll). Win rate = won / (won + lost): void bets do not count. Exposure is
--   the stake of open bets; it is part of the bankroll until they are lost. Closing line value is the plain mean of the
--   bets where a closing price is recorded. What has nothing to divide by is NULL.
SELECT
  totals.bankroll::double precision AS bankroll,
  totals.profit::double precision AS profit,
  totals.staked::double precision AS staked,
  (totals.profit_at_risk / nullif(totals.staked, 0) * 100)::double precision AS yield_pct,
  totals.won * 100.0::double precision / nullif(totals.won + totals.lost, 0) AS win_rate_pct,
  totals.settled,
  totals.won,
  totals.lost,
  totals.void,
  totals.open,
  totals.exposure::double precision AS exposure,
  drawdowns.drawdown_pct,
  drawdowns.max_drawdown_pct,
  totals.clv_pct::double precision AS clv_pct
FROM (
  SELECT
    {{ settings.bets.starting_bankroll }} + coalesce(sum(bets.profit), 0) AS bankroll,
    coalesce(sum(bets.profit), 0) AS profit,
    coalesce(sum(bets.profit) FILTER (WHERE bets.result IN ('won', 'lost')), 0) AS profit_at_risk,
    coalesce(sum(bets.stake) FILTER (WHERE bets.result IN ('won', 'lost')), 0) AS staked,
    count(*) FILTER (WHERE bets.result <> 'open') AS settled,
    count(*) FILTER (WHERE bets.result = 'won') AS won,
    count(*) FILTER (WHERE bets.result = 'lost') AS lost,
    count(*) FILTER (WHERE bets.result = 'void') AS void,
    count(*) FILTER (WHERE bets.result = 'open') AS open,
    coalesce(sum(bets.stake) FILTER (WHERE bets.result = 'open'), 0) AS exposure,
    avg(bets.clv_pct) AS clv_pct
  FROM {{ ref("bets") }}
) AS totals
CROSS JOIN (
  SELECT
    coalesce((array_agg(bankroll_steps.drawdown_pct ORDER BY bankroll_steps.time DESC))[1], 0) AS drawdown_pct,
    coalesce(max(bankroll_steps.drawdown_pct), 0) AS max_drawdown_pct
  FROM {{ ref("bankroll_steps") }}
) AS drawdowns
