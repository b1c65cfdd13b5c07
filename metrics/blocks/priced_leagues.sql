-- Leagues with prices
-- Grain: one row per league with a price in the last `collection.forget_league_after`
-- Returns:
--   league: text, text, League id
--   last_price: timestamp, time, Last price
-- Notes: Looking for leagues in all prices of a week would cost more than everything else together. Read are the last three
--   late spans (`collection.late_after_intervals`), in which every league that is collected has a price, and one late span
--   at each of seven moments spread over `collection.forget_league_after`, where a league shows that has stopped since. The
--   last price of such a league is looked for from there to the following moment. So a league goes unnoticed that stopped
--   longer ago than three late spans and had been collected for less than a seventh of that time before.
{% set c = prices.columns %}
{% set late = settings.collection.late_seconds %}
{% set step = settings.collection.forget_seconds / 7 %}
SELECT
  seen.league,
  greatest(
    seen.last_price,
    (
      SELECT max(p.{{ c.collected_at }})
      FROM {{ prices.table }} AS p
      WHERE
        p.{{ c.league }} = seen.league
        AND p.{{ c.collected_at }} > seen.last_price
        AND p.{{ c.collected_at }} <= seen.looked_until
    )
  ) AS last_price
FROM (
  SELECT DISTINCT ON (spans.league)
    spans.league,
    spans.last_price,
    spans.looked_until
  FROM (
    SELECT
      p.{{ c.league }}::text AS league,
      max(p.{{ c.collected_at }}) AS last_price,
      NULL::{{ moment_type }} AS looked_until
    FROM {{ prices.table }} AS p
    WHERE p.{{ c.collected_at }} > {{ now }} - interval '{{ late * 3 }} seconds'
    GROUP BY p.{{ c.league }}
    {% for place in range(1, 8) if place * step > late * 3 %}
    UNION ALL
    SELECT
      p.{{ c.league }}::text AS league,
      max(p.{{ c.collected_at }}) AS last_price,
      {{ now }} - interval '{{ (place - 1) * step - late }} seconds' AS looked_until
    FROM {{ prices.table }} AS p
    WHERE
      p.{{ c.collected_at }} >= {{ now }} - interval '{{ place * step }} seconds'
      AND p.{{ c.collected_at }} <= {{ now }} - interval '{{ place * step - late }} seconds'
    GROUP BY p.{{ c.league }}
    {% endfor %}
  ) AS spans
  WHERE spans.league IS NOT NULL
  ORDER BY spans.league, spans.last_price DESC
) AS seen
