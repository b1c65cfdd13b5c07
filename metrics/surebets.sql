-- Surebets
-- Question: is there a profit that no result can take away?
-- Grain: one row per match whose best prices guarantee a profit
-- Returns:
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   league_name: text, text, League
--   kick_off: timestamp, time, Kick-off
--   profit_pct: double precision, percent, Profit
--   home_price: double precision, price, Home
--   home_bookmaker: text, text, Home at
--   home_stake: double precision, money, Stake home
--   home_age: double precision, duration, Age home
--   draw_price: double precision, price, Draw
--   draw_bookmaker: text, text, Draw at
--   draw_stake: double precision, money, Stake draw
--   draw_age: double precision, duration, Age draw
--   away_price: double precision, price, Away
--   away_bookmaker: text, text, Away at
--   away_stake: double precision, money, Stake away
--   away_age: double precision, duration, Age away
--   bookmakers: bigint, count, Bookmakers
--   suspicious: text, text, Suspicious
--   last_update: timestamp, time, Last update
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   match (the id of one match), within (an interval in which the match must start)
-- Notes: S = sum of 1 / best price < 1; profit = (1 / S - 1) x 100; of 100 staked in all, (1 / best) / S x 100 goes to an
--   outcome. A match for which nobody offers a draw has two outcomes, and NULL for the draw. Ties go to the first name in
--   the alphabet. Suspicious names every reason to doubt it: a profit above `alerts.suspicious_price.threshold_pct`, a price
--   older than `collection.late_after_intervals`, all prices of one bookmaker, or no draw in a league that has draws.
{% set outcomes = ["home", "draw", "away"] %}
{% set alert = settings.alerts.suspicious_price %}
SELECT
  legs.match_id,
  legs.match,
  legs.league,
  {{ league_name("legs.league") }} AS league_name,
  legs.kick_off,
  legs.profit_pct,
  {% for outcome in outcomes %}
  legs.{{ outcome }}_best AS {{ outcome }}_price,
  legs.{{ outcome }}_bookmaker,
  100 / legs.{{ outcome }}_best / legs.inverse_sum AS {{ outcome }}_stake,
  legs.{{ outcome }}_age,
  {% endfor %}
  legs.bookmakers,
  nullif(
    concat_ws(
      ', ',
      CASE WHEN legs.profit_pct > {{ alert.threshold_pct }} THEN 'above {{ "%g" | format(alert.threshold_pct) }} %' END,
      CASE
        WHEN greatest(legs.home_age, legs.draw_age, legs.away_age) > {{ settings.collection.late_seconds }} THEN 'stale price'
      END,
      CASE
        WHEN
          legs.home_bookmaker = legs.away_bookmaker
          AND coalesce(legs.draw_bookmaker, legs.home_bookmaker) = legs.home_bookmaker
          THEN 'one bookmaker'
      END,
      CASE WHEN legs.draws_missing THEN 'no draw' END
    ),
    ''
  ) AS suspicious,
  legs.last_update
FROM (
  SELECT
    best_books.match_id,
    best_books.match,
    best_books.league,
    best_books.kick_off,
    best_books.inverse_sum,
    round(((1 / best_books.inverse_sum - 1) * 100)::numeric, 6)::double precision AS profit_pct,
    best_books.draws_missing,
    best_books.last_update,
    {% for outcome in outcomes %}
    {% set holders = "FILTER (WHERE latest_prices.outcome = '" ~ outcome ~ "' AND latest_prices.price = best_books." ~ outcome ~ "_best)" %}
    best_books.{{ outcome }}_best,
    min(latest_prices.bookmaker) {{ holders }} AS {{ outcome }}_bookmaker,
    extract(
      -- A feed whose clock runs ahead makes no negative ages.
      EPOCH FROM {{ at }} - (array_agg(least(latest_prices.collected_at, {{ at }}) ORDER BY latest_prices.bookmaker) {{ holders }})[1]
    )::double precision AS {{ outcome }}_age,
    {% endfor %}
    count(DISTINCT latest_prices.bookmaker) AS bookmakers
  FROM {{ ref("best_books") }}
  INNER JOIN {{ ref("latest_prices") }}
    ON best_books.match_id = latest_prices.match_id
  WHERE best_books.inverse_sum < 1
  GROUP BY
    best_books.match_id,
    best_books.match,
    best_books.league,
    best_books.kick_off,
    best_books.inverse_sum,
    best_books.draws_missing,
    best_books.last_update,
    best_books.home_best,
    best_books.draw_best,
    best_books.away_best
) AS legs
