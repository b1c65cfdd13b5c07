-- Placed bets
-- Question: when did I bet?
-- Grain: one row per bet placed in the time range
-- Returns:
--   time: timestamp, time, Placed
--   title: text, text, Title
--   text: text, text, Text
--   tags: text, text, Tags
--   match_id: text, text, Match id
-- Parameters: match (the id of one match)
-- Notes: Marks on the curves.
SELECT
  bets_with_match.placed_at AS time,
  'Bet placed' AS title,
  concat_ws(
    ', ',
    coalesce(bets_with_match.match, bets_with_match.match_id),
    bets_with_match.outcome,
    to_char(bets_with_match.stake, 'FM999999990.00') || ' at ' || to_char(bets_with_match.price, 'FM9990.00'),
    bets_with_match.bookmaker,
    bets_with_match.result
  ) AS text,
  concat_ws(',', 'bet', bets_with_match.bet_type) AS tags,
  bets_with_match.match_id
FROM {{ ref("bets_with_match") }}
WHERE $__timeFilter(bets_with_match.placed_at)
