-- Closing line value
-- Question: do I get better prices than the market's last word?
-- Grain: one row per moment at which bets were settled, in the time range
-- Returns:
--   time: timestamp, time, Time
--   bets: bigint, count, Bets
--   clv_pct: double precision, percent, Closing line value
--   mean_clv_pct: double precision, percent, Mean so far
-- Notes: Price taken / closing price - 1 of won and lost bets with a recorded closing price, the mean of those settled then;
--   and the plain mean of all bets until then, those before the time range included. Above 0 in the long run is the best
--   sign of skill there is before the results have had time to show it.
SELECT
  running.time,
  running.bets,
  running.clv_pct::double precision AS clv_pct,
  running.mean_clv_pct::double precision AS mean_clv_pct
FROM (
  SELECT
    bets.settled_at AS time,
    count(*) AS bets,
    avg(bets.clv_pct) AS clv_pct,
    sum(sum(bets.clv_pct)) OVER (ORDER BY bets.settled_at)
    / sum(count(*)) OVER (ORDER BY bets.settled_at) AS mean_clv_pct
  FROM {{ ref("bets") }}
  WHERE bets.clv_pct IS NOT NULL
  GROUP BY bets.settled_at
) AS running
WHERE $__timeFilter(running.time)
