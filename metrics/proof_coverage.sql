-- What the proof looked at
-- Question: how far does this reach, and what does it not know?
-- Grain: one row
-- Returns:
--   summary: text, text, Looked at
--   matches: bigint, count, Matches
--   sampled: bigint, count, Looked at
--   unclosed: bigint, count, Without a final price
--   closing_age: double precision, duration, Final price before kick-off
--   reaches_back: double precision, duration, Prices reach back
-- Parameters: at (the moment)
-- Notes: Signals are those that are mailed: value bets and spreads. Reaches back is the age of the oldest price of these matches.
WITH past AS MATERIALIZED (
  SELECT
    past_matches.match_id,
    past_matches.matches
  FROM {{ ref("past_matches") }}
),

signals AS MATERIALIZED (
  SELECT
    past_signals.kind,
    past_signals.match_id,
    past_signals.seen_at,
    past_signals.kick_off,
    past_signals.closing_at,
    past_signals.clv_pct
  FROM {{ ref("past_signals", mailed="true", matches="past") }}
),

looked AS (
  SELECT
    max(past.matches) AS matches,
    count(*) AS sampled
  FROM past
)

SELECT
  concat_ws(
    ' ',
    'Every alert about matches since ' || to_char({{ local("found.first_kick_off") }}, 'FMDD Mon')
    || CASE
      WHEN found.sampled < found.matches THEN ', on a fixed sample of ' || found.sampled || ' of ' || found.matches || ' matches,'
      ELSE ' (' || found.matches || '),'
    END,
    'once per outcome, ' || found.unclosed || ' without a final price included.',
    'Final price: median ' || {{ duration_text("found.closing_age") }} || ' before kick-off.',
    'Prices reach back ' || {{ duration_text("found.reaches_back") }} || '.',
    'This is what the price was worth in the end. It is not profit.'
  ) AS summary,
  found.matches,
  found.sampled,
  found.unclosed,
  found.closing_age,
  found.reaches_back
FROM (
  SELECT
    max(looked.matches) AS matches,
    max(looked.sampled) AS sampled,
    count(*) FILTER (WHERE signals.kind <> 'any' AND signals.clv_pct IS NULL) AS unclosed,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(EPOCH FROM signals.kick_off - signals.closing_at)::double precision) AS closing_age,
    min(signals.kick_off) AS first_kick_off,
    extract(EPOCH FROM {{ at }} - min(signals.seen_at))::double precision AS reaches_back
  FROM looked
  LEFT JOIN signals ON true
) AS found
