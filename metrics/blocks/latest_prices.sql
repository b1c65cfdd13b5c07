-- Latest prices
-- Grain: one row per match not started, bookmaker and outcome; the latest price within the look-back
-- Returns:
--   match_id: text, text, Match id
--   league: text, text, League
--   home_team: text, text, Home
--   away_team: text, text, Away
--   kick_off: timestamp, time, Kick-off
--   bookmaker: text, text, Bookmaker
--   outcome: text, text, Outcome
--   price: double precision, price, Price
--   collected_at: timestamp, time, Collected
-- Parameters: at (the moment the prices were current), bookmakers (a list of names to keep),
--   match (the id of one match)
-- Notes: The look-back is counted in collection intervals, so that a price stays current until the next collection.
--   Prices that are no prices (NULL, NaN, 1 and less, or above max_price) are left out. Now, prices from a feed whose
--   clock runs ahead count as current.
{% set c = prices.columns %}
{% set per_match = prices.form == "per_match" %}
SELECT
  latest.match_id,
  latest.league,
  latest.home_team,
  latest.away_team,
  latest.kick_off,
  latest.bookmaker,
  {% if per_match %}
  outcomes.outcome,
  outcomes.price,
  {% else %}
  CASE
    WHEN latest.outcome IN (latest.home_team, 'home', 'Home', '1') THEN 'home'
    WHEN latest.outcome IN (latest.away_team, 'away', 'Away', '2') THEN 'away'
    ELSE 'draw'
  END AS outcome,
  latest.price::double precision AS price,
  {% endif %}
  latest.collected_at
FROM (
  SELECT DISTINCT ON (p.{{ c.match }}, p.{{ c.bookmaker }}{% if not per_match %}, p.{{ c.outcome }}{% endif %})
    p.{{ c.match }}::text AS match_id,
    p.{{ c.league }}::text AS league,
    p.{{ c.home_team }}::text AS home_team,
    p.{{ c.away_team }}::text AS away_team,
    p.{{ c.kick_off }} AS kick_off,
    p.{{ c.bookmaker }}::text AS bookmaker,
    {% if per_match %}
    p.{{ c.home_odds }} AS home_odds,
    p.{{ c.draw_odds }} AS draw_odds,
    p.{{ c.away_odds }} AS away_odds,
    {% else %}
    p.{{ c.outcome }}::text AS outcome,
    p.{{ c.price }} AS price,
    {% endif %}
    p.{{ c.collected_at }} AS collected_at
  FROM {{ prices.table }} AS p
  WHERE
    p.{{ c.collected_at }} > {{ at }} - interval '{{ settings.collection.lookback_seconds }} seconds'
    {% if not at_is_now %}
    AND p.{{ c.collected_at }} <= {{ at }}
    {% endif %}
    AND p.{{ c.kick_off }} > {{ at }}
    {% if bookmakers %}
    AND p.{{ c.bookmaker }} IN ({{ bookmakers }})
    {% endif %}
    {% if match %}
    AND p.{{ c.match }} = {{ match }}
    {% endif %}
  ORDER BY
    p.{{ c.match }},
    p.{{ c.bookmaker }},
    {% if not per_match %}
    p.{{ c.outcome }},
    {% endif %}
    p.{{ c.collected_at }} DESC
) AS latest
{% if per_match %}
CROSS JOIN LATERAL (
  VALUES
  ('home', latest.home_odds::double precision),
  ('draw', latest.draw_odds::double precision),
  ('away', latest.away_odds::double precision)
) AS outcomes (outcome, price)
WHERE outcomes.price > 1 AND outcomes.price <= {{ settings.opportunities.max_price }}
{% else %}
WHERE latest.price > 1 AND latest.price <= {{ settings.opportunities.max_price }}
{% endif %}
