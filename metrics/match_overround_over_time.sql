-- Margin per bookmaker of a match over time
-- Question: who takes how much, and do the best prices together leave a profit?
-- Grain: one row per moment of the time range and bookmaker with a complete book, and one for the best prices
-- Returns:
--   time: timestamp, time, Time
--   bookmaker: text, text, Bookmaker
--   overround_pct: double precision, percent, Margin
-- Parameters: match (the id of the match)
-- Notes: Margin (overround) = (sum of 1 / price - 1) x 100, over home, draw and away; over home and away where nobody
--   offered a draw in the time range. "Best prices" is the book of the best price of each outcome: below 0 it is a surebet.
SELECT
  books.time,
  coalesce(books.bookmaker, 'Best prices') AS bookmaker,
  round(
    ((1 / books.home_price + coalesce(1 / books.draw_price, 0) + 1 / books.away_price - 1) * 100)::numeric, 6
  )::double precision AS overround_pct
FROM (
  SELECT
    match_history.time,
    match_history.bookmaker,
    max(match_history.home_price) AS home_price,
    max(match_history.draw_price) AS draw_price,
    max(match_history.away_price) AS away_price,
    bool_or(match_history.has_draw) AS has_draw
  FROM {{ ref("match_history") }}
  GROUP BY GROUPING SETS ((match_history.time, match_history.bookmaker), (match_history.time))
) AS books
WHERE
  books.home_price IS NOT NULL
  AND books.away_price IS NOT NULL
  AND (books.draw_price IS NOT NULL OR NOT books.has_draw)
