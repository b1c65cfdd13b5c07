-- Bankroll over time
-- Question: is the money growing?
-- Grain: one row per settling in the time range, its beginning and its end
-- Returns:
--   time: timestamp, time, Time
--   bankroll: double precision, money, Bankroll
--   drawdown_pct: double precision, percent, Drawdown
-- Notes: Bankroll and drawdown as in "Betting summary", at 500 moments at most: of several settlings close together the last
--   bankroll and the largest drawdown count. No rows before the first settled bet.
{% set start = "$__timeFrom()::" ~ moment_type %}
{% set end = "least($__timeTo()::" ~ moment_type ~ ", " ~ now ~ ")" %}
WITH steps AS MATERIALIZED (
  SELECT bankroll_steps.time, bankroll_steps.bankroll, bankroll_steps.drawdown_pct
  FROM {{ ref("bankroll_steps") }}
)
SELECT before.edge AS time, before.bankroll, before.drawdown_pct
FROM (
  SELECT DISTINCT ON (edges.edge) edges.edge, steps.bankroll, steps.drawdown_pct
  FROM (VALUES ({{ start }}), ({{ end }})) AS edges (edge)
  INNER JOIN steps ON edges.edge >= steps.time
  ORDER BY edges.edge, steps.time DESC
) AS before
UNION ALL
SELECT
  max(steps.time) AS time,
  (array_agg(steps.bankroll ORDER BY steps.time DESC))[1] AS bankroll,
  max(steps.drawdown_pct) AS drawdown_pct
FROM steps
WHERE steps.time > {{ start }} AND steps.time < {{ end }}
GROUP BY {{ bucket("steps.time", 500) }}
