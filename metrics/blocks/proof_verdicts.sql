-- Verdicts in a sentence
-- Grain: one row
-- Returns:
--   value_bets: text, text, Value bets
--   high_spreads: text, text, High spreads
-- Parameters: at (the moment), of (name of a relation in scope: "Past matches that are looked at"), signals (name of a relation in
--   scope: "Past signals and what the market said at the end"), judged (name of a relation in scope: "Which alerts deserve to be
--   read")
-- Notes: NULL where nothing was mailed. Too few says what it takes to have as many matches as are needed, at the pace so far:
--   of matches since the first of them, a day at least, were all read. More time, where the first is younger than `proof.window`
--   reaches, because the site is or the prices of older matches were deleted; a longer `proof.window`, where it holds too few
--   (and your database must keep prices as long); a larger `proof.sample_rows`, where a sample was read or would be. Of 4
--   million prices or so, or of `proof.sample_rows` where that is more, it is too rare: the role's limits, 20 seconds and 1 GB
--   on disk, allow no more on plain PostgreSQL. Where there are as many matches and the verdict is still open, it says what was
--   kept so far.
{% set proof = settings.proof %}
{% set day, month = 86400, 2592000 %}
{% set readable = [4000000, proof.sample_rows] | max %}
WITH looked AS (
  SELECT
    sum(past.prices) AS prices,
    count(*) AS sampled,
    max(past.matches) AS matches
  FROM {{ of }} AS past
),

begun AS (
  SELECT
    greatest({{ day }}, extract(EPOCH FROM {{ at }} - min(signals.kick_off))::double precision) AS seconds,
    -- From where on nothing is told of older matches: they were not looked for.
    extract(EPOCH FROM {{ at }} - ({{ proof_since(at) }}))::double precision * 0.9 AS looked_back
  FROM {{ signals }} AS signals
),

mailed AS (
  SELECT
    judged.kind,
    judged.verdict,
    judged.closed_matches,
    judged.needed,
    looked.sampled < looked.matches AS is_sample,
    begun.seconds,
    begun.seconds < begun.looked_back AS is_young,
    looked.prices * judged.needed / nullif(judged.closed_matches, 0) AS needed_prices,
    begun.seconds * looked.sampled * judged.needed / nullif(judged.closed_matches * looked.matches, 0) AS needed_seconds,
    'by the final prices ' || {{ signed("judged.kept_pct") }} || ' % a bet, likely ' || judged.likely AS kept
  FROM {{ judged }} AS judged
  CROSS JOIN looked
  CROSS JOIN begun
  WHERE judged.verdict IS NOT NULL
),

remedies AS (
  SELECT
    mailed.kind,
    mailed.verdict,
    mailed.closed_matches,
    mailed.needed,
    mailed.kept,
    CASE
      WHEN mailed.closed_matches = 0 AND mailed.is_sample THEN 'on a sample, see proof.sample_rows'
      WHEN mailed.needed_prices > {{ readable }} THEN 'too rare: more than {{ readable // 1000000 }} million prices to be read'
      ELSE
        concat_ws(
          ', ',
          CASE
            WHEN mailed.is_young AND mailed.needed_seconds > mailed.seconds
              THEN
                ceil((mailed.needed_seconds - mailed.seconds) / {{ month }})
                || CASE WHEN mailed.needed_seconds - mailed.seconds > {{ month }} THEN ' more months' ELSE ' more month' END
                || ' of kept prices at this pace'
          END,
          'with ' || nullif(
            concat_ws(
              ' and ',
              CASE
                WHEN mailed.needed_seconds > {{ proof.window_seconds }} THEN 'proof.window: ' || ceil(mailed.needed_seconds / {{ day }}) || 'd'
              END,
              CASE
                WHEN mailed.needed_prices > {{ proof.sample_rows }}
                  THEN 'proof.sample_rows: ' || to_char(ceil(mailed.needed_prices / 100000) * 100000, 'FM9999999')
              END
            ),
            ''
          )
        )
    END AS remedy
  FROM mailed
),

told AS (
  SELECT
    remedies.kind,
    CASE
      WHEN remedies.verdict <> 'too few' THEN upper(left(remedies.verdict, 1)) || substr(remedies.verdict, 2) || ': ' || remedies.kept
      WHEN remedies.closed_matches >= remedies.needed THEN 'Too few to tell it from nothing: ' || remedies.kept
      ELSE
        concat_ws(
          ', ', 'Too few: ' || remedies.closed_matches || ' of about ' || remedies.needed || ' matches', nullif(remedies.remedy, '')
        )
    END AS sentence
  FROM remedies
)

SELECT
  max(told.sentence) FILTER (WHERE told.kind = 'value') AS value_bets,
  max(told.sentence) FILTER (WHERE told.kind = 'spread') AS high_spreads
FROM told
