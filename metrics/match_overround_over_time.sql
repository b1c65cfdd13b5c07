-- Margin per bookmaker of a match over time
-- Question: who takes how much, and do the best prices together leave a profit?
-- Grain: one row per moment of the time range and bookmaker with a complete book, and one for the best prices
-- Returns:
--   time: timestamp, time, Time
--   bookmaker: text, text, Bookmaker
--   overround_pct: double precision, percent, Margin
-- Parameters: match (the id of the match)
-- Notes: Margin (overround) = (sum of 1 / price - 1) x 100 after commission, over home, draw and away; over home and away where
--   the match cannot end in a draw. "Best prices" is the book of the best price of each outcome at `bookmakers.mine`: below 0
--   it is a surebet, or a wrong price.
{% set outcomes = ["home", "draw", "away"] %}
WITH net AS MATERIALIZED (
  SELECT
    match_history.time,
    match_history.bookmaker,
    {% for outcome in outcomes %}
    {{ net_price("match_history." ~ outcome ~ "_price", "match_history.bookmaker") }} AS {{ outcome }}_net,
    {% endfor %}
    match_history.has_draw
  FROM {{ ref("match_history") }}
),

best AS (
  SELECT
    net.time,
    {% for outcome in outcomes %}
    max(net.{{ outcome }}_net) AS {{ outcome }}_net,
    {% endfor %}
    net.has_draw
  FROM net
  WHERE {{ is_mine("net.bookmaker") }}
  GROUP BY net.time, net.has_draw
)

SELECT
  margins.time,
  margins.curve AS bookmaker,
  margins.overround_pct
FROM (
  SELECT
    net.time,
    {{ bookmaker_name("net.bookmaker") }} AS curve,
    {{ margin_pct("net") }} AS overround_pct
  FROM net
  UNION ALL
  SELECT
    best.time,
    'Best prices' AS curve,
    {{ margin_pct("best") }} AS overround_pct
  FROM best
) AS margins
WHERE margins.overround_pct IS NOT NULL
