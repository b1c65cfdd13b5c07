-- Kept by league
-- Question: where did signals keep most?
-- Grain: one row per mailed kind of signal and league
-- Returns:
--   kind: text, text, Signal
--   league_name: text, text, League
--   signals: bigint, count, Signals
--   matches: bigint, count, Matches
--   clv_pct: double precision, percent, Kept
--   error_pct: double precision, percent, Error
-- Parameters: at (the moment)
-- Notes: As in "Which alerts deserve to be read", without a verdict: a group that is chosen by looking proves nothing.
WITH by_match AS (
  SELECT
    past_signals.kind,
    past_signals.league,
    past_signals.match_id,
    count(*)::double precision AS signals,
    count(past_signals.clv_pct)::double precision AS closed,
    coalesce(sum(past_signals.clv_pct), 0) AS kept
  FROM {{ ref("past_signals", mailed="all") }}
  GROUP BY past_signals.kind, past_signals.league, past_signals.match_id
)

SELECT
  CASE summed.kind WHEN 'value' THEN 'Value bets' WHEN 'spread' THEN 'Spreads' ELSE 'Every outcome' END AS kind,
  {{ league_name("summed.league") }} AS league_name,
  summed.signals::bigint AS signals,
  summed.matches,
  summed.mean AS clv_pct,
  {{ clustered_error("summed.mean", "summed.squares", "summed.products", "summed.numbers", "summed.closed", "summed.closed_matches") }} AS error_pct
FROM (
  SELECT
    by_match.kind,
    by_match.league,
    sum(by_match.signals) AS signals,
    count(*) AS matches,
    count(*) FILTER (WHERE by_match.closed > 0) AS closed_matches,
    sum(by_match.closed) AS closed,
    sum(by_match.kept) / nullif(sum(by_match.closed), 0) AS mean,
    sum(by_match.kept ^ 2) AS squares,
    sum(by_match.kept * by_match.closed) AS products,
    sum(by_match.closed ^ 2) AS numbers
  FROM by_match
  GROUP BY by_match.kind, by_match.league
) AS summed
