-- Totals of all bets
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
--   raw_clv_pct: double precision, percent, Against the recorded closing price
-- Notes: Over all bets, from the bets alone. Bankroll = starting bankroll + profit. Yield = profit / staked over settled bets with a stake that
--   are not void (also called ROI; not the return on the bankroll). Win rate = won / (won + lost). Wins to break even = sum of 1 /
--   net price over the won and lost bets. Yield in standard errors = profit / standard deviation, wins likewise = (won - needed) /
--   standard deviation, both of a bettor without an edge, who wins a bet with the chance 1 / net price (see "What bets bring by
--   their chances"). How many good bettors fall this low: of all with an edge of 5 % who placed these bets, in percent, those who
--   at some time lost as much as this one has lost by now: tail((L + m) / s) + exp(-2 m L / s ^ 2) tail((L - m) / s) for a loss L, m
--   = 5 % of the stakes and s = standard deviation (Brownian motion with drift: Cox and Miller 1965, section 5.7). There a stake
--   counts with `value.max_stake_pct` of the starting bankroll at most: who bets more loses more by luck, and that is no excuse.
--   Exposure is the stake of open bets; it is part of the bankroll until they are lost. Against the recorded closing price: the
--   plain mean of the bets that have one. What has nothing to divide by is NULL.
{% set sensible = settings.bets.starting_bankroll * settings.value.max_stake_pct / 100 %}
WITH placed AS MATERIALIZED (
  SELECT
    bets.match_id,
    bets.outcome,
    bets.stake,
    bets.net_price,
    bets.result,
    bets.profit,
    bets.raw_clv_pct,
    bets.stake IS NOT NULL AND bets.net_price IS NOT NULL AS is_priced
  FROM {{ ref("bets") }}
),

at_risk AS (
  SELECT
    'all' AS name,
    placed.match_id,
    placed.outcome,
    placed.stake,
    placed.net_price,
    1 / placed.net_price AS chance
  FROM placed
  WHERE placed.result IN ('won', 'lost', 'partly') AND placed.is_priced
),

decided AS (
  SELECT
    'all' AS name,
    placed.match_id,
    placed.outcome,
    placed.stake,
    placed.net_price,
    1 / placed.net_price AS chance
  FROM placed
  WHERE placed.result IN ('won', 'lost') AND placed.is_priced
),

sensible AS (
  SELECT
    at_risk.name,
    at_risk.match_id,
    at_risk.outcome,
    least(at_risk.stake, {{ sensible }}) AS stake,
    at_risk.net_price,
    at_risk.chance
  FROM at_risk
),

luck AS (
  SELECT
    (SELECT sqrt(sum(expected_results.profit_variance)) FROM {{ ref("expected_results", of="at_risk") }}) AS profit_deviation,
    (SELECT sqrt(sum(expected_results.won_variance)) FROM {{ ref("expected_results", of="decided") }}) AS won_deviation,
    (SELECT sqrt(sum(expected_results.profit_variance)) FROM {{ ref("expected_results", of="sensible") }}) AS sensible_deviation,
    (SELECT sum(sensible.stake) * 0.05 FROM sensible)::double precision AS drift
),

totals AS (
  SELECT
    coalesce(sum(placed.profit), 0) AS profit,
    coalesce(sum(placed.profit) FILTER (WHERE placed.result <> 'void' AND placed.stake IS NOT NULL), 0) AS profit_at_risk,
    sum(placed.profit) FILTER (WHERE placed.result <> 'void' AND placed.is_priced)::double precision AS priced_profit,
    coalesce(sum(placed.stake) FILTER (WHERE placed.result IN ('won', 'lost', 'partly')), 0) AS staked,
    count(*) FILTER (WHERE placed.result <> 'open') AS settled,
    {% for result in ("won", "lost", "void", "partly", "open") %}
    count(*) FILTER (WHERE placed.result = '{{ result }}') AS {{ result }},
    {% endfor %}
    count(*) FILTER (WHERE placed.result = 'won' AND placed.is_priced) AS priced_won,
    sum(1 / placed.net_price) FILTER (WHERE placed.result IN ('won', 'lost') AND placed.is_priced)::double precision AS needed_won,
    coalesce(sum(placed.stake) FILTER (WHERE placed.result = 'open'), 0) AS exposure,
    avg(placed.raw_clv_pct) AS raw_clv_pct
  FROM placed
),

fallen AS (
  SELECT
    (losses.lost + losses.drift) / losses.deviation AS at_once,
    (losses.lost - losses.drift) / losses.deviation AS reflected,
    greatest(-2 * losses.drift * losses.lost / losses.deviation ^ 2, -700) AS weight
  FROM (
    SELECT
      greatest(-totals.profit, 0)::double precision AS lost,
      luck.drift,
      nullif(luck.sensible_deviation, 0) AS deviation
    FROM totals
    CROSS JOIN luck
  ) AS losses
)

SELECT
  ({{ settings.bets.starting_bankroll }} + totals.profit)::double precision AS bankroll,
  totals.profit::double precision AS profit,
  totals.staked::double precision AS staked,
  (totals.profit_at_risk / nullif(totals.staked, 0) * 100)::double precision AS yield_pct,
  totals.priced_profit / nullif(luck.profit_deviation, 0) AS yield_errors,
  totals.won * 100.0::double precision / nullif(totals.won + totals.lost, 0) AS win_rate_pct,
  (totals.priced_won - totals.needed_won) / nullif(luck.won_deviation, 0) AS win_errors,
  totals.needed_won,
  ({{ normal_tail("fallen.at_once") }} + exp(fallen.weight) * {{ normal_tail("fallen.reflected") }}) * 100 AS fallen_chance_pct,
  totals.settled,
  totals.won,
  totals.lost,
  totals.void,
  totals.partly,
  totals.open,
  totals.exposure::double precision AS exposure,
  totals.raw_clv_pct::double precision AS raw_clv_pct
FROM totals
CROSS JOIN luck
CROSS JOIN fallen
