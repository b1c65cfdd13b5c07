-- Betting by group
-- Question: where do the wins and losses come from?
-- Grain: one row for all bets settled in the time range, and one per league, per bookmaker and per type of bet among them
-- Returns:
--   grouped_by: text, text, Grouped by
--   name: text, text, Name
--   bets: bigint, count, Bets
--   won: bigint, count, Won
--   lost: bigint, count, Lost
--   void: bigint, count, Void
--   partly: bigint, count, Partly won or lost
--   staked: double precision, money, Staked
--   profit: double precision, money, Profit
--   yield_pct: double precision, percent, Yield
--   win_rate_pct: double precision, percent, Win rate
--   raw_clv_pct: double precision, percent, Against the recorded closing price
-- Notes: The formulas of "Betting summary", over the bets settled in the time range. Grouped by all, league, bookmaker or
--   bet_type. What a bet does not tell, such as the league of a match whose prices are gone, is called unknown.
SELECT
  grouped.grouped_by,
  grouped.name,
  grouped.bets,
  grouped.won,
  grouped.lost,
  grouped.void,
  grouped.partly,
  grouped.staked::double precision AS staked,
  grouped.profit::double precision AS profit,
  (grouped.profit_at_risk / nullif(grouped.staked, 0) * 100)::double precision AS yield_pct,
  grouped.won * 100.0::double precision / nullif(grouped.won + grouped.lost, 0) AS win_rate_pct,
  grouped.raw_clv_pct::double precision AS raw_clv_pct
FROM (
  SELECT
    groups.grouped_by,
    coalesce(groups.name, 'unknown') AS name,
    count(*) AS bets,
    count(*) FILTER (WHERE settled.result = 'won') AS won,
    count(*) FILTER (WHERE settled.result = 'lost') AS lost,
    count(*) FILTER (WHERE settled.result = 'void') AS void,
    count(*) FILTER (WHERE settled.result = 'partly') AS partly,
    coalesce(sum(settled.stake) FILTER (WHERE settled.result IN ('won', 'lost', 'partly')), 0) AS staked,
    sum(settled.profit) AS profit,
    coalesce(sum(settled.profit) FILTER (WHERE settled.result IN ('won', 'lost', 'partly') AND settled.stake IS NOT NULL), 0) AS profit_at_risk,
    avg(settled.raw_clv_pct) AS raw_clv_pct
  FROM (
    SELECT
      {{ league_name("bets_with_match.league") }} AS league,
      {{ bookmaker_name("bets_with_match.bookmaker") }} AS bookmaker,
      bets_with_match.bet_type,
      bets_with_match.result,
      bets_with_match.stake,
      bets_with_match.profit,
      bets_with_match.raw_clv_pct
    FROM {{ ref("bets_with_match") }}
    WHERE bets_with_match.result <> 'open' AND $__timeFilter(bets_with_match.settled_at)
  ) AS settled
  -- Citus knows no grouping sets.
  CROSS JOIN LATERAL (
    VALUES
    ('all', 'all bets'),
    ('league', settled.league),
    ('bookmaker', settled.bookmaker),
    ('bet_type', settled.bet_type)
  ) AS groups (grouped_by, name)
  GROUP BY groups.grouped_by, coalesce(groups.name, 'unknown')
) AS grouped
