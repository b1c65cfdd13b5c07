-- Steam
-- Grain: one row per match and outcome whose price fell at the bookmakers together, and has not come back
-- Group: market
-- Fires: value >= alerts.steam.threshold_pct, until value < alerts.steam.clear_pct
-- Panel: opportunities / moves
-- Returns:
--   match_id: text, text, Match id
--   league: text, text, League id
--   outcome: text, text, Outcome
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, percent, Drop
-- Notes: Match, league and outcome are the identity of the alert; the texts change with the prices.
SELECT
  price_moves.match_id,
  price_moves.league,
  price_moves.outcome,
  concat_ws(
    ' · ',
    'Price down ' || to_char(price_moves.drop_pct, 'FM9999999990.0') || ' %',
    price_moves.match || ', ' || price_moves.outcome,
    price_moves.league_name,
    {{ day_text("price_moves.kick_off") }}
  ) AS subject,
  concat_ws(
    E'\n',
    'Match: ' || price_moves.match,
    'Outcome: ' || price_moves.outcome,
    'League: ' || price_moves.league_name,
    'Fell: ' || to_char(price_moves.drop_pct, 'FM9999999990.0') || ' % within '
    || {{ duration_text(settings.moves.window_seconds | string) }}
    || ' at the middle one of ' || price_moves.bookmakers || ' bookmakers, ' || price_moves.fallen || ' of them down',
    'Best price left: ' || to_char(price_moves.best_price, 'FM9999999990.00') || ' at ' || price_moves.best_bookmaker
    || CASE
      WHEN price_moves.net_price < price_moves.best_price
        THEN ', ' || to_char(price_moves.net_price, 'FM9999999990.00') || ' after commission'
      ELSE ''
    END,
    'Worth: ' || {{ signed("price_moves.worth_pct") }} || ' %, fair ' || to_char(price_moves.fair_price, 'FM9999999990.00')
    || ' by ' || price_moves.fair_from,
    'Price: ' || {{ duration_text("price_moves.age") }} || ' old',
    'Kick-off: ' || {{ moment_text("price_moves.kick_off") }} || ', in '
    || {{ duration_text("extract(EPOCH FROM price_moves.kick_off - " ~ now ~ ")") }}
  ) AS body,
  price_moves.drop_pct AS value
FROM {{ ref("price_moves", least=settings.alerts.steam.clear_pct | string) }}
