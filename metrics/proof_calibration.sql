-- Chances said and seen
-- Question: do outcomes come as often as the fair price at the end says?
-- Grain: one row per tenth of chances with an outcome in it
-- Returns:
--   chances: text, text, Chance
--   said_pct: double precision, percent, Said
--   seen_pct: double precision, percent, Came true
--   error_pct: double precision, percent, Error
--   seen_from_pct: double precision, percent, Likely from
--   seen_to_pct: double precision, percent, Likely to
--   outcomes: bigint, count, Outcomes
--   matches: bigint, count, Matches
-- Parameters: at (the moment)
-- Notes: The fair chances behind the final prices (see "Fair chances for offers") of every outcome of the past matches that have
--   a result, in tenths of 0 to 100 %: their mean, and the share of outcomes that came. The error is that of chance alone, were
--   every chance right: of a match's outcomes in a tenth at most one comes, with the sum p of their chances, so it is
--   sqrt(sum over matches of p (1 - p)) / n. Likely is two errors around what was seen. Results as in "What alerts would have
--   won"; a draw where nobody offered one is none.
{% set outcomes = ["home", "draw", "away"] %}
WITH past AS MATERIALIZED {{ whole("past_matches") }},

prices AS MATERIALIZED {{ whole("past_prices", of="past") }},

closing AS MATERIALIZED (
  SELECT
    past_collections.lot,
    past_collections.number,
    past.match_id,
    past_collections.kick_off,
    past_collections.seen_at,
    past_collections.is_gathered,
    past_collections.has_draw
  FROM {{ ref("past_collections", of="prices") }}
  INNER JOIN past ON past_collections.number = past.number
  WHERE past_collections.is_close
),

closes AS MATERIALIZED {{ whole("past_books", of="prices", lots="closing") }},

asked AS (
  SELECT DISTINCT
    closes.lot,
    '' AS bookmaker
  FROM closes
),

ended AS (
  SELECT
    closing.lot,
    closing.match_id,
    match_results.outcome
  FROM closing
  INNER JOIN {{ ref("match_results", only="closing") }} ON closing.match_id = match_results.match_id
  WHERE closing.kick_off <= {{ at }} - interval '2 hours' AND match_results.outcome IS NOT NULL
),

by_match AS (
  SELECT
    ended.match_id,
    width_bucket(said.chance, 0, 1, 10) AS tenth,
    sum(said.chance) AS chance,
    count(*) AS outcomes,
    count(*) FILTER (WHERE said.outcome = ended.outcome) AS came
  FROM ended
  INNER JOIN {{ ref("fair_chances", of="closes", asked="asked") }} ON ended.lot = fair_chances.lot
  CROSS JOIN LATERAL (
    VALUES
    {% for outcome in outcomes %}
    ('{{ outcome }}', fair_chances.{{ outcome }}_chance){{ "" if loop.last else "," }}
    {% endfor %}
  ) AS said (outcome, chance)
  WHERE said.chance IS NOT NULL AND (ended.outcome <> 'draw' OR fair_chances.draw_chance IS NOT NULL)
  GROUP BY ended.match_id, width_bucket(said.chance, 0, 1, 10)
)

SELECT
  (binned.tenth - 1) * 10 || ' to ' || binned.tenth * 10 || ' %' AS chances,
  binned.said_pct,
  binned.seen_pct,
  binned.error_pct,
  greatest(binned.seen_pct - 2 * binned.error_pct, 0) AS seen_from_pct,
  least(binned.seen_pct + 2 * binned.error_pct, 100) AS seen_to_pct,
  binned.outcomes,
  binned.matches
FROM (
  SELECT
    by_match.tenth,
    sum(by_match.chance) / sum(by_match.outcomes) * 100 AS said_pct,
    sum(by_match.came)::double precision / sum(by_match.outcomes)::double precision * 100 AS seen_pct,
    sqrt(sum(greatest(by_match.chance * (1 - by_match.chance), 0))) / sum(by_match.outcomes)::double precision * 100 AS error_pct,
    sum(by_match.outcomes)::bigint AS outcomes,
    count(*) AS matches
  FROM by_match
  GROUP BY by_match.tenth
) AS binned
ORDER BY binned.tenth
