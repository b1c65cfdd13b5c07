-- Past surebets
-- Grain: one row
-- Returns:
--   sentence: text, text, In a sentence
-- Parameters: of (name of a relation in scope: "Prices of past matches"), lots (name of a relation in scope: "Collections of past
--   matches")
-- Notes: Of past matches, each once, at the first collection at which its alert held. Still there: a surebet at the match's next
--   collection as well. NULL without any. A surebet's closing line value is its profit by construction, so none is shown.
{% set alert = settings.alerts.surebet %}
{% set outcomes = ["home", "draw", "away"] %}
WITH promising AS (
  SELECT
    lots.lot,
    lots.number,
    lots.seen_at,
    lots.is_gathered,
    lots.has_draw
  FROM {{ lots }} AS lots
  -- What is no surebet before commission is none after it.
  WHERE {{ inverse_sum("lots", "best") }} < 1.000000001
),

books AS {{ whole("past_books", of=of, lots="promising") }},

found AS MATERIALIZED (
  SELECT
    lot_surebets.lot,
    lot_surebets.doubt IS NULL
    AND lot_surebets.profit_pct >= {{ alert.threshold_pct }}
    AND lot_surebets.bookmakers >= {{ alert.min_bookmakers }} AS is_mailed
  FROM {{ ref("lot_surebets", of="books") }}
),

courses AS (
  SELECT
    lots.number,
    lots.seen_at,
    coalesce(found.is_mailed, false) AS is_mailed,
    lead(found.lot IS NOT NULL) OVER (PARTITION BY lots.number ORDER BY lots.seen_at) AS is_there_next
  FROM {{ lots }} AS lots
  LEFT JOIN found ON lots.lot = found.lot
),

firsts AS (
  SELECT DISTINCT ON (courses.number) courses.is_there_next
  FROM courses
  WHERE courses.is_mailed
  ORDER BY courses.number, courses.seen_at
)

SELECT
  CASE
    WHEN counted.surebets = 0 THEN NULL
    WHEN counted.followed = 0 THEN counted.surebets || ' seen, always at the last collection of a match'
    ELSE 'Still there at the next collection: ' || counted.still_there || ' of ' || counted.followed
  END AS sentence
FROM (
  SELECT
    count(*) AS surebets,
    count(firsts.is_there_next) AS followed,
    count(*) FILTER (WHERE firsts.is_there_next) AS still_there
  FROM firsts
) AS counted
