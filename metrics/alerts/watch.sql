-- Watch
-- Grain: one row
-- Group: watch
-- Fires: value > 0
-- Panel: health / status
-- Errors: The odds database cannot be read. The database does not answer, or a configured table or column is gone. No other
--   alert can begin or end until this is over.
-- Returns:
--   value: double precision, number, Always 0
-- Notes: Reads no row: it fails when the database cannot be asked, or when a configured table or column is gone, has
--   another type or may not be read. Its texts stand above, because a query that failed says
--   nothing.
{% set sources = [prices, collections, bets] + ([results] if results.enabled else []) %}
SELECT (
  0
  {% for source in sources %}
  + (
    SELECT count(*)
    FROM (
      SELECT {% for column in source.columns %}t.{{ column }}{{ "" if loop.last else ", " }}{% endfor +%}
      FROM {{ source.table }} AS t
      LIMIT 0
    ) AS columns
  )
  {% endfor %}
  {% for name in ["current_opportunities", "collection_log", "bets", "match_results"] %}
  + (SELECT count(*) FROM (SELECT 1 AS one FROM {{ ref(name) }} LIMIT 0) AS types)
  {% endfor %}
)::double precision AS value
