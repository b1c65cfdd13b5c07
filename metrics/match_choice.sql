-- Matches to choose from
-- Question: which match do I want to look at?
-- Grain: one row per match ahead with a current price, and per match with a bet
-- Returns:
--   match_id: text, text, Match id
--   label: text, text, Match
--   kick_off: timestamp, time, Kick-off
--   position: bigint, number, Position
-- Notes: Next kick-off first, then those that have started, the last first. Every other match can be reached by its link.
SELECT
  matches.match_id,
  concat_ws(
    ' · ',
    matches.match,
    {{ league_name("matches.league") }},
    to_char({{ local("matches.kick_off") }}, 'Dy DD Mon HH24:MI')
  ) AS label,
  matches.kick_off,
  row_number() OVER (
    ORDER BY
      matches.kick_off > {{ now }} DESC,
      abs(extract(EPOCH FROM matches.kick_off - {{ now }})),
      matches.match_id
  ) AS position
FROM (
  SELECT
    matches_ahead.match_id,
    matches_ahead.match,
    matches_ahead.league,
    matches_ahead.kick_off
  FROM {{ ref("matches_ahead") }}
  UNION
  SELECT
    bets_with_match.match_id,
    bets_with_match.match,
    bets_with_match.league,
    bets_with_match.kick_off
  FROM {{ ref("bets_with_match") }}
  WHERE bets_with_match.kick_off <= {{ now }}
) AS matches
