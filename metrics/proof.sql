-- Past alerts, all that is known of them
-- Question: do my alerts deserve to be read?
-- Grain: one row per kind of signal and threshold, and one for every outcome; one row where there was no signal
-- Returns:
--   value_bets: text, text, Value bets
--   high_spreads: text, text, High spreads
--   surebets: text, text, Surebets
--   looked_at: text, text, What this looked at
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
--   price: double precision, price, Median price
--   still_there_pct: double precision, percent, Still there
--   later_kept_pct: double precision, percent, One collection later
-- Parameters: at (the moment), mailed (all, or spread: of all, or of spreads, only the threshold that is mailed)
-- Notes: Those of "Which alerts deserve to be read", and in each row the sentences about those that are mailed, about "Past
--   surebets", and about "What the proof looked at". Together, because reading the prices of past matches is most of the work.
{% set outcomes = ["home", "draw", "away"] %}
WITH past AS MATERIALIZED (
  SELECT
    past_matches.match_id,
    past_matches.matches
  FROM {{ ref("past_matches") }}
),

prices AS MATERIALIZED (
  SELECT
    past_prices.match_id,
    past_prices.match,
    past_prices.league,
    past_prices.kick_off,
    past_prices.bookmaker,
    {% for outcome in outcomes %}
    past_prices.{{ outcome }}_price,
    {% endfor %}
    past_prices.about,
    past_prices.offers_draw,
    past_prices.collected_at
  FROM {{ ref("past_prices", matches="past") }}
),

lots AS MATERIALIZED (
  SELECT
    past_collections.lot,
    past_collections.match_id,
    past_collections.match,
    past_collections.league,
    past_collections.kick_off,
    past_collections.seen_at,
    past_collections.is_gathered,
    past_collections.is_close,
    {% for outcome in outcomes %}
    past_collections.{{ outcome }}_best,
    past_collections.{{ outcome }}_worst,
    past_collections.{{ outcome }}_bookmakers,
    {% endfor %}
    past_collections.has_draw
  FROM {{ ref("past_collections", of="prices") }}
),

found AS MATERIALIZED (
  SELECT
    past_signals.kind,
    past_signals.threshold,
    past_signals.is_mailed,
    past_signals.match_id,
    past_signals.seen_at,
    past_signals.kick_off,
    past_signals.price,
    past_signals.strength_pct,
    past_signals.later_price,
    past_signals.closing_at,
    past_signals.clv_pct,
    past_signals.later_clv_pct
  FROM {{ ref("past_signals", read="true") }}
),

judged AS MATERIALIZED (
  SELECT
    signal_proof.kind,
    signal_proof.title,
    signal_proof.threshold,
    signal_proof.is_mailed,
    signal_proof.kept_pct,
    signal_proof.error_pct,
    signal_proof.kept_from_pct,
    signal_proof.kept_to_pct,
    signal_proof.likely,
    signal_proof.promised_pct,
    signal_proof.signals,
    signal_proof.price,
    signal_proof.still_there_pct,
    signal_proof.later_kept_pct,
    signal_proof.sentence
  FROM {{ ref("signal_proof", signals="found") }}
)

SELECT
  mailed.value_bets,
  mailed.high_spreads,
  proof_surebets.sentence AS surebets,
  proof_coverage.summary AS looked_at,
  judged.kind,
  judged.title,
  judged.threshold,
  judged.is_mailed,
  judged.kept_pct,
  judged.error_pct,
  judged.kept_from_pct,
  judged.kept_to_pct,
  judged.likely,
  judged.promised_pct,
  judged.signals,
  judged.price,
  judged.still_there_pct,
  judged.later_kept_pct
FROM (
  SELECT
    max(judged.sentence) FILTER (WHERE judged.kind = 'value') AS value_bets,
    max(judged.sentence) FILTER (WHERE judged.kind = 'spread') AS high_spreads
  FROM judged
  WHERE judged.is_mailed
) AS mailed
CROSS JOIN {{ ref("proof_surebets", read="true") }}
CROSS JOIN {{ ref("proof_coverage", of="past", signals="found") }}
LEFT JOIN judged ON true
