-- Betting by group
-- Question: where do the wins and losses come from?
-- Grain: one row per group of bets settled in the time range
-- Returns:
--   name: text, text, Name
--   bets: bigint, count, Bets
--   won: bigint, count, Won
--   lost: bigint, count, Lost
--   void: bigint, count, Void
--   staked: double precision, money, Staked
--   profit: double precision, money, Profit
--   yield_pct: double precision, percent, Yield
--   win_rate_pct: double precision, percent, Win rate
--   clv_pct: double precision, percent, Closing line value
-- Parameters: by (league, bookmaker or bet_type; without it all bets are one group)
-- Notes: The formulas of "Betting summary", over the bets settled in the time range. What a bet does not tell, such as the
--   league of a match whose prices are gone, is called unknown.
{% set relation = "bets_with_match" if by == "league" else "bets" %}
{% set name = league_name(relation ~ ".league") if by == "league" else relation ~ "." ~ by if by else "'all bets'" %}
SELECT
  grouped.name,
  grouped.bets,
  grouped.won,
  grouped.lost,
  grouped.void,
  grouped.staked::double precision AS staked,
  grouped.profit::double precision AS profit,
  (grouped.profit_at_risk / nullif(grouped.staked, 0) * 100)::double precision AS yield_pct,
  grouped.won * 100.0::double precision / nullif(grouped.won + grouped.lost, 0) AS win_rate_pct,
  grouped.clv_pct::double precision AS clv_pct
FROM (
  SELECT
    coalesce({{ name }}, 'unknown') AS name,
    count(*) AS bets,
    count(*) FILTER (WHERE {{ relation }}.result = 'won') AS won,
    count(*) FILTER (WHERE {{ relation }}.result = 'lost') AS lost,
    count(*) FILTER (WHERE {{ relation }}.result = 'void') AS void,
    coalesce(sum({{ relation }}.stake) FILTER (WHERE {{ relation }}.result IN ('won', 'lost')), 0) AS staked,
    sum({{ relation }}.profit) AS profit,
    coalesce(sum({{ relation }}.profit) FILTER (WHERE {{ relation }}.result IN ('won', 'lost')), 0) AS profit_at_risk,
    avg({{ relation }}.clv_pct) AS clv_pct
  FROM {{ ref(relation) }}
  WHERE {{ relation }}.result <> 'open' AND $__timeFilter({{ relation }}.settled_at)
  GROUP BY 1
) AS grouped
