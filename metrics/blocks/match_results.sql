-- Results of matches
-- Grain: one row per match that the table of results names
-- Returns:
--   match_id: text, text, Match id
--   outcome: text, text, Outcome
--   unknown: text, text, What does not say a result
-- Parameters: only (name of a relation in scope with match_id: the results of these matches)
-- Notes: Outcome is home, draw or away, by the word where `tables.results` knows it, else by the goals; NULL where there is no
--   result, or not yet. Unknown is a word that it does not know where no goals say it, goals that cannot be (NaN, less than 0),
--   and that a match has several results that differ, which then count as none. Without a table of results there are no rows.
{% set c = results.columns %}
{% if results.enabled %}
{% set word = "r." ~ c.result ~ "::text" %}
{% set goals = "r." ~ c.home_goals ~ " || ':' || r." ~ c.away_goals if c.home_goals else "" %}
SELECT
  said.match_id,
  CASE WHEN min(said.outcome) = max(said.outcome) THEN min(said.outcome) END AS outcome,
  CASE
    WHEN min(said.outcome) <> max(said.outcome) THEN 'different results of one match'
    WHEN min(said.outcome) IS NULL THEN max(said.said)
  END AS unknown
FROM (
  SELECT
    r.{{ c.match }}::text AS match_id,
    CASE
      {% if c.result %}
      {% for outcome in ("home", "draw", "away") %}
      WHEN {{ is_one_of(word, results[outcome]) }} THEN '{{ outcome }}'
      {% endfor %}
      WHEN {{ is_one_of(word, results.none) }} THEN NULL
      {% endif %}
      {% if c.home_goals %}
      WHEN r.{{ c.home_goals }} NOT BETWEEN 0 AND 999 OR r.{{ c.away_goals }} NOT BETWEEN 0 AND 999 THEN NULL
      WHEN r.{{ c.home_goals }} > r.{{ c.away_goals }} THEN 'home'
      WHEN r.{{ c.home_goals }} = r.{{ c.away_goals }} THEN 'draw'
      WHEN r.{{ c.home_goals }} < r.{{ c.away_goals }} THEN 'away'
      {% endif %}
    END AS outcome,
    {% if c.result %}
    CASE
      WHEN {{ is_one_of(word, results.none) }} THEN NULL
      ELSE coalesce(nullif(trim({{ word }}), ''){{ ", " ~ goals if goals }})
    END AS said
    {% else %}
    {{ goals }} AS said
    {% endif %}
  FROM {{ results.table }} AS r
  {% if only %}
  WHERE r.{{ c.match }} IN (SELECT {{ only }}.match_id FROM {{ only }})
  {% endif %}
) AS said
GROUP BY said.match_id
{% else %}
SELECT
  NULL::text AS match_id,
  NULL::text AS outcome,
  NULL::text AS unknown
WHERE false
{% endif %}
