-- What alerts would have won
-- Question: did the results agree with the final prices?
-- Grain: one row per mailed kind of signal, and one for every outcome
-- Returns:
--   kind: text, text, Kind
--   title: text, text, Signal
--   yield_pct: double precision, percent, Won
--   error_pct: double precision, percent, Error
--   likely: text, text, Likely between
--   kept_pct: double precision, percent, By the final prices
--   kept_likely: text, text, Likely, by them
--   signals: bigint, count, Signals
--   settled: bigint, count, With a result
--   unsettled: bigint, count, Without a result
--   won: bigint, count, Bets won
--   enough: text, text, Enough bets to tell?
-- Parameters: at (the moment)
-- Notes: Won is the yield of the signals of "Past signals" at the same stake on each: the mean of net price - 1 where the outcome
--   came and of -1 where not. Its standard error takes the signals of one match as one observation; likely is two errors to
--   either side. A result counts from 2 hours after kick-off on, because a table may hold the score of the moment before; signals
--   without one stay counted. A draw where nobody offered one gives stakes back: no result. By the final prices is what "Which
--   alerts deserve to be read" says. Enough bets is as many as it takes to see 2 % a bet at two errors, by the error so far, and
--   never fewer than 1,000; so few are noise.
WITH signals AS MATERIALIZED (
  SELECT
    past_signals.kind,
    past_signals.threshold,
    past_signals.match_id,
    past_signals.kick_off,
    past_signals.outcome,
    past_signals.net_price,
    past_signals.clv_pct,
    bool_or(past_signals.outcome = 'draw') OVER (PARTITION BY past_signals.match_id) AS has_draw
  FROM {{ ref("past_signals", mailed="all") }}
),

by_match AS (
  SELECT
    settled.kind,
    settled.threshold,
    settled.match_id,
    count(*)::double precision AS signals,
    count(settled.gain_pct)::double precision AS settled,
    count(*) FILTER (WHERE settled.gain_pct > 0) AS won,
    coalesce(sum(settled.gain_pct), 0) AS gained,
    count(settled.clv_pct)::double precision AS closed,
    coalesce(sum(settled.clv_pct), 0) AS kept
  FROM (
    SELECT
      signals.kind,
      signals.threshold,
      signals.match_id,
      signals.clv_pct,
      CASE
        WHEN match_results.outcome = signals.outcome THEN (signals.net_price - 1) * 100
        WHEN match_results.outcome <> signals.outcome AND (match_results.outcome <> 'draw' OR signals.has_draw) THEN -100
      END AS gain_pct
    FROM signals
    LEFT JOIN {{ ref("match_results", only="signals") }}
      ON
        signals.match_id = match_results.match_id
        AND signals.kick_off <= {{ at }} - interval '2 hours'
        AND match_results.outcome IS NOT NULL
  ) AS settled
  GROUP BY settled.kind, settled.threshold, settled.match_id
),

summed AS (
  SELECT
    by_match.kind,
    by_match.threshold,
    sum(by_match.signals)::bigint AS signals,
    sum(by_match.settled)::bigint AS settled,
    sum(by_match.won)::bigint AS won,
    {% for mean, sum, number in (("gained", "gained", "settled"), ("kept", "kept", "closed")) %}
    sum(by_match.{{ sum }}) / nullif(sum(by_match.{{ number }}), 0) AS {{ mean }},
    {{ clustered_error(
      "(sum(by_match." ~ sum ~ ") / sum(by_match." ~ number ~ "))",
      "sum(by_match." ~ sum ~ " ^ 2)",
      "sum(by_match." ~ sum ~ " * by_match." ~ number ~ ")",
      "sum(by_match." ~ number ~ " ^ 2)",
      "sum(by_match." ~ number ~ ")",
      "count(*) FILTER (WHERE by_match." ~ number ~ " > 0)"
    ) }} AS {{ mean }}_error{{ "" if loop.last else "," }}
    {% endfor %}
  FROM by_match
  GROUP BY by_match.kind, by_match.threshold
)

SELECT
  summed.kind,
  CASE summed.kind
    WHEN 'value' THEN 'Value bets from ' || summed.threshold || ' %'
    WHEN 'spread' THEN 'Spreads from ' || summed.threshold || ' %'
    ELSE 'Every outcome'
  END AS title,
  summed.gained AS yield_pct,
  summed.gained_error AS error_pct,
  {{ signed("summed.gained - 2 * summed.gained_error") }} || ' to ' || {{ signed("summed.gained + 2 * summed.gained_error") }} || ' %' AS likely,
  summed.kept AS kept_pct,
  {{ signed("summed.kept - 2 * summed.kept_error") }} || ' to ' || {{ signed("summed.kept + 2 * summed.kept_error") }} || ' %' AS kept_likely,
  summed.signals,
  summed.settled,
  summed.signals - summed.settled AS unsettled,
  summed.won,
  CASE
    WHEN summed.settled < 100 THEN 'No, noise: ' || summed.settled || ' of thousands'
    WHEN summed.settled < greatest(1000, summed.gained_error ^ 2 * summed.settled)
      THEN
        'No, noise: ' || summed.settled || ' of about '
        || to_char(greatest(1000, round((summed.gained_error ^ 2 * summed.settled)::numeric, -3)), 'FM999,999,999')
    ELSE 'Yes'
  END AS enough
FROM summed
