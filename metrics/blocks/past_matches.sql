-- Past matches that are looked at
-- Grain: one row per match that started within `proof.window`, or a sample of them
-- Returns:
--   match_id: text, text, Match id
--   number: integer, number, Number of the match
--   matches: bigint, count, Matches found
--   prices: double precision, count, Prices of the match, about
-- Parameters: at (the moment)
-- Notes: Numbered, because a number is compared faster than an id. Found at moments 6 hours apart (48 collection intervals
--   or a 128th of `proof.window`, where those are longer), at each by the prices of one interval: matches that were
--   collected for so long. Where an interval is 4 hours or more, by all prices, so that none is missed. Where their prices
--   are more than `proof.sample_rows`, as many matches as that allows, chosen by a hash of the id, so that nothing about a
--   match decides and a choice stays. The moments are written out: so TimescaleDB unpacks, for each, only its day, and where
--   `at` is a literal it compares columns with them as a whole and leaves other days out of its plan.
{% set c = prices.columns %}
{% set interval = settings.collection.interval_seconds %}
{% set window = settings.proof.window_seconds %}
{% set step = settings.proof_step %}
{% set moments, length, weight = (window // step + 1, interval, (step / interval) | round(3)) if step else (1, window + interval, 1) %}
SELECT
  sampled.match_id,
  sampled.number,
  sampled.matches,
  sampled.prices
FROM (
  SELECT
    found.match_id,
    (row_number() OVER turns)::integer AS number,
    count(*) OVER () AS matches,
    found.prices::double precision AS prices,
    -- To be read before it is this match's turn.
    sum(found.prices) OVER turns - found.prices AS prices_before
  FROM (
    SELECT
      priced.match_id::text AS match_id,
      sum(priced.prices) * {{ weight }} AS prices
    FROM (
      {% for back in range(moments) %}
      {% set moment = at ~ " - interval '" ~ back * step ~ " seconds'" %}
      SELECT
        p.{{ c.match }} AS match_id,
        count(*) AS prices
      FROM {{ prices.table }} AS p
      WHERE
        p.{{ c.collected_at }} > {{ moment }} - interval '{{ length }} seconds'
        AND p.{{ c.collected_at }} <= {{ moment }}
        AND p.{{ c.kick_off }} > {{ proof_since(at) }}
        AND p.{{ c.kick_off }} <= {{ at }}
      GROUP BY p.{{ c.match }}
      {{ "UNION ALL" if not loop.last }}
      {% endfor %}
    ) AS priced
    GROUP BY priced.match_id
  ) AS found
  WINDOW turns AS (ORDER BY md5(found.match_id), found.match_id)
) AS sampled
WHERE sampled.prices_before < {{ settings.proof.sample_rows }}
UNION ALL
{{ no_rows(4, 1000) }}
