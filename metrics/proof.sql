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
-- Notes: Those of "Which alerts deserve to be read", and in each row the sentences of "Verdicts in a sentence", "Past surebets"
--   and "What the proof looked at". The sentences say of which moment they are when that is an hour ago or longer. Together,
--   because reading the prices of past matches is most of the work.
WITH past AS MATERIALIZED {{ whole("past_matches") }},

prices AS MATERIALIZED {{ whole("past_prices", of="past") }},

lots AS MATERIALIZED {{ whole("past_collections", of="prices") }},

found AS MATERIALIZED {{ whole("past_signals", read="true") }},

judged AS MATERIALIZED {{ whole("signal_proof", signals="found") }}

SELECT
  coalesce(proof_verdicts.value_bets, words.none_in_sample) || words.as_of AS value_bets,
  coalesce(proof_verdicts.high_spreads, words.none_in_sample) || words.as_of AS high_spreads,
  coalesce(past_surebets.sentence, words.none_in_sample, 'None so far') || words.as_of AS surebets,
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
FROM {{ ref("proof_verdicts", of="past", signals="found", judged="judged") }}
CROSS JOIN {{ ref("past_surebets", of="prices", lots="lots") }}
CROSS JOIN {{ ref("proof_coverage", of="past", signals="found") }}
CROSS JOIN LATERAL (
  SELECT
    CASE
      WHEN proof_coverage.sampled < proof_coverage.matches
        THEN 'None in a sample of ' || proof_coverage.sampled || ' of ' || proof_coverage.matches || ' matches, see proof.sample_rows'
    END AS none_in_sample,
    CASE WHEN {{ at }} < {{ now }} - interval '1 hour' THEN ', as of ' || to_char({{ local(at) }}, 'FMDD Mon HH24:MI') ELSE '' END AS as_of
) AS words
LEFT JOIN judged ON true
