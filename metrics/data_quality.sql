-- Data quality
-- Question: can the prices of the last day, and the bets, be trusted?
-- Grain: one row per check
-- Returns:
--   problem: text, text, Check
--   found: bigint, count, Found
--   detail: text, text, Where
--   is_fault: boolean, text, Somebody should mend it
-- Notes: Over the prices of the last 24 hours, and NULL where there is none and nothing was found; duplicates over the last 3
--   collection intervals. Impossible prices are 1 or less, or above `opportunities.max_price`. A draw is missing where at least
--   half of its league's prices have one. A duplicate is a second price of the same bookmaker and match within 30 seconds.
--   Silent bookmakers are those of "Bookmakers and their last prices". A price from the future (by more than a minute) means
--   that the feed's clock runs ahead. A league is unknown that `leagues` in config.yml does not name. The checks of bets are
--   over all of them, because bets count for ever: unusable values are those of "Bets"; unknown results are words that
--   `tables.bets` does not name; a bet that was placed after kick-off says nothing about its price. Of results without prices
--   only the moment at which they were recorded is known; that is no fault where prices are kept for a shorter time than bets.
--   Unknown results of matches, where `tables.results` is enabled: see "Results of matches".
{% set c = prices.columns %}
WITH by_league AS MATERIALIZED (
  SELECT
    p.{{ c.league }}::text AS league,
    {% for outcome in ("home", "draw", "away") %}
    {{ "+ " if not loop.first }}count({{ offer("p", outcome) }}) - count({{ price_of("p", outcome) }}){{ " AS impossible," if loop.last }}
    {% endfor %}
    count({{ offer("p", "draw") }}) AS draws,
    greatest(count({{ offer("p", "home") }}) - count({{ offer("p", "draw") }}), 0) AS missing_draws
  FROM {{ prices.table }} AS p
  WHERE p.{{ c.collected_at }} > {{ now }} - interval '24 hours'
  GROUP BY p.{{ c.league }}
),

placed AS MATERIALIZED (
  SELECT
    bets_with_match.bookmaker AS name,
    count(*) FILTER (WHERE bets_with_match.placed_at >= bets_with_match.kick_off) AS late,
    count(*) FILTER (WHERE bets_with_match.kick_off IS NULL AND bets_with_match.result <> 'open') AS gone
  FROM {{ ref("bets_with_match") }}
  GROUP BY bets_with_match.bookmaker
),

findings (place, problem, name, found) AS (
  SELECT 1, 'Impossible prices', {{ league_name("by_league.league") }}, by_league.impossible
  FROM by_league
  UNION ALL
  SELECT 2, 'Missing draws', {{ league_name("by_league.league") }}, by_league.missing_draws
  FROM by_league
  WHERE by_league.draws >= by_league.missing_draws
  UNION ALL
  SELECT 3, 'Duplicates', {{ league_name("doubles.league") }}, count(*)
  FROM (
    SELECT
      p.{{ c.league }}::text AS league,
      p.{{ c.collected_at }} - lag(p.{{ c.collected_at }}) OVER (
        PARTITION BY p.{{ c.match }}, p.{{ c.bookmaker }}{{ ", p." ~ c.outcome if prices.form == "per_outcome" }}
        ORDER BY p.{{ c.collected_at }}
      ) AS distance
    FROM {{ prices.table }} AS p
    WHERE p.{{ c.collected_at }} > {{ now }} - interval '{{ settings.collection.interval_seconds * 3 }} seconds'
  ) AS doubles
  WHERE doubles.distance < interval '30 seconds'
  GROUP BY doubles.league
  UNION ALL
  SELECT 4, 'Silent bookmakers', {{ bookmaker_name("bookmaker_status.bookmaker") }}, 1
  FROM {{ ref("bookmaker_status") }}
  WHERE bookmaker_status.state = 'silent'
  UNION ALL
  SELECT 5, 'Prices from the future', {{ league_name("future.league") }}, future.found
  FROM (
    SELECT
      p.{{ c.league }}::text AS league,
      count(*) AS found
    FROM {{ prices.table }} AS p
    WHERE p.{{ c.collected_at }} > {{ now }} + interval '1 minute'
    GROUP BY p.{{ c.league }}
  ) AS future
  UNION ALL
  SELECT 6, 'Unknown leagues', by_league.league, 1
  FROM by_league
  WHERE {{ "by_league.league NOT IN (" ~ (settings.leagues | map("literal") | join(", ")) ~ ")" if settings.leagues else "false" }}
  UNION ALL
  SELECT 7, 'Unusable values of bets', what.unusable, count(*)
  FROM {{ ref("bets") }}
  CROSS JOIN LATERAL unnest(string_to_array(bets.unusable, ', ')) AS what (unusable)
  GROUP BY what.unusable
  UNION ALL
  SELECT 8, 'Unknown results of bets', bets.word, count(*)
  FROM {{ ref("bets") }}
  WHERE NOT bets.is_known
  GROUP BY bets.word
  UNION ALL
  SELECT 9, 'Bets placed after kick-off', placed.name, placed.late
  FROM placed
  UNION ALL
  SELECT 10, 'Results without prices', placed.name, placed.gone
  FROM placed
  {% if results.enabled %}
  UNION ALL
  SELECT 11, 'Unknown results of matches', match_results.unknown, count(*)
  FROM {{ ref("match_results") }}
  WHERE match_results.unknown IS NOT NULL
  GROUP BY match_results.unknown
  {% endif %}
)

SELECT
  checks.problem,
  coalesce(sum(findings.found), CASE WHEN EXISTS (SELECT 1 AS one FROM by_league) THEN 0 END)::bigint AS found,
  string_agg(
    findings.name || CASE WHEN checks.by_name THEN '' ELSE ' ' || findings.found END, ', ' ORDER BY findings.found DESC, findings.name
  ) FILTER (WHERE findings.found > 0) AS detail,
  checks.is_fault
FROM (
  VALUES
  (1, 'Impossible prices', false, true),
  (2, 'Missing draws', false, true),
  (3, 'Duplicates', false, true),
  (4, 'Silent bookmakers', true, true),
  (5, 'Prices from the future', false, true),
  (6, 'Unknown leagues', true, true),
  (7, 'Unusable values of bets', false, true),
  (8, 'Unknown results of bets', false, true),
  (9, 'Bets placed after kick-off', false, true),
  (10, 'Results without prices', false, false){{ "," if results.enabled }}
  {% if results.enabled %}
  (11, 'Unknown results of matches', false, true)
  {% endif %}
) AS checks (place, problem, by_name, is_fault)
LEFT JOIN findings ON checks.place = findings.place AND findings.found > 0
GROUP BY checks.place, checks.problem, checks.by_name, checks.is_fault
ORDER BY checks.place
