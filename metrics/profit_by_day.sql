-- Profit by day
-- Question: which days were good, and which were not?
-- Grain: one row per day with settled bets
-- Returns:
--   time: timestamp, time, Day
--   bets: bigint, count, Bets
--   staked: double precision, money, Staked
--   profit: double precision, money, Profit
-- Notes: Days are those of the configured time zone, 23 or 25 hours long when the clocks change; `time` is the moment at
--   which the day begins there. The first and the last day of the time range are whole days. Staked leaves void bets out.
SELECT
  {{ from_local("days.day::timestamp") }} AS time,
  days.bets,
  days.staked::double precision AS staked,
  days.profit::double precision AS profit
FROM (
  SELECT
    {{ local("bets_with_match.settled_at") }}::date AS day,
    count(*) AS bets,
    coalesce(sum(bets_with_match.stake) FILTER (WHERE bets_with_match.result IN ('won', 'lost', 'partly')), 0) AS staked,
    sum(bets_with_match.profit) AS profit
  FROM {{ ref("bets_with_match") }}
  WHERE
    bets_with_match.result <> 'open'
    AND {{ local("bets_with_match.settled_at") }}::date
    BETWEEN {{ local("$__timeFrom()::" ~ moment_type) }}::date AND {{ local("$__timeTo()::" ~ moment_type) }}::date
  GROUP BY 1
) AS days
