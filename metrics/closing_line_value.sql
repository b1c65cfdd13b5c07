-- Closing line value
-- Question: do I get better prices than they are worth in the end?
-- Grain: one row per kick-off of matches with a bet and a final price, in the time range
-- Returns:
--   time: timestamp, time, Time
--   bets: bigint, count, Bets
--   clv_pct: double precision, percent, Then
--   mean_clv_pct: double precision, percent, Mean so far
--   from_pct: double precision, percent, Likely from
--   to_pct: double precision, percent, Likely to
-- Notes: The mean by which the bets on matches that began then beat the final price, weighted by stake; and that of all bets until
--   then, those before the time range included, with two standard errors to either side: see "Bets against the close". Above 0 in
--   the long run is the best sign there is that it is not luck alone, before the results have had time to show it.
WITH by_match AS (
  SELECT
    bets_at_close.kick_off AS time,
    count(*) AS bets,
    sum(bets_at_close.stake)::double precision AS staked,
    sum(bets_at_close.stake * bets_at_close.clv_pct)::double precision AS gained
  FROM {{ ref("bets_at_close") }}
  WHERE bets_at_close.clv_pct IS NOT NULL
  GROUP BY bets_at_close.kick_off, bets_at_close.match_id
),

running AS (
  SELECT
    by_match.time,
    sum(by_match.bets)::bigint AS bets,
    sum(by_match.gained) / nullif(sum(by_match.staked), 0) AS clv_pct,
    sum(count(*)) OVER so_far AS matches,
    sum(sum(by_match.gained)) OVER so_far AS gained,
    sum(sum(by_match.staked)) OVER so_far AS staked,
    sum(sum(by_match.gained ^ 2)) OVER so_far AS squares,
    sum(sum(by_match.gained * by_match.staked)) OVER so_far AS products,
    sum(sum(by_match.staked ^ 2)) OVER so_far AS weights
  FROM by_match
  GROUP BY by_match.time
  WINDOW so_far AS (ORDER BY by_match.time)
),

measured AS (
  SELECT
    running.time,
    running.bets,
    running.clv_pct,
    means.mean,
    {{ clustered_error("means.mean", "running.squares", "running.products", "running.weights", "running.staked", "running.matches") }} AS error
  FROM running
  CROSS JOIN LATERAL (SELECT running.gained / nullif(running.staked, 0) AS mean) AS means
)

SELECT
  measured.time,
  measured.bets,
  measured.clv_pct,
  measured.mean AS mean_clv_pct,
  (measured.mean - 2 * measured.error)::double precision AS from_pct,
  (measured.mean + 2 * measured.error)::double precision AS to_pct
FROM measured
WHERE $__timeFilter(measured.time)
