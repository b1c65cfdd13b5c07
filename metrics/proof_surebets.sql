-- Past surebets
-- Question: were surebets still there when somebody came?
-- Grain: one row
-- Returns:
--   surebets: bigint, count, Surebets
--   followed: bigint, count, Collected once more
--   still_there: bigint, count, Still there
--   still_there_pct: double precision, percent, Still there
--   duration: double precision, duration, Median duration
--   profit_pct: double precision, percent, Median profit
--   sentence: text, text, In a sentence
-- Parameters: at (the moment), read (true: prices and lots are in scope, which are "Prices of past matches" and "Collections of
--   past matches")
-- Notes: Of past matches, each once, at the first collection at which its alert held. Still there: a surebet at the match's next
--   collection as well. Duration: until the first later collection at which it was none any more; NULL where that never came.
--   A surebet's closing line value is its profit by construction, so none is shown.
{% set alert = settings.alerts.surebet %}
{% set outcomes = ["home", "draw", "away"] %}
WITH {% if not read %}prices AS MATERIALIZED (
  SELECT
    past_prices.match_id,
    past_prices.match,
    past_prices.league,
    past_prices.kick_off,
    past_prices.bookmaker,
    {% for outcome in outcomes %}
    past_prices.{{ outcome }}_price,
    {% endfor %}
    past_prices.about,
    past_prices.offers_draw,
    past_prices.collected_at
  FROM {{ ref("past_prices") }}
),

lots AS MATERIALIZED (
  SELECT
    past_collections.lot,
    past_collections.match_id,
    past_collections.seen_at,
    past_collections.is_gathered,
    {% for outcome in outcomes %}
    past_collections.{{ outcome }}_best,
    {% endfor %}
    past_collections.has_draw
  FROM {{ ref("past_collections", of="prices") }}
),

{% endif %}promising AS (
  SELECT
    lots.lot,
    lots.match_id,
    lots.seen_at,
    lots.is_gathered,
    lots.has_draw
  FROM lots
  -- What is no surebet before commission is none after it.
  WHERE {{ inverse_sum("lots", "best") }} < 1.000000001
),

books AS (
  SELECT
    past_books.lot,
    past_books.bookmaker,
    {% for outcome in outcomes %}
    past_books.{{ outcome }}_price,
    {% endfor %}
    past_books.has_draw,
    past_books.collected_at
  FROM {{ ref("past_books", of="prices", lots="promising") }}
),

found AS MATERIALIZED (
  SELECT
    lot_surebets.lot,
    lot_surebets.profit_pct,
    lot_surebets.doubt IS NULL
    AND lot_surebets.profit_pct >= {{ alert.threshold_pct }}
    AND lot_surebets.bookmakers >= {{ alert.min_bookmakers }} AS is_mailed
  FROM {{ ref("lot_surebets", of="books") }}
),

courses AS (
  SELECT
    lots.match_id,
    lots.seen_at,
    found.profit_pct,
    coalesce(found.is_mailed, false) AS is_mailed,
    lead(found.profit_pct IS NOT NULL) OVER course AS is_there_next,
    min(CASE WHEN found.profit_pct IS NULL THEN lots.seen_at END) OVER rest AS over_at
  FROM lots
  LEFT JOIN found ON lots.lot = found.lot
  WINDOW
    course AS (PARTITION BY lots.match_id ORDER BY lots.seen_at),
    rest AS (PARTITION BY lots.match_id ORDER BY lots.seen_at ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
),

firsts AS (
  SELECT DISTINCT ON (courses.match_id)
    courses.match_id,
    courses.profit_pct,
    courses.is_there_next,
    extract(EPOCH FROM courses.over_at - courses.seen_at)::double precision AS duration
  FROM courses
  WHERE courses.is_mailed
  ORDER BY courses.match_id, courses.seen_at
)

SELECT
  counted.surebets,
  counted.followed,
  counted.still_there,
  counted.still_there * 100.0::double precision / nullif(counted.followed, 0) AS still_there_pct,
  counted.duration,
  counted.profit_pct,
  CASE
    WHEN counted.surebets = 0 THEN 'None so far'
    ELSE 'Still there at the next collection: ' || counted.still_there || ' of ' || counted.followed
  END AS sentence
FROM (
  SELECT
    count(*) AS surebets,
    count(firsts.is_there_next) AS followed,
    count(*) FILTER (WHERE firsts.is_there_next) AS still_there,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY firsts.duration) AS duration,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY firsts.profit_pct) AS profit_pct
  FROM firsts
) AS counted
