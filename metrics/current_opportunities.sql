-- Current opportunities
-- Question: which outcomes do the bookmakers price differently right now?
-- Grain: one row per match and outcome
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   league_name: text, text, League
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
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   match (the id of one match), within (an interval in which the match must start)
-- Notes: Spread = (best - worst) / worst x 100 over the latest price of each bookmaker, as the collector's view
--   v_current_opportunities has it. Age is that of the older of the two prices. Ties go to the first name in the
--   alphabet. Read from the view itself (which names no bookmakers) with `opportunities.source: view`.
{% set v = view.columns %}
{% set best_first = "ORDER BY latest_prices.price DESC, latest_prices.bookmaker" %}
{% set worst_first = "ORDER BY latest_prices.price, latest_prices.bookmaker" %}
{% if settings.opportunities.source == "view" and at_is_now %}
SELECT
  v.{{ v.match }}::text AS match_id,
  v.{{ v.home_team }} || ' – ' || v.{{ v.away_team }} AS match,
  v.{{ v.league }}::text AS league,
  {{ league_name("v." ~ v.league ~ "::text") }} AS league_name,
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
  {% for outcome in ["home", "draw", "away"] %}
  (
    '{{ outcome }}',
    {% for what in ["best", "worst", "spread"] %}
    {% set column = v[outcome ~ "_" ~ what] %}
    {{ "v." ~ column if column else "NULL" }}::double precision{{ "" if loop.last else "," }}
    {% endfor %}
  ){{ "" if loop.last else "," }}
  {% endfor %}
  {% endif %}
) AS spreads (outcome, best_price, worst_price, spread_pct)
WHERE
  spreads.spread_pct >= {{ settings.opportunities.min_spread_pct }}
  AND v.{{ v.bookmakers }} >= {{ settings.opportunities.min_bookmakers }}
  {% if leagues %}
  AND v.{{ v.league }} = ANY ({{ leagues }})
  {% endif %}
  {% if within %}
  AND v.{{ v.kick_off }} <= {{ at }} + {{ within }}
  {% endif %}
  {% if match %}
  AND v.{{ v.match }} = {{ match }}
  {% endif %}
{% else %}
SELECT
  wide_spreads.match_id,
  wide_spreads.match,
  wide_spreads.league,
  {{ league_name("wide_spreads.league") }} AS league_name,
  wide_spreads.kick_off,
  wide_spreads.outcome,
  wide_spreads.best_price,
  (array_agg(latest_prices.bookmaker {{ best_first }}))[1] AS best_bookmaker,
  wide_spreads.worst_price,
  (array_agg(latest_prices.bookmaker {{ worst_first }}))[1] AS worst_bookmaker,
  wide_spreads.spread_pct,
  wide_spreads.bookmakers,
  greatest(
    extract(
      EPOCH FROM {{ at }} - least(
        (array_agg(latest_prices.collected_at {{ best_first }}))[1],
        (array_agg(latest_prices.collected_at {{ worst_first }}))[1]
      )
    ), 0
  )::double precision AS age,
  wide_spreads.last_update
FROM {{ ref("wide_spreads") }}
INNER JOIN {{ ref("latest_prices") }}
  ON
    wide_spreads.match_id = latest_prices.match_id
    AND wide_spreads.outcome = latest_prices.outcome
    AND latest_prices.price IN (wide_spreads.best_price, wide_spreads.worst_price)
GROUP BY
  wide_spreads.match_id,
  wide_spreads.match,
  wide_spreads.league,
  wide_spreads.kick_off,
  wide_spreads.outcome,
  wide_spreads.best_price,
  wide_spreads.worst_price,
  wide_spreads.spread_pct,
  wide_spreads.bookmakers,
  wide_spreads.last_update
{% endif %}
