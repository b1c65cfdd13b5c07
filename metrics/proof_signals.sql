-- Past alerts one by one
-- Question: what became of each alert?
-- Grain: one row per mailed kind of signal, past match and outcome
-- Returns:
--   kind: text, text, Alert
--   match_id: text, text, Match id
--   match: text, text, Match
--   bet: text, text, Bet
--   promised_pct: double precision, percent, Promised
--   clv_pct: double precision, percent, Kept
--   later_clv_pct: double precision, percent, One collection later
--   still_there: text, text, Still there
--   closing_price: double precision, price, Fair price at the end
--   seen_at: timestamp, time, Seen
--   kick_off: timestamp, time, Kick-off
--   league_name: text, text, League
-- Parameters: at (the moment)
-- Notes: See "Past signals". Kept is NULL where no final price is known; still there is NULL where nothing was collected later.
SELECT
  CASE past_signals.kind WHEN 'value' THEN 'Value bet' ELSE 'High spread' END AS kind,
  past_signals.match_id,
  past_signals.match,
  initcap(past_signals.outcome) || ' ' || to_char(past_signals.price, 'FM9990.00') || ' · ' || {{ bookmaker_name("past_signals.bookmaker") }} AS bet,
  CASE WHEN past_signals.kind = 'value' THEN past_signals.strength_pct END AS promised_pct,
  past_signals.clv_pct,
  past_signals.later_clv_pct,
  CASE WHEN past_signals.later_price >= past_signals.price THEN 'yes' WHEN past_signals.later_price IS NOT NULL THEN 'no' END AS still_there,
  1 / past_signals.closing_chance AS closing_price,
  past_signals.seen_at,
  past_signals.kick_off,
  {{ league_name("past_signals.league") }} AS league_name
FROM {{ ref("past_signals", mailed="all") }}
WHERE past_signals.kind <> 'any'
