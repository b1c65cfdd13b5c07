-- Bets against the close
-- Question: were my prices better than what they were worth in the end, and is the result luck?
-- Grain: one row per group of bets that were placed before kick-off, on matches that started in the time range
-- Returns:
--   name: text, text, Name
--   bets: bigint, count, Bets
--   closed: bigint, count, With a final price
--   matches: bigint, count, Matches
--   clv_pct: double precision, percent, Beat the final price by
--   clv_error_pct: double precision, percent, Error
--   clv_from_pct: double precision, percent, Likely from
--   clv_to_pct: double precision, percent, Likely to
--   likely: text, text, Likely
--   beaten_pct: double precision, percent, Bets that beat it
--   raw_clv_pct: double precision, percent, Against the recorded closing price
--   expected_profit: double precision, money, Expected profit
--   profit: double precision, money, Profit
--   luck: double precision, number, Luck
--   luck_text: text, text, Luck in words
--   expected_won: double precision, number, Expected wins
--   won: bigint, count, Won
-- Parameters: by (league, bookmaker or bet_type; without it all bets are one group), ever (true: whatever the time range)
-- Notes: The final price is the close, the last collection before kick-off, without the bookmakers' margin: see "Bets and what
--   they were worth at the close". Beat by = mean of net price x chance - 1 over the bets with a final price, weighted by stake;
--   its standard error takes the bets of one match as one observation: sqrt(n / (n - 1) x sum of (sum of stake x (value - mean)
--   of a match) ^ 2) / sum of stakes, over n matches. Likely is two errors to either side; of fewer than 30 matches it says that
--   they are too few. Expected profit and wins by the final prices, profit and wins beside them, over the won and lost bets that
--   have one. Luck = (profit - expected) / standard deviation (see "What bets bring by their chances"); in words: about how many
--   of all bettors with these bets would be at least as far from what they expect on that side, from 10 results on; none where
--   no result can change the profit, or one match makes more than half of its variance. Few bets and long prices are skew: the
--   words go by the normal score of Wilson and Hilferty (1931), from half the least return of a bet before the profit on, which
--   is how far a result that can only come in steps reaches. Against the recorded closing price is the plain mean of what the
--   bets themselves recorded: raw, with the bookmaker's margin in it.
{% set names = {"league": league_name("bets_at_close.league"), "bookmaker": bookmaker_name("bets_at_close.bookmaker")} %}
{% set name = names.get(by, "bets_at_close." ~ by) if by else "'all bets'" %}
WITH judged AS MATERIALIZED (
  SELECT
    coalesce({{ name }}, 'unknown') AS name,
    bets_at_close.match_id,
    bets_at_close.outcome,
    bets_at_close.stake::double precision AS stake,
    bets_at_close.net_price::double precision AS net_price,
    bets_at_close.result,
    bets_at_close.profit::double precision AS profit,
    bets_at_close.raw_clv_pct::double precision AS raw_clv_pct,
    bets_at_close.chance,
    bets_at_close.clv_pct / 100 AS clv
  FROM {{ ref("bets_at_close") }}
  WHERE
    bets_at_close.is_judged
    {% if not ever %}
    AND $__timeFilter(bets_at_close.kick_off)
    {% endif %}
),

decided AS (
  SELECT
    judged.name,
    judged.match_id,
    judged.outcome,
    judged.stake,
    judged.net_price,
    judged.chance
  FROM judged
  WHERE judged.result IN ('won', 'lost') AND judged.chance IS NOT NULL
),

expected AS (
  SELECT
    expected_results.name,
    sum(expected_results.expected_profit) AS profit,
    sqrt(sum(expected_results.profit_variance)) AS deviation,
    max(expected_results.profit_variance) AS largest_variance,
    sum(expected_results.profit_third) AS third,
    sum(expected_results.expected_won) AS won,
    sum(expected_results.staked) AS staked
  FROM {{ ref("expected_results", of="decided") }}
  GROUP BY expected_results.name
),

steps AS (
  SELECT
    decided.name,
    min(decided.stake * decided.net_price) AS least
  FROM decided
  WHERE decided.stake > 0
  GROUP BY decided.name
),

by_match AS (
  SELECT
    judged.name,
    count(*) AS bets,
    count(judged.clv) AS closed,
    count(*) FILTER (WHERE judged.clv > 0) AS beaten,
    sum(judged.stake) FILTER (WHERE judged.clv IS NOT NULL) AS staked,
    sum(judged.stake * judged.clv) AS gained,
    sum(judged.raw_clv_pct) AS raw,
    count(judged.raw_clv_pct) AS recorded,
    count(*) FILTER (WHERE judged.result IN ('won', 'lost') AND judged.clv IS NOT NULL) AS decided,
    count(*) FILTER (WHERE judged.result = 'won' AND judged.clv IS NOT NULL) AS won,
    sum(judged.profit) FILTER (WHERE judged.result IN ('won', 'lost') AND judged.clv IS NOT NULL) AS profit
  FROM judged
  GROUP BY judged.name, judged.match_id
),

summed AS (
  SELECT
    by_match.name,
    sum(by_match.bets)::bigint AS bets,
    sum(by_match.closed)::bigint AS closed,
    count(by_match.gained) AS matches,
    sum(by_match.beaten) * 100 / nullif(sum(by_match.closed), 0) AS beaten_pct,
    sum(by_match.gained) / nullif(sum(by_match.staked), 0) AS mean,
    sum(by_match.staked) AS staked,
    sum(by_match.gained ^ 2) AS squares,
    sum(by_match.gained * by_match.staked) AS products,
    sum(by_match.staked ^ 2) AS weights,
    sum(by_match.raw) / nullif(sum(by_match.recorded), 0) AS raw_clv_pct,
    sum(by_match.decided) AS decided,
    sum(by_match.won)::bigint AS won,
    sum(by_match.profit) AS profit
  FROM by_match
  GROUP BY by_match.name
),

measured AS (
  SELECT
    summed.name,
    summed.bets,
    summed.closed,
    summed.matches,
    summed.beaten_pct,
    summed.mean * 100 AS clv_pct,
    {{ clustered_error("summed.mean", "summed.squares", "summed.products", "summed.weights", "summed.staked", "summed.matches") }} * 100 AS clv_error_pct,
    summed.raw_clv_pct,
    summed.decided,
    expected.profit AS expected_profit,
    summed.profit,
    -- Where no result can change the profit, nothing but cents is left to divide by nothing.
    CASE WHEN expected.deviation > expected.staked / 1000 THEN (summed.profit - expected.profit) / expected.deviation END AS luck,
    expected.third / nullif(expected.deviation, 0) ^ 3 AS skewness,
    steps.least / 2 / nullif(expected.deviation, 0) AS half_step,
    expected.largest_variance > expected.deviation ^ 2 / 2 AS hangs_on_one,
    expected.won AS expected_won,
    summed.won
  FROM summed
  LEFT JOIN expected ON summed.name = expected.name
  LEFT JOIN steps ON summed.name = steps.name
)

SELECT
  measured.name,
  measured.bets,
  measured.closed,
  measured.matches,
  measured.clv_pct,
  measured.clv_error_pct,
  measured.clv_pct - 2 * measured.clv_error_pct AS clv_from_pct,
  measured.clv_pct + 2 * measured.clv_error_pct AS clv_to_pct,
  CASE
    WHEN measured.closed = 0 THEN 'no final price yet'
    WHEN measured.clv_error_pct IS NULL THEN 'one match says nothing'
    ELSE
      'likely ' || {{ signed("measured.clv_pct - 2 * measured.clv_error_pct") }}
      || ' to ' || {{ signed("measured.clv_pct + 2 * measured.clv_error_pct") }} || ' %, '
      || measured.matches || CASE WHEN measured.matches < 30 THEN ' matches: too few' ELSE ' matches' END
  END AS likely,
  measured.beaten_pct::double precision AS beaten_pct,
  measured.raw_clv_pct,
  measured.expected_profit,
  measured.profit,
  measured.luck,
  CASE
    WHEN measured.decided < 10 THEN 'too few results to say'
    WHEN measured.luck IS NULL THEN 'no room for luck'
    WHEN measured.hangs_on_one THEN 'one match outweighs all others'
    WHEN tails.tail > 1 / 3.0 THEN 'about as expected'
    ELSE
      CASE WHEN measured.luck > 0 THEN 'better' ELSE 'worse' END || ' than expected by what '
      || CASE WHEN tails.tail >= 0.001 THEN 'about ' ELSE '' END || {{ one_in("tails.tail") }} || ' would be'
  END AS luck_text,
  measured.expected_won,
  measured.won
FROM measured
CROSS JOIN LATERAL (SELECT measured.luck - sign(measured.luck) * measured.half_step AS luck) AS inner_edges
CROSS JOIN LATERAL (SELECT sign(measured.luck) * {{ normal_score("inner_edges.luck", "measured.skewness") }} AS distance) AS scores
CROSS JOIN LATERAL (SELECT {{ normal_tail("scores.distance") }} AS tail) AS tails
