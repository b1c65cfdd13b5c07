-- Active bookmakers
-- Question: who offers prices, and who offers the best ones?
-- Grain: one row per bookmaker with a current price
-- Returns:
--   bookmaker: text, text, Bookmaker id
--   bookmaker_name: text, text, Bookmaker
--   matches: bigint, count, Matches
--   prices: bigint, count, Prices
--   best_prices: bigint, count, Best prices
--   best_pct: double precision, percent, Best share
--   last_update: timestamp, time, Last update
-- Parameters: at (the moment), leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   match (the id of one match), within (an interval in which the match must start)
-- Notes: Of the newest collection. Best share = best prices / prices of this bookmaker x 100, both where at least one other
--   bookmaker offers the outcome: who is alone is not best. Best is after commission; one that several offer counts for each.
{% set outcomes = ["home", "draw", "away"] %}
WITH offers AS (
  SELECT
    current_books.bookmaker,
    {% for outcome in outcomes %}
    {{ net_price("current_books." ~ outcome ~ "_price", "current_books.bookmaker") }} AS {{ outcome }}_net,
    {% endfor %}
    current_books.match_id,
    current_books.collected_at
  FROM {{ ref("current_books") }}
  {% if bookmakers %}
  WHERE current_books.bookmaker = ANY ({{ bookmakers }})
  {% endif %}
),

compared AS (
  SELECT
    offers.bookmaker,
    {% for outcome in outcomes %}
    offers.{{ outcome }}_net,
    count(offers.{{ outcome }}_net) OVER market > 1 AND offers.{{ outcome }}_net IS NOT NULL AS {{ outcome }}_is_contested,
    offers.{{ outcome }}_net = max(offers.{{ outcome }}_net) OVER market AS {{ outcome }}_is_best,
    {% endfor %}
    offers.collected_at
  FROM offers
  WINDOW market AS (PARTITION BY offers.match_id)
),

counted AS (
  SELECT
    compared.bookmaker,
    count(*) AS matches,
    {% for outcome in outcomes %}
    {{ "+ " if not loop.first }}count(compared.{{ outcome }}_net){{ " AS prices," if loop.last }}
    {% endfor %}
    {% for outcome in outcomes %}
    {{ "+ " if not loop.first }}count(*) FILTER (WHERE compared.{{ outcome }}_is_contested){{ " AS contested," if loop.last }}
    {% endfor %}
    {% for outcome in outcomes %}
    {{ "+ " if not loop.first }}count(*) FILTER (WHERE compared.{{ outcome }}_is_contested AND compared.{{ outcome }}_is_best){{ " AS best_prices," if loop.last }}
    {% endfor %}
    max(compared.collected_at) AS last_update
  FROM compared
  GROUP BY compared.bookmaker
)

SELECT
  counted.bookmaker,
  {{ bookmaker_name("counted.bookmaker") }} AS bookmaker_name,
  counted.matches,
  counted.prices,
  counted.best_prices,
  counted.best_prices * 100.0::double precision / nullif(counted.contested, 0) AS best_pct,
  counted.last_update
FROM counted
WHERE counted.prices > 0
