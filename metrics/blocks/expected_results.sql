-- What bets bring by their chances, and how far luck can lead from it
-- Grain: one row per group of bets and match
-- Returns:
--   name: text, text, Name
--   match_id: text, text, Match id
--   staked: double precision, money, Staked
--   expected_profit: double precision, money, Expected profit
--   profit_variance: double precision, money, Variance of the profit
--   profit_third: double precision, number, Third central moment of the profit
--   expected_won: double precision, number, Expected wins
--   won_variance: double precision, number, Variance of the wins
-- Parameters: of (name of a relation in scope with name, match_id, outcome, stake, net_price and chance, none of them NULL)
-- Notes: Expected profit = sum of stake x (net price x chance - 1), expected wins = sum of the chances. Bets on one outcome of
--   a match win or lose together, and at most one of its outcomes comes: with X = sum of stake x net price and E = sum of stake
--   x net price x chance of an outcome, the variance of the profit is sum(X E) - sum(E) ^ 2 over the match's outcomes, that of
--   the wins the same with numbers of bets for X and sums of chances for E. For one bet these are (stake x net price) ^ 2 x
--   chance x (1 - chance) and chance x (1 - chance). All outcomes backed at the same return have none. Never below 0, where
--   chances of a match sum to more than 1. The third central moment is sum(X ^ 2 E) - 3 sum(E) sum(X E) + 2 sum(E) ^ 3, and 0
--   where there is no variance.
SELECT
  outcomes.name,
  outcomes.match_id,
  sum(outcomes.staked) AS staked,
  sum(outcomes.expected_return - outcomes.staked) AS expected_profit,
  greatest(sum(outcomes.return * outcomes.expected_return) - sum(outcomes.expected_return) ^ 2, 0) AS profit_variance,
  CASE
    WHEN sum(outcomes.return * outcomes.expected_return) > sum(outcomes.expected_return) ^ 2
      THEN
        sum(outcomes.return ^ 2 * outcomes.expected_return)
        - 3 * sum(outcomes.expected_return) * sum(outcomes.return * outcomes.expected_return)
        + 2 * sum(outcomes.expected_return) ^ 3
    ELSE 0
  END AS profit_third,
  sum(outcomes.expected_won) AS expected_won,
  greatest(sum(outcomes.bets * outcomes.expected_won) - sum(outcomes.expected_won) ^ 2, 0) AS won_variance
FROM (
  SELECT
    given.name,
    given.match_id,
    count(*) AS bets,
    sum(given.stake)::double precision AS staked,
    sum(given.stake * given.net_price)::double precision AS return,
    sum(given.stake * given.net_price * given.chance)::double precision AS expected_return,
    sum(given.chance)::double precision AS expected_won
  FROM {{ of }} AS given
  GROUP BY given.name, given.match_id, given.outcome
) AS outcomes
GROUP BY outcomes.name, outcomes.match_id
