-- Past matches that are looked at
-- Grain: one row per match that started within `proof.window`, or a sample of them
-- Returns:
--   match_id: text, text, Match id
--   matches: bigint, count, Matches found
-- Parameters: at (the moment)
-- Notes: Found at moments 6 hours apart (48 collection intervals, where those are longer), at each by the prices of one interval:
--   matches that were collected for so long. Where an interval is 4 hours or more, by all prices, so that none is missed. Where
--   their prices are more than `proof.sample_rows`, as many matches as that allows, chosen by a hash of the id, so that nothing
--   about a match decides and a choice stays. The join is lateral: so TimescaleDB unpacks, for each moment, only its day.
{% set c = prices.columns %}
{% set interval = settings.collection.interval_seconds %}
{% set step = interval if interval >= 14400 else [21600, interval * 48] | max %}
{% set begin = at ~ " - interval '" ~ settings.proof.window_seconds ~ " seconds'" %}
{% if settings.proof.since %}
{% set begin = "greatest(" ~ begin ~ ", " ~ from_local("timestamp '" ~ settings.proof.since ~ "'") ~ ")" %}
{% endif %}
SELECT
  sampled.match_id,
  sampled.matches
FROM (
  SELECT
    found.match_id,
    count(*) OVER () AS matches,
    -- Rows to be read before it is this match's turn.
    sum(found.rows) OVER (ORDER BY md5(found.match_id), found.match_id) - found.rows AS rows_before
  FROM (
    SELECT
      priced.match_id::text AS match_id,
      sum(priced.prices) * {{ (step / interval) | round(3) }} AS rows
    FROM generate_series({{ begin }}, {{ at }} + interval '{{ step }} seconds', interval '{{ step }} seconds') AS moments (moment)
    CROSS JOIN LATERAL (
      SELECT
        p.{{ c.match }} AS match_id,
        count(*) AS prices
      FROM {{ prices.table }} AS p
      WHERE
        p.{{ c.collected_at }} > moments.moment - interval '{{ interval }} seconds'
        AND p.{{ c.collected_at }} <= least(moments.moment, {{ at }})
        AND p.{{ c.kick_off }} > {{ begin }}
        AND p.{{ c.kick_off }} <= {{ at }}
      GROUP BY p.{{ c.match }}
    ) AS priced
    GROUP BY priced.match_id
  ) AS found
) AS sampled
WHERE sampled.rows_before < {{ settings.proof.sample_rows }}
