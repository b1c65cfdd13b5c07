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
-- Notes: See "Past signals". Kept is NULL where no final price is known; there is no later price where this bookmaker had
--   none.
{% set c = prices.columns %}
WITH signals AS MATERIALIZED (
  SELECT
    past_signals.kind,
    past_signals.match_id,
    past_signals.league,
    past_signals.outcome,
    past_signals.seen_at,
    past_signals.kick_off,
    past_signals.bookmaker,
    past_signals.collected_at,
    past_signals.price,
    past_signals.strength_pct,
    past_signals.later_price,
    past_signals.closing_chance,
    past_signals.clv_pct,
    past_signals.later_clv_pct
  FROM {{ ref("past_signals", mailed="all") }}
  WHERE past_signals.kind <> 'any'
),

-- A price of each match says how it is called.
named AS MATERIALIZED (
  SELECT DISTINCT ON (signals.match_id)
    signals.match_id,
    signals.bookmaker,
    signals.collected_at
  FROM signals
  ORDER BY signals.match_id, signals.collected_at DESC, signals.bookmaker
),

names AS (
  SELECT
    named.match_id,
    told.match
  FROM named
  CROSS JOIN LATERAL (
    SELECT DISTINCT ON (p.{{ c.match }})
      p.{{ c.home_team }} || ' – ' || p.{{ c.away_team }} AS match
    FROM {{ prices.table }} AS p
    WHERE
      p.{{ c.match }} = named.match_id
      -- As the index has it, not in plain byte order.
      AND p.{{ c.bookmaker }} = named.bookmaker COLLATE "default"
      AND p.{{ c.collected_at }} = named.collected_at
    ORDER BY p.{{ c.match }}, p.{{ c.kick_off }} DESC
  ) AS told
)

SELECT
  CASE signals.kind WHEN 'value' THEN 'Value bet' ELSE 'High spread' END AS kind,
  signals.match_id,
  names.match,
  initcap(signals.outcome) || ' ' || to_char(signals.price, 'FM9990.00') || ' · ' || {{ bookmaker_name("signals.bookmaker") }} AS bet,
  CASE WHEN signals.kind = 'value' THEN signals.strength_pct END AS promised_pct,
  signals.clv_pct,
  signals.later_clv_pct,
  CASE WHEN signals.later_price >= signals.price THEN 'yes' WHEN signals.later_price IS NOT NULL THEN 'no' ELSE 'no later price' END AS still_there,
  1 / signals.closing_chance AS closing_price,
  signals.seen_at,
  signals.kick_off,
  {{ league_name("signals.league") }} AS league_name
FROM signals
LEFT JOIN names ON signals.match_id = names.match_id
