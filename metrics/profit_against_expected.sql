-- Profit against what was expected
-- Question: is the profit skill or luck?
-- Grain: one row per moment of results in the time range, its beginning and its end
-- Returns:
--   time: timestamp, time, Time
--   profit: double precision, money, Profit
--   expected_profit: double precision, money, Expected by the final prices
-- Notes: Both summed up from the first bet on, over the won and lost bets that have a final price: see "Bets against the close". At
--   500 moments at most. No rows before the first of these bets.
{% set start = "$__timeFrom()::" ~ moment_type %}
{% set end = "least($__timeTo()::" ~ moment_type ~ ", " ~ now ~ ")" %}
WITH steps AS MATERIALIZED (
  SELECT
    bets_at_close.settled_at AS time,
    sum(sum(bets_at_close.profit)) OVER (ORDER BY bets_at_close.settled_at) AS profit,
    sum(sum(bets_at_close.stake * bets_at_close.clv_pct / 100)) OVER (ORDER BY bets_at_close.settled_at) AS expected_profit
  FROM {{ ref("bets_at_close") }}
  WHERE bets_at_close.result IN ('won', 'lost') AND bets_at_close.clv_pct IS NOT NULL
  GROUP BY bets_at_close.settled_at
),

shown AS (
  SELECT
    edges.edge AS time,
    max(steps.time) AS step
  FROM (VALUES ({{ start }}), ({{ end }})) AS edges (edge)
  INNER JOIN steps ON edges.edge >= steps.time
  GROUP BY edges.edge
  UNION ALL
  SELECT
    max(steps.time) AS time,
    max(steps.time) AS step
  FROM steps
  WHERE steps.time > {{ start }} AND steps.time < {{ end }}
  GROUP BY {{ bucket("steps.time", 500) }}
)

SELECT
  shown.time,
  steps.profit::double precision AS profit,
  steps.expected_profit::double precision AS expected_profit
FROM shown
INNER JOIN steps ON shown.step = steps.time
