-- Which alerts deserve to be read
-- Question: were past signals worth what they promised?
-- Grain: one row per kind of signal and threshold, and one for every outcome
-- Returns:
--   kind: text, text, Kind
--   title: text, text, Signal
--   threshold: double precision, percent, From
--   is_mailed: boolean, text, Mailed
--   kept_pct: double precision, percent, Kept
--   error_pct: double precision, percent, Error
--   kept_from_pct: double precision, percent, Likely from
--   kept_to_pct: double precision, percent, Likely to
--   likely: text, text, Likely between
--   promised_pct: double precision, percent, Promised
--   signals: bigint, count, Signals
--   closed: bigint, count, With a final price
--   matches: bigint, count, Matches
--   price: double precision, price, Median price
--   still_there_pct: double precision, percent, Still there
--   later_kept_pct: double precision, percent, One collection later
--   verdict: text, text, Verdict
--   closed_matches: bigint, count, Matches with a final price
--   needed: double precision, count, Matches needed
-- Parameters: at (the moment), mailed (all, or spread: of all, or of spreads, only the threshold that is mailed), signals (name
--   of a relation in scope: "Past signals and what the market said at the end")
-- Notes: Kept is the mean closing line value of "Past signals": what the price was worth by the final prices. Its standard
--   error takes the signals of one match as one observation; likely is two errors to either side. Promised is the mean expected
--   value of the same signals (a spread promises none). Verdict at 2.5 errors and 30 matches with a final price: worthless
--   signals judged again after each of 300 are called worth it at some time in 16 % of cases at 2 errors, in 6 % at 2.5. Needed
--   are as many matches as tell an edge of 2 % as likely as not, by the errors seen so far (8 % a match while fewer than 10 have
--   one). Only mailed thresholds have a verdict: a threshold chosen by looking at this must prove itself on later matches
--   (`proof.since`).
WITH by_match AS (
  SELECT
    past_signals.kind,
    past_signals.threshold,
    past_signals.is_mailed,
    past_signals.match_id,
    count(*)::double precision AS signals,
    count(past_signals.clv_pct)::double precision AS closed,
    coalesce(sum(past_signals.clv_pct), 0) AS kept,
    coalesce(sum(past_signals.strength_pct) FILTER (WHERE past_signals.clv_pct IS NOT NULL), 0) AS promised,
    count(*) FILTER (WHERE past_signals.later_price >= past_signals.price)::double precision AS still_there,
    count(past_signals.later_clv_pct)::double precision AS later,
    coalesce(sum(past_signals.later_clv_pct), 0) AS later_kept,
    avg(past_signals.price) AS price
  FROM {{ signals ~ " AS past_signals" if signals else ref("past_signals") }}
  GROUP BY past_signals.kind, past_signals.threshold, past_signals.is_mailed, past_signals.match_id
),

summed AS (
  SELECT
    by_match.kind,
    by_match.threshold,
    by_match.is_mailed,
    sum(by_match.signals) AS signals,
    sum(by_match.closed) AS closed,
    count(*) AS matches,
    count(*) FILTER (WHERE by_match.closed > 0) AS closed_matches,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY by_match.price) AS price,
    sum(by_match.kept) / nullif(sum(by_match.closed), 0) AS kept,
    sum(by_match.kept ^ 2) AS squares,
    sum(by_match.kept * by_match.closed) AS products,
    sum(by_match.closed ^ 2) AS numbers,
    sum(by_match.promised) / nullif(sum(by_match.closed), 0) AS promised,
    sum(by_match.still_there) / sum(by_match.signals) * 100 AS still_there_pct,
    sum(by_match.later_kept) / nullif(sum(by_match.later), 0) AS later_kept
  FROM by_match
  GROUP BY by_match.kind, by_match.threshold, by_match.is_mailed
),

judged AS (
  SELECT
    summed.kind,
    summed.threshold,
    summed.is_mailed,
    summed.signals,
    summed.closed,
    summed.matches,
    summed.closed_matches,
    summed.price,
    summed.kept,
    summed.promised,
    summed.still_there_pct,
    summed.later_kept,
    {{ clustered_error("summed.kept", "summed.squares", "summed.products", "summed.numbers", "summed.closed", "summed.closed_matches") }} AS error
  FROM summed
)

SELECT
  judged.kind,
  CASE judged.kind
    WHEN 'value' THEN 'Value bets'
    WHEN 'spread' THEN 'Spreads'
    ELSE 'Every outcome'
  END || CASE WHEN judged.kind = 'any' THEN '' ELSE ' from ' || judged.threshold || ' %' END AS title,
  judged.threshold,
  judged.is_mailed,
  judged.kept AS kept_pct,
  judged.error AS error_pct,
  judged.kept - 2 * judged.error AS kept_from_pct,
  judged.kept + 2 * judged.error AS kept_to_pct,
  {{ signed("judged.kept - 2 * judged.error") }} || ' to ' || {{ signed("judged.kept + 2 * judged.error") }} || ' %' AS likely,
  CASE WHEN judged.kind = 'value' THEN judged.promised END AS promised_pct,
  judged.signals::bigint AS signals,
  judged.closed::bigint AS closed,
  judged.matches,
  judged.price,
  judged.still_there_pct,
  judged.later_kept AS later_kept_pct,
  CASE
    WHEN NOT judged.is_mailed OR judged.kind = 'any' THEN NULL
    WHEN judged.closed_matches < 30 OR abs(judged.kept) <= 2.5 * judged.error THEN 'too few'
    WHEN judged.kept > 0 THEN 'worth it'
    ELSE 'not worth it'
  END AS verdict,
  judged.closed_matches,
  greatest(
    30, ceil((2.5 * CASE WHEN judged.closed_matches < 10 THEN 8 ELSE judged.error * sqrt(judged.closed_matches) END / 2) ^ 2)
  ) AS needed
FROM judged
