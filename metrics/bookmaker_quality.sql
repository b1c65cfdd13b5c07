-- Bookmakers, measured
-- Question: who keeps least, whose prices are best, and whose are asleep?
-- Grain: one row per bookmaker with a price in the sample, or on a match ahead
-- Returns:
--   bookmaker: text, text, Bookmaker id
--   bookmaker_name: text, text, Bookmaker
--   is_mine: boolean, text, Mine
--   books: bigint, count, Books
--   overround_pct: double precision, percent, Margin
--   payback_pct: double precision, percent, Pays back
--   best_pct: double precision, percent, Best share
--   alone_pct: double precision, percent, Alone at top
--   asleep_pct: double precision, percent, Asleep
--   outlier_pct: double precision, percent, Outliers
--   state: text, text, State
--   last_price: timestamp, time, Last price
--   matches: bigint, count, Matches
-- Parameters: at (the moment), sampled_at (another moment, at which the newest books of the sample were on offer)
-- Notes: Over "Books of a sample of collections". Margin is the mean overround of complete books after commission, (sum of 1 /
--   price - 1) x 100; pays back = 100 / (1 + overround): what comes back of 100 staked so that every result pays the same. What
--   is missing to 100 the bookmaker keeps of every bet. Best share is of the prices after commission where at least one other
--   bookmaker offers the outcome; alone at the top is the part of it that nobody else offers too. Asleep: of the times when the
--   others' 1 / price moved by 0.01 or more on average within `moves.window` (at least `value.min_bookmakers` - 1 of them, any
--   outcome), the part in which no price of the bookmaker had changed. Outliers: prices 10 % or more above or below the median
--   of at least `value.min_bookmakers`. State is silent after `collection.silent_after_intervals` without a price on a match
--   ahead that others price, gone after twice as long, asleep where more than half of the moves were slept through, else ok;
--   NULL where nobody has a current price. Mine is false for all where `bookmakers.mine` names none.
{% set outcomes = ["home", "draw", "away"] %}
{% set fewest = settings.value.min_bookmakers %}
WITH priced AS MATERIALIZED (
  SELECT
    sampled_books.pair,
    sampled_books.is_later,
    sampled_books.bookmaker,
    sampled_books.has_draw,
    {% for outcome in outcomes %}
    {% set price = "sampled_books." ~ outcome ~ "_price" %}
    {{ price }},
    {{ net_price(price, "sampled_books.bookmaker") }} AS {{ outcome }}_net,
    1 / {{ price }} - 1 / lag({{ price }}) OVER course AS {{ outcome }}_change{{ "" if loop.last else "," }}
    {% endfor %}
  FROM {{ ref("sampled_books", at=sampled_at or at) }}
  WINDOW course AS (PARTITION BY sampled_books.pair, sampled_books.bookmaker COLLATE "C" ORDER BY sampled_books.is_later)
),

-- Summed up once and joined with each book: windows would pass over all books again for each of their orders.
markets AS (
  SELECT
    priced.pair,
    priced.is_later,
    {% for outcome in outcomes %}
    count(priced.{{ outcome }}_price) AS {{ outcome }}_bookmakers,
    -- The middle one, and not an average of the two in the middle.
    percentile_disc(0.5) WITHIN GROUP (ORDER BY priced.{{ outcome }}_price) AS {{ outcome }}_median,
    (array_agg(priced.{{ outcome }}_net ORDER BY priced.{{ outcome }}_net DESC) FILTER (WHERE priced.{{ outcome }}_net IS NOT NULL))[:2] AS {{ outcome }}_best,
    count(priced.{{ outcome }}_change) AS {{ outcome }}_changes,
    sum(priced.{{ outcome }}_change) AS {{ outcome }}_change{{ "" if loop.last else "," }}
    {% endfor %}
  FROM priced
  GROUP BY priced.pair, priced.is_later
),

compared AS (
  SELECT
    priced.bookmaker,
    {{ margin_pct("priced") }} AS overround_pct,
    {% for outcome in outcomes %}
    markets.{{ outcome }}_bookmakers > 1 AND priced.{{ outcome }}_price IS NOT NULL AS {{ outcome }}_is_contested,
    markets.{{ outcome }}_bookmakers > 1 AND priced.{{ outcome }}_net = markets.{{ outcome }}_best[1] AS {{ outcome }}_is_best,
    markets.{{ outcome }}_bookmakers > 1 AND priced.{{ outcome }}_net > markets.{{ outcome }}_best[2] AS {{ outcome }}_is_alone,
    markets.{{ outcome }}_bookmakers >= {{ fewest }} AND priced.{{ outcome }}_price IS NOT NULL AS {{ outcome }}_is_usual,
    priced.{{ outcome }}_price / markets.{{ outcome }}_median AS {{ outcome }}_to_median,
    priced.{{ outcome }}_change,
    markets.{{ outcome }}_changes - (priced.{{ outcome }}_change IS NOT NULL)::int AS {{ outcome }}_others,
    markets.{{ outcome }}_change - coalesce(priced.{{ outcome }}_change, 0) AS {{ outcome }}_others_change{{ "" if loop.last else "," }}
    {% endfor %}
  FROM priced
  INNER JOIN markets ON priced.pair = markets.pair AND priced.is_later = markets.is_later
),

judged AS (
  SELECT
    compared.bookmaker,
    compared.overround_pct,
    {% for outcome in outcomes %}
    compared.{{ outcome }}_is_contested,
    compared.{{ outcome }}_is_best,
    compared.{{ outcome }}_is_alone,
    compared.{{ outcome }}_is_usual,
    compared.{{ outcome }}_is_usual
    AND (compared.{{ outcome }}_to_median >= 1.1 OR compared.{{ outcome }}_to_median <= 1 / 1.1) AS {{ outcome }}_is_outlier,
    {% endfor %}
    greatest(
      {% for outcome in outcomes %}
      CASE
        WHEN compared.{{ outcome }}_others >= {{ fewest - 1 }} THEN abs(compared.{{ outcome }}_others_change / compared.{{ outcome }}_others)
      END{{ "" if loop.last else "," }}
      {% endfor %}
    ) >= 0.01 AS others_moved,
    greatest(abs(compared.home_change), abs(compared.draw_change), abs(compared.away_change)) = 0 AS is_unchanged
  FROM compared
),

counted AS (
  SELECT
    judged.bookmaker,
    count(*) AS books,
    avg(judged.overround_pct) AS overround_pct,
    {% for what in ["contested", "best", "alone", "usual", "outlier"] %}
    {% for outcome in outcomes %}
    {{ "+ " if not loop.first }}count(*) FILTER (WHERE judged.{{ outcome }}_is_{{ what }}){{ "::double precision AS " ~ what ~ "," if loop.last }}
    {% endfor %}
    {% endfor %}
    count(*) FILTER (WHERE judged.others_moved AND judged.is_unchanged)::double precision AS slept,
    count(*) FILTER (WHERE judged.others_moved AND judged.is_unchanged IS NOT NULL) AS moves
  FROM judged
  GROUP BY judged.bookmaker
),

measured AS (
  SELECT
    counted.bookmaker,
    counted.books,
    counted.overround_pct,
    10000 / (100 + counted.overround_pct) AS payback_pct,
    counted.best / nullif(counted.contested, 0) * 100 AS best_pct,
    counted.alone / nullif(counted.contested, 0) * 100 AS alone_pct,
    counted.slept / nullif(counted.moves, 0) * 100 AS asleep_pct,
    counted.outlier / nullif(counted.usual, 0) * 100 AS outlier_pct
  FROM counted
),

everybody AS (
  SELECT
    coalesce(measured.bookmaker, last_prices.bookmaker) AS bookmaker,
    coalesce(measured.books, 0) AS books,
    measured.overround_pct,
    measured.payback_pct,
    measured.best_pct,
    measured.alone_pct,
    measured.asleep_pct,
    measured.outlier_pct,
    last_prices.last_price,
    coalesce(last_prices.matches, 0) AS matches
  FROM measured
  FULL JOIN {{ ref("last_prices") }}
    ON measured.bookmaker = last_prices.bookmaker
)

SELECT
  everybody.bookmaker,
  {{ bookmaker_name("everybody.bookmaker") }} AS bookmaker_name,
  {{ is_mine("everybody.bookmaker") if settings.bookmakers.mine else "false" }} AS is_mine,
  everybody.books,
  everybody.overround_pct,
  everybody.payback_pct,
  everybody.best_pct,
  everybody.alone_pct,
  everybody.asleep_pct,
  everybody.outlier_pct,
  CASE
    WHEN max(everybody.matches) OVER () = 0 THEN NULL
    WHEN everybody.last_price IS NULL THEN 'gone'
    WHEN everybody.last_price < {{ at }} - interval '{{ settings.collection.silent_seconds }} seconds' THEN 'silent'
    WHEN everybody.asleep_pct > 50 THEN 'asleep'
    ELSE 'ok'
  END AS state,
  everybody.last_price,
  everybody.matches
FROM everybody
