-- Bookmaker silent
-- Grain: one row per bookmaker with a price on a match ahead
-- Group: collector
-- Fires: value > collection.silent_seconds
-- Panel: bookmakers / measured
-- Empty: KeepLast
-- Returns:
--   bookmaker: text, text, Bookmaker
--   subject: text, text, Subject of the mail
--   body: text, text, Text of the mail
--   value: double precision, duration, Time since the last price
-- Notes: The bookmaker is the identity of the alert.
SELECT
  bookmaker_status.bookmaker,
  {{ bookmaker_name("bookmaker_status.bookmaker") }} || ' silent for ' || {{ duration_text("bookmaker_status.age") }} AS subject,
  concat_ws(
    E'\n',
    'Bookmaker: ' || {{ bookmaker_name("bookmaker_status.bookmaker") }},
    'Last price: ' || {{ moment_text("bookmaker_status.last_price") }},
    'Expected: every ' || {{ duration_text(settings.collection.interval_seconds | string) }}
  ) AS body,
  bookmaker_status.age AS value
FROM {{ ref("bookmaker_status") }}
