-- Betting by group
-- Question: where do the wins and losses come from?
-- Grain: one row per group of bets settled in the time range
-- Returns:
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
-- Parameters: by (league, bookmaker or bet_type; without it all bets are one group)
-- Notes: The formulas of "Betting summary", over the bets settled in the time range. What a bet does not tell, such as the
--   league of a match whose prices are gone, is called unknown.
{% set names = {"league": league_name("bets_with_match.league"), "bookmaker": bookmaker_name("bets_with_match.bookmaker")} %}
{% set name = names.get(by, "bets_with_match." ~ by) if by else "'all bets'" %}
SELECT
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
    coalesce({{ name }}, 'unknown') AS name,
    count(*) AS bets,
    count(*) FILTER (WHERE bets_with_match.result = 'won') AS won,
    count(*) FILTER (WHERE bets_with_match.result = 'lost') AS lost,
    count(*) FILTER (WHERE bets_with_match.result = 'void') AS void,
    count(*) FILTER (WHERE bets_with_match.result = 'partly') AS partly,
    coalesce(sum(bets_with_match.stake) FILTER (WHERE bets_with_match.result IN ('won', 'lost', 'partly')), 0) AS staked,
    sum(bets_with_match.profit) AS profit,
    coalesce(sum(bets_with_match.profit) FILTER (WHERE bets_with_match.result IN ('won', 'lost', 'partly')), 0) AS profit_at_risk,
    avg(bets_with_match.raw_clv_pct) AS raw_clv_pct
  FROM {{ ref("bets_with_match") }}
  WHERE bets_with_match.result <> 'open' AND $__timeFilter(bets_with_match.settled_at)
  GROUP BY 1
) AS grouped
