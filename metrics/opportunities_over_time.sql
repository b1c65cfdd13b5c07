-- Opportunities over time
-- Question: is today a better day than yesterday?
-- Grain: one row per moment of the time range
-- Returns:
--   time: timestamp, time, Time
--   opportunities: bigint, count, Opportunities
-- Parameters: leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   within (an interval in which the match must start), filter (a condition on the columns of "Spreads that count as
--   opportunities")
-- Notes: What "Number of opportunities" said at 13 moments, always from the prices: a view has no past.
WITH trend AS MATERIALIZED (
  SELECT array_agg(moments.moment ORDER BY moments.moment) AS moments
  FROM {{ ref("moments") }}
)

-- Written out: of a list of moments the planner expects that all prices have to be read.
{% for number in range(1, 14) %}
{% set moment = "(SELECT trend.moments[" ~ number ~ "] FROM trend)" %}
SELECT
  {{ moment }} AS time,
  count(*) AS opportunities
FROM {{ ref("wide_spreads", at=moment) }}
{% if filter %}
WHERE {{ filter }}
{% endif %}
HAVING {{ moment }} IS NOT NULL
{{ "UNION ALL" if not loop.last }}
{% endfor %}
