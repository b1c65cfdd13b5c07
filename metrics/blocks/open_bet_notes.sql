-- What is already bet on a match
-- Grain: one row per match with an open bet
-- Returns:
--   match_id: text, text, Match id
--   note: text, text, Note
-- Notes: A line of a mail for each bet, the first one placed first: `You have 10.00 on home at 2.45 (unibet)`. A mail about a match
--   takes it by a LEFT JOIN on match_id, with a name before it.
SELECT
  bets.match_id,
  string_agg(
    concat_ws(
      ' ',
      'You have',
      to_char(bets.stake, 'FM9999999990.00'),
      'on',
      bets.outcome,
      'at ' || to_char(bets.price, 'FM9999999990.00'),
      '(' || {{ bookmaker_name("bets.bookmaker") }} || ')'
    ),
    E'\n' ORDER BY bets.placed_at, bets.outcome, bets.bookmaker
  ) AS note
FROM {{ ref("bets") }}
WHERE bets.result = 'open'
GROUP BY bets.match_id
