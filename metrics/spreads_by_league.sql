-- Spreads by league
-- Question: in which league do bookmakers disagree most?
-- Grain: one row per league with matches ahead
-- Returns:
--   league: text, text, League id
--   league_name: text, text, League
--   max_spread_pct: double precision, percent, Widest spread
--   opportunities: bigint, count, Opportunities
--   matches: bigint, count, Matches
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   within (an interval in which the match must start)
-- Notes: Over the outcomes that enough bookmakers price; the widest spread counts below the minimum of an opportunity too.
SELECT
  price_extremes.league,
  {{ league_name("price_extremes.league") }} AS league_name,
  max(price_extremes.spread_pct) AS max_spread_pct,
  count(*) FILTER (WHERE price_extremes.spread_pct >= {{ settings.opportunities.min_spread_pct }}) AS opportunities,
  count(DISTINCT price_extremes.match_id) AS matches
FROM {{ ref("price_extremes") }}
WHERE
  price_extremes.bookmakers >= {{ settings.opportunities.min_bookmakers }}
GROUP BY price_extremes.league
