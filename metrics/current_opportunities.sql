-- Current opportunities
-- Question: which outcomes do the bookmakers price differently right now?
-- Grain: one row per match and outcome
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League
--   kick_off: timestamp, time, Kick-off
--   outcome: text, text, Outcome
--   best_price: double precision, price, Best price
--   best_bookmaker: text, text, Best at
--   worst_price: double precision, price, Worst price
--   worst_bookmaker: text, text, Worst at
--   spread_pct: double precision, percent, Spread
--   bookmakers: bigint, count, Bookmakers
--   age: double precision, duration, Age
--   last_update: timestamp, time, Last update
-- Parameters: at (the moment), bookmakers (a list of names to keep), match (the id of one match)
-- Notes: Spread = (best - worst) / worst x 100 over the latest price of each bookmaker, as the collector's view
--   v_current_opportunities has it. Age is that of the older of the two prices. Ties go to the first name in the
--   alphabet. Read from the view itself (which names no bookmakers) with `opportunities.source: view`.
{% set v = view.columns %}
{% if settings.opportunities.source == "view" and at_is_now %}
SELECT
  v.{{ v.match }}::text AS match_id,
  v.{{ v.home_team }} || ' – ' || v.{{ v.away_team }} AS match,
  v.{{ v.league }}::text AS league,
  v.{{ v.kick_off }} AS kick_off,
  spreads.outcome,
  spreads.best_price,
  NULL::text AS best_bookmaker,
  spreads.worst_price,
  NULL::text AS worst_bookmaker,
  spreads.spread_pct,
  v.{{ v.bookmakers }}::bigint AS bookmakers,
  greatest(extract(EPOCH FROM {{ at }} - v.{{ v.last_update }}), 0)::double precision AS age,
  v.{{ v.last_update }} AS last_update
FROM {{ view.table }} AS v
CROSS JOIN LATERAL (
  VALUES
  {% if view.spreads == "single" %}
  ('any', NULL::double precision, NULL::double precision, v.{{ v.spread }}::double precision)
  {% else %}
  ('home', v.max_home_odds::double precision, v.min_home_odds::double precision, v.{{ v.home_spread }}::double precision),
  ('draw', v.max_draw_odds::double precision, v.min_draw_odds::double precision, v.{{ v.draw_spread }}::double precision),
  ('away', v.max_away_odds::double precision, v.min_away_odds::double precision, v.{{ v.away_spread }}::double precision)
  {% endif %}
) AS spreads (outcome, best_price, worst_price, spread_pct)
WHERE
  spreads.spread_pct >= {{ settings.opportunities.min_spread_pct }}
  AND v.{{ v.bookmakers }} >= {{ settings.opportunities.min_bookmakers }}
{% else %}
SELECT
  extremes.match_id,
  extremes.match,
  extremes.league,
  extremes.kick_off,
  extremes.outcome,
  extremes.best_price,
  extremes.best_bookmaker,
  extremes.worst_price,
  extremes.worst_bookmaker,
  extremes.spread_pct,
  extremes.bookmakers,
  greatest(extract(EPOCH FROM {{ at }} - least(extremes.best_at, extremes.worst_at)), 0)::double precision AS age,
  extremes.last_update
FROM (
  SELECT
    latest_prices.match_id,
    latest_prices.outcome,
    max(latest_prices.home_team) || ' – ' || max(latest_prices.away_team) AS match,
    max(latest_prices.league) AS league,
    max(latest_prices.kick_off) AS kick_off,
    max(latest_prices.price) AS best_price,
    min(latest_prices.price) AS worst_price,
    -- Rounded, so that 1.05 against 1.00 is 5 % and not a hair more or less.
    round(((max(latest_prices.price) / min(latest_prices.price) - 1) * 100)::numeric, 6)::double precision AS spread_pct,
    (array_agg(latest_prices.bookmaker ORDER BY latest_prices.price DESC, latest_prices.bookmaker))[1] AS best_bookmaker,
    (array_agg(latest_prices.bookmaker ORDER BY latest_prices.price, latest_prices.bookmaker))[1] AS worst_bookmaker,
    (array_agg(latest_prices.collected_at ORDER BY latest_prices.price DESC, latest_prices.bookmaker))[1] AS best_at,
    (array_agg(latest_prices.collected_at ORDER BY latest_prices.price, latest_prices.bookmaker))[1] AS worst_at,
    max(latest_prices.collected_at) AS last_update,
    count(*) AS bookmakers
  FROM {{ ref("latest_prices") }}
  GROUP BY latest_prices.match_id, latest_prices.outcome
) AS extremes
WHERE
  extremes.bookmakers >= {{ settings.opportunities.min_bookmakers }}
  AND extremes.spread_pct >= {{ settings.opportunities.min_spread_pct }}
{% endif %}
