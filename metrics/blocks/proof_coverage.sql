-- What the proof looked at
-- Grain: one row
-- Returns:
--   summary: text, text, Looked at
--   matches: bigint, count, Matches
--   sampled: bigint, count, Looked at
--   unclosed: bigint, count, Without a final price
--   closing_age: double precision, duration, Final price before kick-off
--   reaches_back: double precision, duration, Prices reach back
-- Parameters: at (the moment), of (name of a relation in scope: "Past matches that are looked at"), signals (name of a relation in
--   scope: "Past signals and what the market said at the end")
-- Notes: Signals are those that are mailed: value bets and spreads. Reaches back is the age of the oldest price of these matches.
--   NULL where no past match was found.
SELECT
  CASE
    WHEN found.sampled > 0
      THEN concat_ws(
        ' ',
        'Every alert of today''s settings about matches since ' || to_char({{ local("found.first_kick_off") }}, 'FMDD Mon')
        || CASE
          WHEN found.sampled < found.matches THEN ', on a fixed sample of ' || found.sampled || ' of ' || found.matches || ' matches,'
          ELSE ' (' || found.matches || '),'
        END,
        'once per outcome, ' || found.unclosed || ' without a final price included.',
        'Final price: median ' || {{ duration_text("found.closing_age") }} || ' before kick-off.',
        'Prices reach back ' || {{ duration_text("found.reaches_back") }} || '.',
        {% if settings.proof_step %}
        'Matches that were collected for less than ' || {{ duration_text(settings.proof_step | string) }} || ' may be missing.',
        {% endif %}
        'This is what the price was worth in the end. It is not profit.'
      )
  END AS summary,
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
  FROM (
    SELECT
      max(past.matches) AS matches,
      count(*) AS sampled
    FROM {{ of }} AS past
  ) AS looked
  LEFT JOIN {{ signals }} AS signals ON signals.is_mailed
) AS found
